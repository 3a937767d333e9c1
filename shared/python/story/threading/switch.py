"""Two units that give way to each other.

    python3 shared/python threading switch

A thread that sleeps for no time gives the interpreter's lock away, and takes it again.
"""

import time
from concurrent.futures import ThreadPoolExecutor

from story.probes import Switch
from story.receipt import Receipt


def run(probe: Switch) -> Receipt:
    with ThreadPoolExecutor(1) as pool:
        far = pool.submit(side, probe)

        units = side(probe)
        units += far.result()
    return Receipt(units=units)


def side(probe: Switch) -> int:
    units = 0
    for _ in probe.giving_way():
        time.sleep(0)
        units += 1
    return units
