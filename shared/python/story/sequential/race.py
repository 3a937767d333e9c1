"""One worker after another counts up one number.

    python3 shared/python sequential race

Nobody comes in between: nothing is lost.
"""

from story.probes import Counter, Race
from story.receipt import Receipt


def run(probe: Race) -> Receipt:
    counter = Counter()
    for _ in range(probe.workers):
        if probe.call:
            add_with_call(probe, counter)
        else:
            add(probe, counter)
    return probe.receipt(counter)


def add(probe: Race, counter: Counter) -> None:
    for _ in range(probe.adds):
        counter.value = counter.value + 1


def add_with_call(probe: Race, counter: Counter) -> None:
    for _ in range(probe.adds):
        counter.value = counter.value + one()


def one() -> int:
    return 1
