"""One unit of many fails.

    python3 shared/python multiprocessing crash --how abort

Even an abort ends only its own process: messages cross the border, crashes do not.
"""

from __future__ import annotations

from multiprocessing import Pipe, Process
from signal import SIGABRT
from typing import TYPE_CHECKING

from story.failure import Failure
from story.probes import Crash
from story.receipt import Receipt, failure

if TYPE_CHECKING:
    from multiprocessing.connection import Connection


def run(probe: Crash) -> Receipt:
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
