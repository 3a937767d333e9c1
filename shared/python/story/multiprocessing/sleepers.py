"""Many units asleep at once, every one a process.

    python3 shared/python multiprocessing sleepers --size 100

Every process has a memory of its own, even if it only sleeps in it.
"""

import time
from multiprocessing import Process

from story.probes import Sleepers
from story.receipt import Receipt


def run(probe: Sleepers) -> Receipt:
    units = []
    for _ in range(probe.units):
        unit = Process(target=sleep, args=(probe,))
        unit.start()
        units.append(unit)

    receipt = Receipt()
    for unit in units:
        unit.join()
        receipt.units += unit.exitcode == 0
    return receipt


def sleep(probe: Sleepers) -> None:
    time.sleep(probe.nap)
