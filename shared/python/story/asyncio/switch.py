"""Two units that give way to each other.

    python3 shared/python asyncio switch

A task that sleeps for no time returns to the event loop, which looks for what is ready, and calls the next.
"""

import asyncio

from story.probes import Switch
from story.receipt import Receipt


async def run(probe: Switch) -> Receipt:
    far = asyncio.create_task(side(probe))

    units = await side(probe)
    units += await far
    return Receipt(units=units)


async def side(probe: Switch) -> int:
    units = 0
    for _ in range(probe.rounds):
        await asyncio.sleep(0)
        units += 1
    return units
