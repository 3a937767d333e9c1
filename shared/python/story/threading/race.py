"""Threads count up one number without a lock.

    python3 shared/python threading race
    python3 shared/python threading race --call

CPython 3.10 and later hand over the lock at calls and at the ends of loops alone: x = x + 1 stays whole by luck of the
implementation, x = x + one() does not. Without the lock around the interpreter neither does.
"""

from threading import Thread

from story.probes import Counter, Race
from story.receipt import Receipt


def run(probe: Race) -> Receipt:
    counter = Counter()
    workers = []
    for _ in range(probe.workers):
        worker = Thread(target=add_with_call if probe.call else add, args=(probe, counter))
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
