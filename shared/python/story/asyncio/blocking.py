"""Several calls that block.

    python3 shared/python asyncio blocking

A call stops the event loop's thread, and every other task with it: the calls add up.
"""

import asyncio

from story.probes import Blocking
from story.receipt import Receipt


async def run(probe: Blocking) -> Receipt:
    calls = []
    for _ in range(probe.calls):
        calls.append(asyncio.create_task(call(probe)))

    receipt = Receipt()
    for task in calls:
        receipt += await task
    return receipt


async def call(probe: Blocking) -> Receipt:
    return probe.call()
