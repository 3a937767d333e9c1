"""One unit of many fails, every unit a process, or all of them in a pool.

    python3 shared/python multiprocessing crash --how abort
    python3 shared/python multiprocessing crash --how abort --home Pool
    python3 shared/python multiprocessing crash --how abort --home ProcessPoolExecutor

An abort ends only its own process. The pool's answer is another matter: a Pool replaces the worker, forgets what it was
working on and waits for it forever; an executor gives up all that is not done.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import Pipe, Pool, Process
from multiprocessing import TimeoutError as Timeout
from signal import SIGABRT
from typing import TYPE_CHECKING

from story.failure import Failure
from story.probes import Crash, Home, Panic
from story.receipt import Receipt, failure, total

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

# Seconds after which a pool that does not answer counts as hung.
PATIENCE = 5.0


def run(probe: Crash) -> Receipt:
    match probe.home:
        case Home.POOL:
            return run_in_pool(probe)
        case Home.EXECUTOR:
            return run_in_executor(probe)

    units = []
    for number in range(probe.units):
        answer, far_end = Pipe(duplex=False)
        process = Process(target=attempt_alone, args=(probe, number, far_end))
        process.start()
        far_end.close()
        units.append((process, answer))

    receipt = Receipt()
    for process, answer in units:
        try:
            receipt += answer.recv()
        except EOFError:
            process.join()
            receipt += failure("abort" if process.exitcode == -SIGABRT else "panic")
        process.join()
    return receipt


def attempt(probe: Crash, number: int) -> Receipt:
    try:
        return probe.attempt(number)
    except Failure:
        return failure("error")


def attempt_alone(probe: Crash, number: int, answer: Connection) -> None:
    answer.send(attempt(probe, number))


def run_in_pool(probe: Crash) -> Receipt:
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
