"""Workers count up one number without a lock, with a call in between.

    python3 shared/python sequential race-call

One worker counts after another: nothing is lost.
"""

from story.probes import Counter, Race
from story.receipt import Receipt


def run(probe: Race) -> Receipt:
    counter = Counter()
    for _ in range(probe.workers):
        add(probe, counter)
    return probe.receipt(counter)


def add(probe: Race, counter: Counter) -> None:
    for _ in range(probe.adds):
        counter.value = counter.value + one()


def one() -> int:
    return 1
