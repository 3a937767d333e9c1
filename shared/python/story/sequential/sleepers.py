"""Many units asleep, one after another.

    python3 shared/python sequential sleepers --size 10

Never more than one is alive, so the naps add up.
"""

import time

from story.probes import Sleepers
from story.receipt import Receipt


def run(probe: Sleepers) -> Receipt:
    receipt = Receipt()
    for _ in range(probe.units):
        sleep(probe)
        receipt.units += 1
    return receipt


def sleep(probe: Sleepers) -> None:
    time.sleep(probe.nap)
