"""Many units asleep at once.

    python3 shared/python asyncio sleepers --size 100000

Every unit is a task: a few objects and a timer.
"""

import asyncio

from story.probes import Sleepers
from story.receipt import Receipt


async def run(probe: Sleepers) -> Receipt:
    units = []
    for _ in range(probe.units):
        units.append(asyncio.create_task(sleep(probe)))

    receipt = Receipt()
    for unit in units:
        await unit
        receipt.units += 1
    return receipt


async def sleep(probe: Sleepers) -> None:
    await asyncio.sleep(probe.nap)
