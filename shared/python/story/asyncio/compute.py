"""Compute every unit.

    python3 shared/python asyncio hashes

A computation awaits nothing: tasks compute one after another, and nothing else runs meanwhile.
"""

import asyncio

from story.compute import Job, Unit
from story.receipt import Receipt


async def run(job: Job) -> Receipt:
    units = []
    for unit in job.units:
        units.append(asyncio.create_task(compute(unit)))

    receipt = Receipt()
    for task in units:
        receipt += await task
    return receipt


async def compute(unit: Unit) -> Receipt:
    return unit.compute()
