"""A ticker beside a hog, each a thread.

    python3 shared/python threading ticker

The hog must hand over the lock every 5 ms if somebody waits for it (sys.getswitchinterval): the ticker goes on, late.
"""

import time
from threading import Thread

from story.probes import Ticker, Ticks
from story.receipt import Receipt


def run(probe: Ticker) -> Receipt:
    hog = Thread(target=probe.hog)
    hog.start()

    ticks = Ticks()
    while hog.is_alive():
        ticks.tick()
        time.sleep(probe.interval)
    ticks.tick()
    return ticks.receipt()
