"""One unit of many fails in a pool.

    python3 shared/python multiprocessing crash-pool --how abort
    python3 shared/python multiprocessing crash-pool --how abort --executor

A Pool replaces the worker that aborted, forgets its task, and waits for that forever. An executor gives up all tasks
that are not done.
"""

from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import Pool
from multiprocessing import TimeoutError as Timeout

from story.failure import Failure
from story.probes import Crash, Panic
from story.receipt import Receipt, failure, total

# Seconds after which a pool that does not answer counts as hung.
PATIENCE = 5.0


def run(probe: Crash) -> Receipt:
    if probe.executor:
        return run_in_executor(probe)
    with Pool() as pool:
        units = pool.map_async(partial(attempt, probe), range(probe.units), chunksize=1)
        try:
            return total(units.get(PATIENCE))
        except Panic:
            # One exception is all that a map hands over, whatever the other units have done.
            return failure("panic", probe.units)
        except Timeout:
            receipt = failure("hung", probe.units)
            receipt.readings["hung_after"] = PATIENCE
            return receipt


def attempt(probe: Crash, number: int) -> Receipt:
    try:
        return probe.attempt(number)
    except Failure:
        return failure("error")


def run_in_executor(probe: Crash) -> Receipt:
    with ProcessPoolExecutor() as pool:
        units = [pool.submit(attempt, probe, number) for number in range(probe.units)]

        receipt = Receipt()
        for unit in units:
            try:
                receipt += unit.result()
            except Panic:
                receipt += failure("panic")
            except BrokenProcessPool:
                receipt += failure("abort")
        return receipt
