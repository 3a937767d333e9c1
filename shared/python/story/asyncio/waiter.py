"""Five tables give their orders to one waiter.

    python3 shared/python asyncio waiter

Every table is a task, so all think at once. Ordering awaits too: one thread needs a lock as well.
"""

import asyncio
from asyncio import Lock

from story.receipt import Receipt
from story.waiter import Job, Table, Waiter


async def run(job: Job) -> Receipt:
    waiter, lock = job.waiter(), Lock()
    tables = []
    for table in job.tables:
        tables.append(asyncio.create_task(give_order(table, waiter, lock)))

    receipt = Receipt()
    for task in tables:
        receipt += await task
    return receipt


async def give_order(table: Table, waiter: Waiter, lock: Lock) -> Receipt:
    await asyncio.sleep(table.thinking)
    async with lock:
        visit = waiter.visit(table)
        await asyncio.sleep(waiter.ordering)
        return visit.order_taken()
