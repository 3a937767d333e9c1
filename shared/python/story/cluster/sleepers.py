"""Many units asleep at once.

    CLUSTER_BROKER=amqp://guest:guest@127.0.0.1:5672 python3 shared/python cluster sleepers --size 3

Every unit is a worker of its own, with a process: it starts, takes its first task, and sleeps in it.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

from story.cluster.app import app
from story.probes import Sleepers
from story.receipt import Receipt

TWINS = Path(__file__).parents[2]


def run(probe: Sleepers) -> Receipt:
    workers, units = [], []
    queues = [f"sleepers-{os.getpid()}-{unit}" for unit in range(probe.units)]
    try:
        for queue in queues:
            workers.append(start(queue, queue))
            units.append(sleep.apply_async((probe,), queue=queue))

        receipt = Receipt()
        for unit in units:
            unit.get()
            receipt.units += 1
        return receipt
    finally:
        end(workers, queues)


def start(queue: str, name: str) -> subprocess.Popen:
    words = [sys.executable, str(TWINS), "cluster", "worker", f"--name={name}"]
    nowhere = subprocess.DEVNULL
    where = {**os.environ, "CLUSTER_QUEUE": queue}
    return subprocess.Popen(words, env=where, stdin=nowhere, stdout=nowhere, stderr=nowhere)  # noqa: S603  ourselves


def end(workers: list, queues: list) -> None:
    for worker in workers:
        worker.kill()
        worker.wait()
    with app.connection_for_write() as connection:
        for queue in queues:
            connection.default_channel.queue_delete(queue)


@app.task
def sleep(probe: Sleepers) -> None:
    time.sleep(probe.nap)
