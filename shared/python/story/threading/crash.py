"""One unit of many fails.

    python3 shared/python threading crash --how panic

An exception ends its thread, and its result raises it. An abort ends the process, and all threads live in one.
"""

from concurrent.futures import ThreadPoolExecutor

from story.failure import Failure
from story.probes import Crash, Panic
from story.receipt import Receipt, failure


def run(probe: Crash) -> Receipt:
    with ThreadPoolExecutor(probe.units) as pool:
        units = [pool.submit(attempt, probe, number) for number in range(probe.units)]

        receipt = Receipt()
        for unit in units:
            try:
                receipt += unit.result()
            except Panic:
                receipt += failure("panic")
        return receipt


def attempt(probe: Crash, number: int) -> Receipt:
    try:
        return probe.attempt(number)
    except Failure:
        return failure("error")
