"""Five tables give their orders to one waiter.

    python3 shared/python multiprocessing waiter

Every table is a process, so all think at once. The waiter stays here, and takes the tables as they are ready.
"""

import time
from multiprocessing import Pool

from story.receipt import Receipt
from story.waiter import Job, Table, Waiter


def run(job: Job) -> Receipt:
    waiter = job.waiter()
    with Pool(job.size) as pool:
        receipt = Receipt()
        for table in pool.imap_unordered(think, job.tables):
            receipt += give_order(table, waiter)
        return receipt


def think(table: Table) -> Table:
    time.sleep(table.thinking)
    return table


def give_order(table: Table, waiter: Waiter) -> Receipt:
    visit = waiter.visit(table)
    time.sleep(waiter.ordering)
    return visit.order_taken()
