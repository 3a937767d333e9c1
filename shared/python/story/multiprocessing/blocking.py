"""Several calls that block.

    python3 shared/python multiprocessing blocking

A call stops its own process alone: the calls overlap.
"""

from multiprocessing import Process

from story.probes import Blocking
from story.receipt import Receipt


def run(probe: Blocking) -> Receipt:
    calls = []
    for _ in range(probe.calls):
        process = Process(target=call, args=(probe,))
        process.start()
        calls.append(process)

    receipt = Receipt()
    for process in calls:
        process.join()
        receipt.units += process.exitcode == 0
    return receipt


def call(probe: Blocking) -> None:
    probe.call()
