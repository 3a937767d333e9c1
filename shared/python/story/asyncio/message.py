"""A ball of many bytes there and back.

    python3 shared/python asyncio message --bytes 65536

All tasks see all objects: whatever the ball's size, a reference is all that goes through the queue.
"""

from __future__ import annotations

import asyncio
from asyncio import Queue

from story.probes import Ball, Message
from story.receipt import Receipt


async def run(probe: Message) -> Receipt:
    there: Queue[Ball | None] = Queue(1)
    back: Queue[Ball] = Queue(1)
    partner = asyncio.create_task(far_side(there, back))

    ball = probe.ball()
    for _ in range(probe.rounds):
        await there.put(Message.strike(ball))
        ball = await back.get()
    await there.put(None)
    await partner
    return probe.receipt(ball)


async def far_side(there: Queue[Ball | None], back: Queue[Ball]) -> None:
    while (ball := await there.get()) is not None:
        await back.put(Message.strike(ball))
