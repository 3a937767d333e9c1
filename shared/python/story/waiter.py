"""Five tables and one waiter: the workload in which units must take turns.

Every table thinks for 4 s and then gives its order, which takes the one waiter 1 s. Thinking may overlap, ordering
may not: 25 s one after another, 9 s at best.
"""

from __future__ import annotations

import string
from dataclasses import dataclass, field

from story.receipt import Orders, Receipt, total, unit

THINKING = 4.0
ORDERING = 1.0


@dataclass(frozen=True)
class Job:
    """One evening: how many tables, and what every delay is multiplied with."""

    size: int
    time_scale: float

    @property
    def tables(self) -> list[Table]:
        """The tables, A first."""
        thinking = THINKING * self.time_scale
        return [Table(name, thinking) for name in string.ascii_uppercase[: self.size]]

    def waiter(self) -> Waiter:
        """The waiter, who is at no table yet."""
        return Waiter("John Doe", ORDERING * self.time_scale)

    def expected(self) -> Receipt:
        """What a run must hand in: an order from every table, never two at once."""
        return total([_order(table, 1) for table in self.tables])


@dataclass(frozen=True)
class Table:
    """A table and how long its guests think, in seconds."""

    name: str
    thinking: float


@dataclass
class Waiter:
    """The one waiter, and how long an order takes, in seconds.

    Being at a table is noted, never locked: keeping the waiter from two tables at once is the technique's part, and
    the note tells whether it did.
    """

    name: str
    ordering: float
    serving: set[str] = field(default_factory=set)

    def visit(self, table: Table) -> Visit:
        """Walks up to `table`. The visit lasts until `order_taken`."""
        self.serving.add(table.name)
        return Visit(self, table, len(self.serving))


@dataclass(frozen=True)
class Visit:
    """The waiter at a table, pencil ready."""

    waiter: Waiter
    table: Table
    at_once: int

    def order_taken(self) -> Receipt:
        """Ends the visit. The receipt tells at how many tables the waiter was during it."""
        # A table that came during this visit is still noted when it ends, or has seen this visit when coming.
        at_once = max(self.at_once, len(self.waiter.serving))
        self.waiter.serving.remove(self.table.name)
        return _order(self.table, at_once)


def _order(table: Table, at_once: int) -> Receipt:
    return unit(Orders(frozenset({table.name}), at_once))
