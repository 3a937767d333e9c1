"""A ball there and back, between sides that look for it before they sleep.

    python3 shared/python asyncio pingpong-spinning

A task cannot look without a pause: the other side has no thread of its own. It gives way, and looks again.
"""

from __future__ import annotations

import asyncio
from asyncio import Queue

from story.probes import Pingpong
from story.receipt import Receipt


async def run(probe: Pingpong) -> Receipt:
    there: Queue[int | None] = Queue(1)
    back: Queue[int | None] = Queue(1)
    partner = asyncio.create_task(far_side(there, back))

    ball: int | None = 0
    for _ in probe.looking():
        await there.put(ball)
        ball = await receive(back)
    await there.put(None)
    await partner
    return probe.receipt(ball or 0)


async def far_side(there: Queue[int | None], back: Queue[int | None]) -> None:
    while (ball := await receive(there)) is not None:
        await back.put(Pingpong.strike(ball))


async def receive(balls: Queue[int | None]) -> int | None:
    for _ in range(Pingpong.LOOKS):
        if not balls.empty():
            break
        await asyncio.sleep(0)
    return await balls.get()
