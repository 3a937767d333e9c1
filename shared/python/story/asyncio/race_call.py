"""Workers count up one number without a lock, with an await in between.

    python3 shared/python asyncio race-call

Another task runs at every await: what it counts in the middle of x = x + await one() is lost.
"""

import asyncio

from story.probes import Counter, Race
from story.receipt import Receipt


async def run(probe: Race) -> Receipt:
    counter = Counter()
    workers = []
    for _ in range(probe.workers):
        workers.append(asyncio.create_task(add(probe, counter)))

    for worker in workers:
        await worker
    return probe.receipt(counter)


async def add(probe: Race, counter: Counter) -> None:
    for _ in range(probe.adds):
        counter.value = counter.value + await one()


async def one() -> int:
    await asyncio.sleep(0)
    return 1
