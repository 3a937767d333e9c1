"""Numbers in memory that two sides change in turn.

    python3 shared/python asyncio memory --bytes 65536

All memory of a process is its tasks' alike: nothing is copied. A notice to the other side makes it ready for its turn.
"""

import asyncio
from asyncio import Event

from story.probes import Memory
from story.receipt import Receipt


async def run(probe: Memory) -> Receipt:
    memory = memoryview(probe.numbers())
    there, back = Event(), Event()
    partner = asyncio.create_task(far_side(probe, memory, there, back))

    for _ in range(probe.rounds):
        Memory.strike(memory)
        there.set()
        await back.wait()
        back.clear()
    await partner
    return probe.receipt(memory)


async def far_side(probe: Memory, memory: memoryview, there: Event, back: Event) -> None:
    for _ in range(probe.rounds):
        await there.wait()
        there.clear()
        Memory.strike(memory)
        back.set()
