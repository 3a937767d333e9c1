"""Several calls that block, handed to a pool.

    python3 shared/python threading offload

The pool has a thread for every call: the calls overlap.
"""

from multiprocessing.pool import ThreadPool

from story.probes import Blocking
from story.receipt import Receipt


def run(probe: Blocking) -> Receipt:
    with ThreadPool(probe.calls) as pool:
        receipt = Receipt()
        for call in pool.imap_unordered(Blocking.call, [probe] * probe.calls):
            receipt += call
        return receipt
