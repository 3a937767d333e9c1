"""Many units asleep at once, every one a thread.

    python3 shared/python threading sleepers --size 1000

A thread here is a thread of the system; to sleep is to let go of the lock and block, which is what threads are for.
"""

import time
from threading import Thread

from story.probes import Sleepers
from story.receipt import Receipt


def run(probe: Sleepers) -> Receipt:
    units = []
    for _ in range(probe.units):
        unit = Thread(target=sleep, args=(probe,))
        unit.start()
        units.append(unit)

    receipt = Receipt()
    for unit in units:
        unit.join()
        receipt.units += 1
    return receipt


def sleep(probe: Sleepers) -> None:
    time.sleep(probe.nap)
