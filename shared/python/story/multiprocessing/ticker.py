"""A ticker beside a hog, each a process.

    python3 shared/python multiprocessing ticker

The system takes the core from the hog, whether it likes it or not: the ticker goes on.
"""

import time
from multiprocessing import Process

from story.probes import Ticker, Ticks
from story.receipt import Receipt


def run(probe: Ticker) -> Receipt:
    hog = Process(target=probe.hog)
    hog.start()

    ticks = Ticks()
    while hog.is_alive():
        ticks.tick()
        time.sleep(probe.interval)
    ticks.tick()
    return ticks.receipt()
