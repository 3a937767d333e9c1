"""A ticker beside a computation.

    python3 shared/python sequential ticker

Nothing switches: the ticker ticks before the computation and after it.
"""

from story.probes import Ticker, Ticks
from story.receipt import Receipt


def run(probe: Ticker) -> Receipt:
    ticks = Ticks()
    ticks.tick()
    probe.work()
    ticks.tick()
    return ticks.receipt()
