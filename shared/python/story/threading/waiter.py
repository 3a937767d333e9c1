"""Five tables give their orders to one waiter.

    python3 shared/python threading waiter

Every table is a thread, so all think at once. A lock keeps the waiter from two tables at once.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from story.receipt import Receipt
from story.waiter import Job, Table, Waiter


def run(job: Job) -> Receipt:
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
