"""Five tables give their orders to one waiter, one table after another.

    python3 shared/python sequential waiter

The waiter is never needed by two tables, because the second opens the menu when the first has ordered.
"""

import time

from story.receipt import Receipt
from story.waiter import Job, Table, Waiter


def run(job: Job) -> Receipt:
    waiter = job.waiter()

    receipt = Receipt()
    for table in job.tables:
        receipt += give_order(table, waiter)
    return receipt


def give_order(table: Table, waiter: Waiter) -> Receipt:
    time.sleep(table.thinking)
    visit = waiter.visit(table)
    time.sleep(waiter.ordering)
    return visit.order_taken()
