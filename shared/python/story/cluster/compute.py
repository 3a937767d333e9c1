"""Compute every unit with whichever worker is free.

    CLUSTER_BROKER=amqp://guest:guest@127.0.0.1:5672 python3 shared/python cluster hashes

Every process has a lock of its own, on whichever machine. Units and receipts travel through the broker.
"""

from story.cluster.app import app, as_ready
from story.compute import Job, Unit
from story.receipt import Receipt


def run(job: Job) -> Receipt:
    chunks = compute.chunks(zip(job.units), job.chunk).group()

    receipt = Receipt()
    for units in as_ready(chunks.apply_async()):
        for unit in units:
            receipt += unit
    return receipt


@app.task
def compute(unit: Unit) -> Receipt:
    return unit.compute()
