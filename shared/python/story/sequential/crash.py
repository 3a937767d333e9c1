"""One unit of many fails, one after another.

    python3 shared/python sequential crash --how error

An exception that is caught costs its unit. One that is not takes the program and what was done so far.
"""

from story.failure import Failure
from story.probes import Crash
from story.receipt import Receipt, failure


def run(probe: Crash) -> Receipt:
    receipt = Receipt()
    for number in range(probe.units):
        receipt += attempt(probe, number)
    return receipt


def attempt(probe: Crash, number: int) -> Receipt:
    try:
        return probe.attempt(number)
    except Failure:
        return failure("error")
