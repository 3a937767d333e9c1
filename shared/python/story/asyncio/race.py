"""Tasks count up one number without a lock.

    python3 shared/python asyncio race
    python3 shared/python asyncio race --call

Between two awaits nobody else runs: x = x + 1 is whole, by promise. x = x + await one() is not: async needs locks too.
"""

import asyncio

from story.probes import Counter, Race
from story.receipt import Receipt


async def run(probe: Race) -> Receipt:
    counter = Counter()
    workers = []
    for _ in range(probe.workers):
        workers.append(asyncio.create_task(add_with_await(probe, counter) if probe.call else add(probe, counter)))

    for worker in workers:
        await worker
    return probe.receipt(counter)


async def add(probe: Race, counter: Counter) -> None:
    for _ in range(probe.adds):
        counter.value = counter.value + 1


async def add_with_await(probe: Race, counter: Counter) -> None:
    for _ in range(probe.adds):
        counter.value = counter.value + await one()


async def one() -> int:
    await asyncio.sleep(0)
    return 1
