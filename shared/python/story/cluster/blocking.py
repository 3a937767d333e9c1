"""Several calls that block.

    CLUSTER_BROKER=amqp://guest:guest@127.0.0.1:5672 python3 shared/python cluster blocking

A call stops the worker process that makes it: the calls overlap, as far as there are processes.
"""

from story.cluster.app import app
from story.probes import Blocking
from story.receipt import Receipt


def run(probe: Blocking) -> Receipt:
    calls = []
    for _ in range(probe.calls):
        calls.append(call.delay(probe))

    receipt = Receipt()
    for result in calls:
        receipt += result.get()
    return receipt


@app.task
def call(probe: Blocking) -> Receipt:
    return probe.call()
