"""Workers count up one number without a lock.

    python3 shared/python threading race

CPython 3.10 and later hand over the lock at calls and at the ends of loops alone: x = x + 1 stays whole by luck of the
implementation. Without the lock around the interpreter it does not.
"""

from threading import Thread

from story.probes import Counter, Race
from story.receipt import Receipt


def run(probe: Race) -> Receipt:
    counter = Counter()
    workers = []
    for _ in range(probe.workers):
        worker = Thread(target=add, args=(probe, counter))
        worker.start()
        workers.append(worker)

    for worker in workers:
        worker.join()
    return probe.receipt(counter)


def add(probe: Race, counter: Counter) -> None:
    for _ in range(probe.adds):
        counter.value = counter.value + 1
