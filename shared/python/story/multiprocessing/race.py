"""Processes count up one number, in memory that they share, without a lock.

    python3 shared/python multiprocessing race
    python3 shared/python multiprocessing race --call

Nothing is shared unless it is asked for. Where it is, each process has a lock around its interpreter, and none of them
keeps the others out.
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
        worker = Process(target=add_with_call if probe.call else add, args=(probe, counter))
        worker.start()
        workers.append(worker)

    for worker in workers:
        worker.join()
    return probe.receipt(counter)


def add(probe: Race, counter: Counter) -> None:
    for _ in range(probe.adds):
        counter.value = counter.value + 1


def add_with_call(probe: Race, counter: Counter) -> None:
    for _ in range(probe.adds):
        counter.value = counter.value + one()


def one() -> int:
    return 1
