"""A ball there and back, between two tasks.

    python3 shared/python asyncio pingpong

On one thread a switch is a turn of the event loop: no system is asked, but much Python runs.
"""

from __future__ import annotations

import asyncio
from asyncio import Queue

from story.probes import Pingpong
from story.receipt import Receipt


async def run(probe: Pingpong) -> Receipt:
    there: Queue[int | None] = Queue(1)
    back: Queue[int] = Queue(1)
    partner = asyncio.create_task(far_side(there, back))

    ball = 0
    for _ in range(probe.rounds):
        await there.put(ball)
        ball = await back.get()
    await there.put(None)
    await partner
    return probe.receipt(ball)


async def far_side(there: Queue[int | None], back: Queue[int]) -> None:
    while (ball := await there.get()) is not None:
        await back.put(Pingpong.strike(ball))
