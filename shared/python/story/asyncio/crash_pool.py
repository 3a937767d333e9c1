"""One unit of many fails in a pool.

    python3 shared/python asyncio crash-pool --how panic

The executor's threads keep an exception as tasks do. An abort ends the process with all of them.
"""

import asyncio

from story.failure import Failure
from story.probes import Crash, Panic
from story.receipt import Receipt, failure


async def run(probe: Crash) -> Receipt:
    units = []
    for number in range(probe.units):
        units.append(asyncio.create_task(asyncio.to_thread(attempt, probe, number)))

    receipt = Receipt()
    for unit in units:
        try:
            receipt += await unit
        except Panic:
            receipt += failure("panic")
    return receipt


def attempt(probe: Crash, number: int) -> Receipt:
    try:
        return probe.attempt(number)
    except Failure:
        return failure("error")
