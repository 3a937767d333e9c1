"""Five tables give their orders to one waiter, every table a task.

    python3 shared/python asyncio waiter
    python3 shared/python asyncio waiter --blocking-waiter

All tables think at once. Ordering awaits too, so even here a lock must keep the waiter from two tables at once.
"""

import asyncio
import time
from asyncio import Lock

from story.receipt import Receipt
from story.waiter import Form, Job, Table, Waiter


async def run(job: Job) -> Receipt:
    waiter, lock = job.waiter(), Lock()
    tables = []
    for table in job.tables:
        tables.append(asyncio.create_task(give_order(table, waiter, lock, job.form)))

    receipt = Receipt()
    for task in tables:
        receipt += await task
    return receipt


async def give_order(table: Table, waiter: Waiter, lock: Lock, form: Form) -> Receipt:
    await asyncio.sleep(table.thinking)
    async with lock:
        visit = waiter.visit(table)
        if form is Form.BLOCKING:
            # The document's mistake: nobody else gets the thread, so the other tables cannot even think.
            time.sleep(waiter.ordering)  # noqa: ASYNC251
        else:
            await asyncio.sleep(waiter.ordering)
        return visit.order_taken()
