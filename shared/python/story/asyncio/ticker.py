"""A ticker beside a hog, the hog a task.

    python3 shared/python asyncio ticker

The hog awaits nothing, so the ticker waits until it is done.
"""

import asyncio

from story.probes import Ticker, Ticks
from story.receipt import Receipt


async def run(probe: Ticker) -> Receipt:
    task = asyncio.create_task(hog(probe))

    ticks = Ticks()
    while not task.done():
        ticks.tick()
        await asyncio.sleep(probe.interval)
    ticks.tick()
    return ticks.receipt()


async def hog(probe: Ticker) -> None:
    probe.hog()
