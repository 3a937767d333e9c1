"""Serve pages, every connection a task.

    python3 shared/python asyncio serve --port 8000

A client that is silent costs the memory of its task. One that has the loop compute keeps all others waiting.
"""

import asyncio

from story.receipt import Receipt
from story.serve import Answer, Job, Request
from story.streams import Connection, Listener


async def run(job: Job) -> Receipt:
    listener = Listener(job)
    await listener.serve(serve)
    return listener.receipt()


async def serve(connection: Connection) -> None:
    while (request := await connection.receive()) is not None:
        await connection.send(await answer(request))


async def answer(request: Request) -> Answer:
    if request.delay:
        await asyncio.sleep(request.delay)
    return request.answer()
