"""A ticker beside a computation.

    python3 shared/python threading ticker

The computation is a thread, which hands over the lock every 5 ms (sys.getswitchinterval): the ticker goes on, late.
"""

import time
from threading import Thread

from story.probes import Ticker, Ticks
from story.receipt import Receipt


def run(probe: Ticker) -> Receipt:
    computation = Thread(target=probe.work)
    computation.start()

    ticks = Ticks()
    while computation.is_alive():
        ticks.tick()
        time.sleep(probe.interval)
    ticks.tick()
    return ticks.receipt()
