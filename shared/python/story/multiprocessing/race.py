"""Workers count up one number without a lock.

    python3 shared/python multiprocessing race

Processes share nothing unless they ask for it. Where they do, no interpreter's lock keeps the other out.
"""

from __future__ import annotations

from multiprocessing import Process
from multiprocessing.sharedctypes import RawValue
from typing import TYPE_CHECKING

from story.probes import Counter, Race

if TYPE_CHECKING:
    from story.receipt import Receipt


def run(probe: Race) -> Receipt:
    counter: Counter = RawValue("q", 0)
    workers = []
    for _ in range(probe.workers):
        worker = Process(target=add, args=(probe, counter))
        worker.start()
        workers.append(worker)

    for worker in workers:
        worker.join()
    return probe.receipt(counter)


def add(probe: Race, counter: Counter) -> None:
    for _ in range(probe.adds):
        counter.value = counter.value + 1
