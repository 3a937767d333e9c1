"""A ticker beside a computation.

    python3 shared/python asyncio ticker

The computation is a task that awaits nothing: the ticker waits until it is done.
"""

import asyncio

from story.probes import Ticker, Ticks
from story.receipt import Receipt


async def run(probe: Ticker) -> Receipt:
    computation = asyncio.create_task(work(probe))

    ticks = Ticks()
    while not computation.done():
        ticks.tick()
        await asyncio.sleep(probe.interval)
    ticks.tick()
    return ticks.receipt()


async def work(probe: Ticker) -> None:
    probe.work()
