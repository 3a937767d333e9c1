"""What is lost with one of two workers, of tasks that wait.

    CLUSTER_BROKER=amqp://guest:guest@127.0.0.1:5672 python3 shared/python cluster tasks --lose node

The broker gives the tasks of a lost worker to another. Those that it was at have been acknowledged as they began: no answer comes of them.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

from celery import group
from celery.utils.nodenames import gethostname

from story.cluster.app import app
from story.cluster.sleepers import end, start
from story.cluster.tasks import square
from story.failure import Failure
from story.probes import Tasks
from story.receipt import Receipt, Sum, failure, unit

if TYPE_CHECKING:
    from collections.abc import Iterator

# For so many seconds workers may take to start.
START = 60.0
# When no answer has come for so many seconds, none will.
PATIENCE = 10.0


class Silence(Exception):
    """No answer has come for a while."""


def run(probe: Tasks) -> Receipt:
    queue = f"tasks-{os.getpid()}"
    names = [f"{queue}-{number}" for number in (1, 2)]
    workers = []
    try:
        for name in names:
            workers.append(start(queue, name))
        wait_for(workers, names)
        tasks = group(square.s(number, probe.nap) for number in range(probe.tasks))
        results = tasks.apply_async(queue=queue)

        receipt = Receipt()
        for number in as_ready_until_silence(results):
            receipt += unit(Sum(number))
            if receipt.units == max(probe.tasks // 10, 1):
                workers[0].kill()
        if receipt.units < probe.tasks:
            receipt += failure("lost", probe.tasks - receipt.units)
        return receipt
    finally:
        end(workers, [queue])


def wait_for(workers: list, names: list[str]) -> None:
    """Waits until both take tasks."""
    hosts = [f"{name}@{gethostname()}" for name in names]
    late = time.monotonic() + START
    while len(app.control.inspect(destination=hosts, timeout=1).ping() or {}) < len(hosts):
        if time.monotonic() > late or any(worker.poll() is not None for worker in workers):
            raise Failure("Celery's workers do not start")


def as_ready_until_silence(results: Any) -> Iterator[Any]:  # noqa: ANN401  what tasks return
    """The values of a group's tasks as they arrive."""
    last = time.monotonic()

    def listen() -> None:
        if time.monotonic() > last + PATIENCE:
            raise Silence

    try:
        for _, answer in results.iter_native(on_interval=listen):
            last = time.monotonic()
            yield answer["result"]
    except Silence:
        return
