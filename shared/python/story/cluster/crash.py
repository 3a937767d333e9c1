"""One unit of many fails.

    CLUSTER_BROKER=amqp://guest:guest@127.0.0.1:5672 python3 shared/python cluster crash --how abort

An abort ends a worker process, and its task fails. Celery starts another process.
"""

from billiard.exceptions import WorkerLostError

from story.cluster.app import app
from story.failure import Failure
from story.probes import Crash, Panic
from story.receipt import Receipt, failure


def run(probe: Crash) -> Receipt:
    units = []
    for number in range(probe.units):
        units.append(attempt.delay(probe, number))

    receipt = Receipt()
    for unit in units:
        try:
            receipt += unit.get()
        except Panic:
            receipt += failure("panic")
        except WorkerLostError:
            receipt += failure("abort")
    return receipt


@app.task
def attempt(probe: Crash, number: int) -> Receipt:
    try:
        return probe.attempt(number)
    except Failure:
        return failure("error")
