"""Small experiments that answer one question each about a technique."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from enum import Enum

from story.failure import Failure
from story.receipt import Receipt, Sum, unit


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

    rounds: int

    @staticmethod
    def strike(ball: int) -> int:
        """What the far side does with the ball."""
        return ball + 1

    def receipt(self, ball: int) -> Receipt:
        """The receipt for a game that ended with `ball`."""
        return Receipt(units=self.rounds, answer=Sum(ball))

    def expected(self) -> Receipt:
        """What a run must hand in."""
        return self.receipt(self.rounds)


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
