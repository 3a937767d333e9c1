"""Many units asleep at once, every one a task.

    python3 shared/python asyncio sleepers --size 100000
    python3 shared/python asyncio sleepers --size 10 --blocking

A sleeping task is a few objects and a timer. A task that blocks instead stops all others.
"""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

from story.probes import Sleepers
from story.receipt import Receipt


async def run(probe: Sleepers) -> Receipt:
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(probe.units) as threads:
        units = []
        for _ in range(probe.units):
            if probe.blocking and probe.offload:
                units.append(loop.run_in_executor(threads, time.sleep, probe.nap))
            elif probe.blocking:
                units.append(loop.create_task(sleep(probe)))
            else:
                units.append(loop.create_task(asyncio.sleep(probe.nap)))

        receipt = Receipt()
        for unit in units:
            await unit
            receipt.units += 1
        return receipt


async def sleep(probe: Sleepers) -> None:
    time.sleep(probe.nap)  # noqa: ASYNC251  blocking is what this probe is about
