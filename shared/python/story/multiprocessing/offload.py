"""Several calls that block, handed to a pool.

    python3 shared/python multiprocessing offload

The pool has a process for every call: the calls overlap.
"""

from multiprocessing import Pool

from story.probes import Blocking
from story.receipt import Receipt


def run(probe: Blocking) -> Receipt:
    with Pool(probe.calls) as pool:
        receipt = Receipt()
        for answer in pool.imap_unordered(call, [probe] * probe.calls):
            receipt += answer
        return receipt


def call(probe: Blocking) -> Receipt:
    return probe.call()
