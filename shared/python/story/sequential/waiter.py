"""Five tables give their orders to one waiter.

    python3 shared/python sequential waiter

The second table opens the menu when the first has ordered: nothing overlaps.
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
