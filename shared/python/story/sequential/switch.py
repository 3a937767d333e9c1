"""Two units that give way to each other.

    python3 shared/python sequential switch

Nothing switches by itself here: two generators are resumed by hand, in turn. It costs little more than a call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from story.probes import Switch
from story.receipt import Receipt

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(probe: Switch) -> Receipt:
    near, far = side(), side()

    units = 0
    for _ in range(probe.rounds):
        units += next(near)
        units += next(far)
    return Receipt(units=units)


def side() -> Iterator[int]:
    while True:
        yield 1
