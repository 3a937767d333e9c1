"""Five tables give their orders to one waiter.

    CLUSTER_BROKER=amqp://guest:guest@127.0.0.1:5672 python3 shared/python cluster waiter

Every table thinks at whichever worker is free. The waiter stays here, and takes the tables as they are ready.
"""

import time

from celery import group

from story.cluster.app import app, as_ready
from story.receipt import Receipt
from story.waiter import Job, Table, Waiter


def run(job: Job) -> Receipt:
    waiter = job.waiter()
    tables = group(think.s(table) for table in job.tables)

    receipt = Receipt()
    for table in as_ready(tables.apply_async()):
        receipt += give_order(table, waiter)
    return receipt


@app.task
def think(table: Table) -> Table:
    time.sleep(table.thinking)
    return table


def give_order(table: Table, waiter: Waiter) -> Receipt:
    visit = waiter.visit(table)
    time.sleep(waiter.ordering)
    return visit.order_taken()
