"""Five tables give their orders to one waiter, every table a process.

    python3 shared/python multiprocessing waiter

All tables think at once. Nothing is shared, so nothing is locked: a table sends a message, the waiter takes one at a
time.
"""

from __future__ import annotations

import time
from multiprocessing import Process, SimpleQueue

from story.receipt import Receipt
from story.waiter import Job, Table


def run(job: Job) -> Receipt:
    waiter = job.waiter()
    queue: SimpleQueue[Table] = SimpleQueue()
    tables = []
    for table in job.tables:
        process = Process(target=give_order, args=(table, queue))
        process.start()
        tables.append(process)

    receipt = Receipt()
    for _ in tables:
        table = queue.get()
        visit = waiter.visit(table)
        time.sleep(waiter.ordering)
        receipt += visit.order_taken()
    for process in tables:
        process.join()
    return receipt


def give_order(table: Table, orders: SimpleQueue[Table]) -> None:
    time.sleep(table.thinking)
    orders.put(table)
