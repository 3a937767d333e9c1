"""Several calls that block.

    python3 shared/python threading blocking

A call stops its own thread alone: the calls overlap.
"""

from concurrent.futures import ThreadPoolExecutor

from story.probes import Blocking
from story.receipt import Receipt


def run(probe: Blocking) -> Receipt:
    with ThreadPoolExecutor(probe.calls) as pool:
        calls = [pool.submit(probe.call) for _ in range(probe.calls)]

        receipt = Receipt()
        for call in calls:
            receipt += call.result()
        return receipt
