"""Two units that give way to each other.

    python3 shared/python multiprocessing switch

A process that yields asks the system for another one: on one core that takes a system call and a switch each time.
"""

import os
from concurrent.futures import ProcessPoolExecutor

from story.probes import Switch
from story.receipt import Receipt


def run(probe: Switch) -> Receipt:
    with ProcessPoolExecutor(1) as pool:
        far = pool.submit(side, probe)

        units = side(probe)
        units += far.result()
    return Receipt(units=units)


def side(probe: Switch) -> int:
    units = 0
    for _ in probe.giving_way():
        os.sched_yield()
        units += 1
    return units
