"""Workers count up one number without a lock, with a call in between.

    python3 shared/python threading race-call

CPython 3.10 and later hand over the lock at calls: another thread comes in the middle of x = x + one().
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
        counter.value = counter.value + one()


def one() -> int:
    return 1
