"""Compute every unit with tasks.

    python3 shared/python asyncio hashes
    python3 shared/python asyncio hashes --offload

A computation awaits nothing: tasks compute one after another, and nothing else runs meanwhile. Threads off the loop
are no help while the interpreter has one lock.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from story.compute import Job, Unit
from story.receipt import Receipt


async def run(job: Job) -> Receipt:
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(job.workers) as threads:
        units = []
        for unit in job.units:
            if job.offload:
                units.append(loop.run_in_executor(threads, unit.compute))
            else:
                units.append(loop.create_task(compute(unit)))

        receipt = Receipt()
        for future in units:
            receipt += await future
        return receipt


async def compute(unit: Unit) -> Receipt:
    return unit.compute()
