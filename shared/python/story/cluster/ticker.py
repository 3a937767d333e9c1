"""A ticker beside a computation.

    CLUSTER_BROKER=amqp://guest:guest@127.0.0.1:5672 python3 shared/python cluster ticker

The computation is at a worker. A thread waits for its end: Celery has no way to ask without a trip to the broker.
"""

import time
from threading import Thread

from story.cluster.app import app
from story.probes import Ticker, Ticks
from story.receipt import Receipt


def run(probe: Ticker) -> Receipt:
    # Results come to the thread that has sent the task.
    computation = Thread(target=lambda: work.delay(probe).get())
    computation.start()

    ticks = Ticks()
    while computation.is_alive():
        ticks.tick()
        time.sleep(probe.interval)
    ticks.tick()
    return ticks.receipt()


@app.task
def work(probe: Ticker) -> None:
    probe.work()
