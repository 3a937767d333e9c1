"""A ticker before and after a hog.

    python3 shared/python sequential ticker

Nobody switches: the ticker is heard again when the hog is done.
"""

from story.probes import Ticker, Ticks
from story.receipt import Receipt


def run(probe: Ticker) -> Receipt:
    ticks = Ticks()
    ticks.tick()
    probe.hog()
    ticks.tick()
    return ticks.receipt()
