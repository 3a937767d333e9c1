"""One unit of many fails.

    python3 shared/python asyncio crash --how panic

An exception ends its task, and awaiting the task raises it. An abort ends the process, and all tasks live in one.
"""

import asyncio

from story.failure import Failure
from story.probes import Crash, Panic
from story.receipt import Receipt, failure


async def run(probe: Crash) -> Receipt:
    units = []
    for number in range(probe.units):
        units.append(asyncio.create_task(attempt(probe, number)))

    receipt = Receipt()
    for unit in units:
        try:
            receipt += await unit
        except Panic:
            receipt += failure("panic")
    return receipt


async def attempt(probe: Crash, number: int) -> Receipt:
    try:
        return probe.attempt(number)
    except Failure:
        return failure("error")
