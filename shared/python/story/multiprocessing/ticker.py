"""A ticker beside a computation.

    python3 shared/python multiprocessing ticker

The computation is a process. The system takes the core from it: the ticker goes on.
"""

import time
from multiprocessing import Process

from story.probes import Ticker, Ticks
from story.receipt import Receipt


def run(probe: Ticker) -> Receipt:
    computation = Process(target=probe.work)
    computation.start()

    ticks = Ticks()
    while computation.is_alive():
        ticks.tick()
        time.sleep(probe.interval)
    ticks.tick()
    return ticks.receipt()
