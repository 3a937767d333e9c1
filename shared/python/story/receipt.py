"""What a run did: the paper that every technique must hand in, and that must read the same in Rust."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Union

if TYPE_CHECKING:
    from typing import Self


@dataclass(frozen=True)
class Orders:
    """waiter: whose orders were taken, and how many tables were served at once at the worst."""

    tables: frozenset[str]
    at_once: int


@dataclass(frozen=True)
class Checksum:
    """Downloads: the CRC-32 of every body, added up, so that order does not matter."""

    total: int


@dataclass(frozen=True)
class AllTrue:
    """lists: whether every list was right."""

    value: bool


@dataclass(frozen=True)
class Sum:
    """squares and probes: a sum."""

    total: int


@dataclass(frozen=True)
class Digests:
    """hashes: the last digest of every chain, in hexadecimal."""

    chains: dict[int, str]


# None: nothing was asked, or no unit is done yet.
Answer = Union[Orders, Checksum, AllTrue, Sum, Digests, None]


@dataclass
class Receipt:
    """What one unit of work did or, added up, what a whole run did.

    Adding is commutative, so that the order in which workers finish leaves no mark.
    """

    units: int = 0
    bytes: int = 0
    answer: Answer = None
    errors: dict[str, int] = field(default_factory=dict)
    readings: dict[str, float] = field(default_factory=dict)

    def __iadd__(self, other: Receipt) -> Self:
        self.units += other.units
        self.bytes += other.bytes
        self.answer = _added(self.answer, other.answer)
        for kind, count in other.errors.items():
            self.errors[kind] = self.errors.get(kind, 0) + count
        for name, reading in other.readings.items():
            self.readings[name] = max(reading, self.readings.get(name, 0.0))
        return self

    def json(self) -> dict[str, object]:
        """The form in which Rust writes and reads receipts."""
        return {
            "units": self.units,
            "bytes": self.bytes,
            "answer": _answer_json(self.answer),
            "errors": self.errors,
            "readings": self.readings,
        }


def unit(answer: Answer) -> Receipt:
    """The receipt of one unit that gave `answer`."""
    return Receipt(units=1, answer=answer)


def failure(kind: str, units: int = 1) -> Receipt:
    """The receipt of units that failed in the way that `kind` names."""
    return Receipt(errors={kind: units})


def total(receipts: list[Receipt]) -> Receipt:
    """All receipts as one."""
    result = Receipt()
    for receipt in receipts:
        result += receipt
    return result


def _added(mine: Answer, other: Answer) -> Answer:
    if other is None:
        return mine
    if mine is None:
        return other
    if isinstance(mine, Orders) and isinstance(other, Orders):
        return Orders(mine.tables | other.tables, max(mine.at_once, other.at_once))
    if isinstance(mine, Checksum) and isinstance(other, Checksum):
        return Checksum((mine.total + other.total) % 2**64)
    if isinstance(mine, AllTrue) and isinstance(other, AllTrue):
        return AllTrue(mine.value and other.value)
    if isinstance(mine, Sum) and isinstance(other, Sum):
        return Sum(mine.total + other.total)
    if isinstance(mine, Digests) and isinstance(other, Digests):
        return Digests({**mine.chains, **other.chains})
    raise TypeError(f"an answer {mine} cannot take in {other}")


def in_words(answer: Answer) -> str:
    """An answer for people, in Rust's words."""
    if answer is None:
        return "nothing"
    if isinstance(answer, Orders):
        return f"orders of {' '.join(sorted(answer.tables))}, {answer.at_once} table(s) at once"
    if isinstance(answer, Checksum):
        return f"checksum {answer.total:x}"
    if isinstance(answer, Digests):
        return f"{len(answer.chains)} digests {answer.chains[min(answer.chains)][:16]}..."
    if isinstance(answer, AllTrue):
        return str(answer.value).lower()
    return str(answer.total)


def _answer_json(answer: Answer) -> object:
    if answer is None:
        return "nothing"
    if isinstance(answer, Orders):
        return {"orders": {"tables": sorted(answer.tables), "at_once": answer.at_once}}
    if isinstance(answer, Checksum):
        return {"checksum": answer.total}
    if isinstance(answer, AllTrue):
        return {"all_true": answer.value}
    if isinstance(answer, Sum):
        # A string, because other readers' numbers end at 2^53.
        return {"sum": str(answer.total)}
    return {"digests": {str(chain): answer.chains[chain] for chain in sorted(answer.chains)}}
