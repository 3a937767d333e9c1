"""One unit of many fails in a pool.

    python3 shared/python threading crash-pool --how panic

The pool keeps an exception for the caller of get. An abort ends the process, and the whole pool lives in one.
"""

from multiprocessing.pool import ThreadPool

from story.failure import Failure
from story.probes import Crash, Panic
from story.receipt import Receipt, failure


def run(probe: Crash) -> Receipt:
    with ThreadPool() as pool:
        units = [pool.apply_async(attempt, (probe, number)) for number in range(probe.units)]

        receipt = Receipt()
        for unit in units:
            try:
                receipt += unit.get()
            except Panic:
                receipt += failure("panic")
        return receipt


def attempt(probe: Crash, number: int) -> Receipt:
    try:
        return probe.attempt(number)
    except Failure:
        return failure("error")
