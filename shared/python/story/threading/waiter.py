"""Five tables give their orders to one waiter, every table a thread.

    python3 shared/python threading waiter
    python3 shared/python threading waiter --queue

All tables think at once; a lock, or a queue, keeps the waiter from two tables at once.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from threading import Lock

from story.receipt import Receipt
from story.waiter import Form, Job, Table, Waiter


def run(job: Job) -> Receipt:
    if job.form is Form.QUEUE:
        return run_with_queue(job)
    waiter, lock = job.waiter(), Lock()
    with ThreadPoolExecutor(job.size) as pool:
        tables = [pool.submit(give_order, table, waiter, lock) for table in job.tables]

        receipt = Receipt()
        for table in tables:
            receipt += table.result()
        return receipt


def give_order(table: Table, waiter: Waiter, lock: Lock) -> Receipt:
    time.sleep(table.thinking)
    with lock:
        visit = waiter.visit(table)
        time.sleep(waiter.ordering)
        return visit.order_taken()


def run_with_queue(job: Job) -> Receipt:
    queue: SimpleQueue[Table | None] = SimpleQueue()
    with ThreadPoolExecutor(job.size + 1) as pool:
        waiter = pool.submit(take_orders, queue, job.waiter())
        tables = [pool.submit(call_waiter, table, queue) for table in job.tables]
        for table in tables:
            table.result()
        # The waiter goes home when this arrives: a queue has no end of its own before Python 3.13.
        queue.put(None)
        return waiter.result()


def call_waiter(table: Table, orders: SimpleQueue[Table | None]) -> None:
    time.sleep(table.thinking)
    orders.put(table)


def take_orders(queue: SimpleQueue[Table | None], waiter: Waiter) -> Receipt:
    receipt = Receipt()
    while table := queue.get():
        visit = waiter.visit(table)
        time.sleep(waiter.ordering)
        receipt += visit.order_taken()
    return receipt
