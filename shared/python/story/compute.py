"""The CPU-bound work: lists, squares and hashes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Protocol

from story.receipt import AllTrue, Digests, Receipt, Sum, total, unit

# Items in one list.
LIST = 100_000
# Lists that a worker takes at a time.
LISTS_AT_A_TIME = 100
# Sums of squares in one run, and chains of hashes.
UNITS = 20
# Bytes of a large buffer. hashlib lets go of the interpreter's lock from 2048 bytes on (HASHLIB_GIL_MINSIZE).
BUFFER = 2**20


class Unit(Protocol):
    """One unit of work. It can cross a process border."""

    def compute(self) -> Receipt:
        """Does the work, all of it, on the calling thread."""
        ...

    def expected(self) -> Receipt | None:
        """What that must hand in, found in another way, or None if only Rust's answer tells."""
        ...


@dataclass(frozen=True)
class Job:
    """A CPU-bound job: units that need nothing from each other."""

    units: list[Unit]
    workers: int
    # How many units a worker takes at a time.
    chunk: int = 1
    # threading: whether every thread has an interpreter, and so a lock, of its own.
    interpreters: bool = False

    def expected(self) -> Receipt | None:
        """What a run must hand in, or None if only Rust's answer tells."""
        receipts = [unit.expected() for unit in self.units]
        known = [receipt for receipt in receipts if receipt is not None]
        return total(known) if len(known) == len(receipts) else None


def lists(count: int, workers: int) -> Job:
    """`count` lists of 100 000 items each, handed out in chunks of 100."""
    return Job([List(LIST)] * count, workers, LISTS_AT_A_TIME)


def squares(below: int, workers: int) -> Job:
    """Twenty sums: of i*i for all i below `below`, `below` + 1, ... `below` + 19."""
    return Job([Squares(0, below + x) for x in range(UNITS)], workers)


def slices(below: int, workers: int) -> Job:
    """One sum of i*i for all i below `below`, cut into a slice for each worker."""
    cuts = [below * worker // workers for worker in range(workers + 1)]
    return Job([Squares(start, stop) for start, stop in zip(cuts, cuts[1:])], workers)


def hashes(steps: int, workers: int) -> Job:
    """Twenty chains of `steps` SHA-256 digests."""
    return Job([Hashes(chain, steps) for chain in range(UNITS)], workers)


def buffers(count: int, workers: int) -> Job:
    """Twenty SHA-256 digests of `count` buffers of 1 MiB each."""
    return Job([Buffers(chain, count) for chain in range(UNITS)], workers)


@dataclass(frozen=True)
class List:
    """Build the list 0..items."""

    items: int

    def compute(self) -> Receipt:
        """Builds it."""
        items = [i for i in range(self.items)]  # noqa: C416  list(range(...)) would be another program: one in C
        return unit(AllTrue(len(items) == self.items and items[-1] == self.items - 1))

    def expected(self) -> Receipt:
        """A right list."""
        return unit(AllTrue(True))


@dataclass(frozen=True)
class Squares:
    """Add up i*i for i in start..stop."""

    start: int
    stop: int
    # S2's mistake: its slice leaves out the last number.
    drop_last: bool = False

    def compute(self) -> Receipt:
        """Adds them up."""
        return unit(Sum(sum(i * i for i in range(self.start, self.stop - self.drop_last))))

    def expected(self) -> Receipt:
        """The closed form."""
        return unit(Sum(_squares_below(self.stop) - _squares_below(self.start)))


@dataclass(frozen=True)
class Hashes:
    """Hash 16 bytes, then the digest, then the digest of the digest, `steps` digests in all."""

    chain: int
    steps: int

    def compute(self) -> Receipt:
        """Hashes them."""
        data = _start(self.chain)
        for _ in range(self.steps):
            data = hashlib.sha256(data).digest()
        return _digest(self.chain, data)

    def expected(self) -> None:
        """Rust's digests are the known ones."""


@dataclass(frozen=True)
class Buffers:
    """Hash `count` buffers of 1 MiB, each the chain's 16 bytes over and over, into one digest."""

    chain: int
    count: int

    def compute(self) -> Receipt:
        """Hashes them."""
        buffer = _start(self.chain) * (BUFFER // 16)
        digest = hashlib.sha256()
        for _ in range(self.count):
            digest.update(buffer)
        return _digest(self.chain, digest.digest())

    def expected(self) -> None:
        """None: they were never published."""


def without_the_last_number(job: Job) -> Job:
    """The slices as the document cuts them."""
    *units, last = job.units
    assert isinstance(last, Squares)
    return replace(job, units=[*units, replace(last, drop_last=True)])


def _start(chain: int) -> bytes:
    return chain.to_bytes(16, "big")


def _digest(chain: int, digest: bytes) -> Receipt:
    return unit(Digests({chain: digest.hex()}))


def _squares_below(n: int) -> int:
    return (n - 1) * n * (2 * n - 1) // 6
