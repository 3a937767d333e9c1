"""Small experiments that answer one question each about a technique."""

from __future__ import annotations

import os
import struct
import time
from array import array
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, ClassVar, Union

from story.failure import Failure
from story.receipt import Receipt, Sum, unit

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Sleepers:
    """How many units can be alive at once? All of them sleep at the same time, for `nap` seconds."""

    units: int
    nap: float

    def expected(self) -> Receipt:
        """The receipt of a correct run: every unit woke up."""
        return Receipt(units=self.units)


@dataclass(frozen=True)
class Blocking:
    """What does a call that blocks its thread stop? Several are made at once, as far as a technique can."""

    calls: int
    nap: float

    def call(self) -> Receipt:
        """One call: a library that waits without a way to await it."""
        time.sleep(self.nap)
        return Receipt(units=1)

    def expected(self) -> Receipt:
        """The receipt of a correct run: every call returned."""
        return Receipt(units=self.calls)


@dataclass(frozen=True)
class Ticker:
    """Who decides when to switch? A ticker ticks every `interval` seconds beside a computation that never pauses."""

    interval: float
    computing: float

    def work(self) -> None:
        """Computes without a pause for `computing` seconds."""
        end = time.perf_counter() + self.computing
        work = 0
        while time.perf_counter() < end:
            for _ in range(1000):
                work += 1


class Ticks:
    """A ticker's record: the number of ticks, and the longest wait between two."""

    def __init__(self) -> None:
        self.last: float | None = None
        self.longest = 0.0
        self.count = 0

    def tick(self) -> None:
        """Notes a tick, now."""
        now = time.perf_counter()
        if self.last is not None:
            self.longest = max(self.longest, now - self.last)
        self.last = now
        self.count += 1

    def receipt(self) -> Receipt:
        """The receipt: the computation is the one unit, since the number of ticks depends on the machine."""
        return Receipt(units=1, readings={"longest_gap": self.longest, "ticks": float(self.count)})


@dataclass(frozen=True)
class Pingpong:
    """What does a message there and back cost? A number goes to and fro and grows by one on the far side."""

    # How often a side that does not sleep at once looks for the ball before it does.
    LOOKS: ClassVar[int] = 200

    rounds: int

    def looking(self) -> Iterator[int]:
        """The rounds between sides that look for the ball: fewer, if others want the same core."""
        return while_patient(self.rounds)

    @staticmethod
    def strike(ball: int) -> int:
        """What the far side does with the ball."""
        return ball + 1

    def receipt(self, ball: int) -> Receipt:
        """The receipt for a game that ended with `ball`, which counts its rounds."""
        return Receipt(units=ball, answer=Sum(ball))

    def expected(self) -> Receipt:
        """What a run must hand in."""
        return self.receipt(self.rounds)


@dataclass(frozen=True)
class Switch:
    """What does a bare switch cost? Two units give way to each other `rounds` times each, and hand nothing over."""

    rounds: int

    def giving_way(self) -> Iterator[int]:
        """The rounds of a side that gives its core away: fewer, if others want the same core."""
        return while_patient(self.rounds)


# Seconds for which a run may give its core away.
PATIENCE = 2.0


def while_patient(rounds: int) -> Iterator[int]:
    """So many rounds, or as many as begin in time.

    On a busy core another program takes milliseconds at each round that gives the core away: all would take minutes.
    """
    end = time.perf_counter() + PATIENCE
    for start in range(0, rounds, 16):
        if time.perf_counter() > end:
            return
        yield from range(start, min(start + 16, rounds))


# Bytes of a number.
NUMBER = 8

# Numbers, which are pickled one by one; or the bytes of numbers, which are copied as they are.
Ball = Union[list[float], bytes]


