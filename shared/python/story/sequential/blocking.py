"""Several calls that block.

    python3 shared/python sequential blocking

One thread makes one call at a time: the calls add up.
"""

from story.probes import Blocking
from story.receipt import Receipt


def run(probe: Blocking) -> Receipt:
    receipt = Receipt()
    for _ in range(probe.calls):
        receipt += probe.call()
    return receipt
