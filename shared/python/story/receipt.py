"""What a run did: the paper that every technique must hand in, and that must read the same in Rust."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self, TypeAlias


@dataclass(frozen=True, slots=True)
class Orders:
    """waiter: whose orders were taken, and how many tables were served at once at the worst."""

    tables: frozenset[str]
    at_once: int


@dataclass(frozen=True, slots=True)
class Checksum:
    """Downloads: the CRC-32 of every body, added up, so that order does not matter."""

    total: int


@dataclass(frozen=True, slots=True)
class AllTrue:
    """lists: whether every list was right."""

    value: bool


@dataclass(frozen=True, slots=True)
class Sum:
    """squares and probes: a sum."""

    total: int


@dataclass(frozen=True, slots=True)
class Digests:
    """hashes: the last digest of every chain, in hexadecimal."""

    chains: dict[int, str]


# None: nothing was asked, or no unit is done yet.
Answer: TypeAlias = Orders | Checksum | AllTrue | Sum | Digests | None


@dataclass(slots=True)
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
    match mine, other:
        case _, None:
            return mine
        case None, _:
            return other
        case Orders(), Orders():
            return Orders(mine.tables | other.tables, max(mine.at_once, other.at_once))
        case Checksum(), Checksum():
            return Checksum((mine.total + other.total) % 2**64)
        case AllTrue(), AllTrue():
            return AllTrue(mine.value and other.value)
        case Sum(), Sum():
            return Sum(mine.total + other.total)
        case Digests(), Digests():
            return Digests(mine.chains | other.chains)
    raise TypeError(f"an answer {mine} cannot take in {other}")


def in_words(answer: Answer) -> str:
    """An answer for people, in Rust's words."""
    match answer:
        case None:
            return "nothing"
        case Orders(tables, at_once):
            return f"orders of {' '.join(sorted(tables))}, {at_once} table(s) at once"
        case Checksum(value):
            return f"checksum {value:x}"
        case Digests(chains):
            return f"{len(chains)} digests {chains[min(chains)][:16]}..."
        case AllTrue(value) | Sum(value):
            return str(value).lower()


def _answer_json(answer: Answer) -> object:
    match answer:
        case None:
            return "nothing"
        case Orders(tables, at_once):
            return {"orders": {"tables": sorted(tables), "at_once": at_once}}
        case Checksum(value):
            return {"checksum": value}
        case AllTrue(value):
            return {"all_true": value}
        case Sum(value):
            # A string, because other readers' numbers end at 2^53.
            return {"sum": str(value)}
        case Digests(chains):
            return {"digests": {str(chain): chains[chain] for chain in sorted(chains)}}