@dataclass(frozen=True)
class Message:
    """What does a message cost that is more than a number? A ball of many bytes goes to and fro, new each time."""

    rounds: int
    bytes: int
    of: str

    def ball(self) -> Ball:
        """The ball at the start of the game: zeros."""
        numbers = self.bytes // NUMBER
        return [0.0] * numbers if self.of == "numbers" else bytes(NUMBER * numbers)

    @staticmethod
    def strike(ball: Ball) -> Ball:
        """The next number, as often as the ball has room for it."""
        if isinstance(ball, list):
            return [ball[0] + 1.0] * len(ball)
        (number,) = struct.unpack_from("<Q", ball)
        return struct.pack("<Q", number + 1) * (len(ball) // NUMBER)

    def receipt(self, ball: Ball) -> Receipt:
        """The receipt for a game that ended with `ball`."""
        numbers = ball if isinstance(ball, list) else memoryview(ball).cast("Q")
        return Receipt(units=self.rounds, answer=Sum(int(sum(numbers))))

    def expected(self) -> Receipt:
        """What a run must hand in: each side struck in every round, and no number was left out."""
        return Receipt(units=self.rounds, answer=Sum(2 * self.rounds * (self.bytes // NUMBER)))


@dataclass(frozen=True)
class Memory:
    """What does it cost to hand over memory that both sides see? In turn they write a new number all over it."""

    rounds: int
    bytes: int

    def numbers(self) -> array[int]:
        """What the memory holds at the start: zeros."""
        return array("Q", bytes(self.bytes // NUMBER * NUMBER))

    @staticmethod
    def strike(memory: memoryview) -> None:
        """Writes the next number all over the memory."""
        memory[:] = array("Q", [memory[0] + 1]) * len(memory)

    def receipt(self, memory: memoryview) -> Receipt:
        """The receipt for a game that left these numbers."""
        return Receipt(units=self.rounds, answer=Sum(sum(memory)))

    def expected(self) -> Receipt:
        """What a run must hand in: each side struck in every round, and no number was left out."""
        return Receipt(units=self.rounds, answer=Sum(2 * self.rounds * (self.bytes // NUMBER)))


class How(Enum):
    """Ways to fail, mildest first."""

    # The unit raises, catches and reports.
    ERROR = "error"
    # The unit raises and does not catch: the nearest thing to a panic.
    PANIC = "panic"
    # The unit aborts its process.
    ABORT = "abort"


class Panic(Exception):
    """An exception that the unit does not catch."""


@dataclass(frozen=True)
class Crash:
    """What does one failure take with it? One unit of many fails; the others add their numbers."""

    units: int
    how: How
    # crash-pool in processes: whether the pool is a ProcessPoolExecutor.
    executor: bool = False

    def attempt(self, number: int) -> Receipt:
        """Unit number `number`'s work."""
        if number == self.units // 2:
            if self.how is How.ERROR:
                raise Failure(f"unit {number} failed, as it should")
            if self.how is How.PANIC:
                raise Panic(f"unit {number} panicked, as it should")
            os.abort()
        return unit(Sum(number))


@dataclass(frozen=True)
class Race:
    """May a switch come in the middle of x = x + 1? Workers count up one number without a lock."""

    adds: int
    workers: int

    def receipt(self, counter: Counter) -> Receipt:
        """What was lost, as a reading: how much it is is the machine's affair."""
        lost = self.adds * self.workers - counter.value
        return Receipt(units=self.workers, readings={"lost": float(lost)})


class Counter:
    """A number that workers share."""

    def __init__(self) -> None:
        self.value = 0


@dataclass(frozen=True)
class Tasks:
    """What does a task cost that is sent through a broker? Each squares a number, and sleeps for `nap` seconds before."""

    tasks: int
    nap: float
    chunks: bool
    # What is killed while they run.
    lose: str | None

    @staticmethod
    def square(number: int, nap: float) -> int:
        """One task."""
        if nap > 0:
            time.sleep(nap)
        return number * number

    def expected(self) -> Receipt:
        """What a run must hand in."""
        last = self.tasks - 1
        return self.receipt(last * (last + 1) * (2 * last + 1) // 6)

    def receipt(self, total: int) -> Receipt:
        """The receipt for squares that add up to `total`."""
        return Receipt(units=self.tasks, answer=Sum(total))
