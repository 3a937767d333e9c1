"""Workers count up one number without a lock.

    python3 shared/python asyncio race

No other task runs between two awaits: x = x + 1 is whole, by promise.
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
        counter.value = counter.value + 1
