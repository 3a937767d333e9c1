"""What callers and workers share: Celery's application.

The broker is that of CLUSTER_BROKER, the queue that of CLUSTER_QUEUE, as for the nodes of the program `cluster`. Settings are
Celery's own, but for pickle, which is what Python's processes send each other, too.
"""

from __future__ import annotations

import importlib.util
import os
from typing import TYPE_CHECKING, Any

from celery import Celery
from celery.states import SUCCESS
from kombu.exceptions import OperationalError

from story.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Iterator

FILES = ("waiter", "compute", "blocking", "ticker", "pingpong", "crash", "sleepers", "tasks")

app = Celery("story", broker=os.environ.get("CLUSTER_BROKER"), backend="rpc://")
app.conf.update(
    include=[f"story.cluster.{file}" for file in FILES],
    task_default_queue=os.environ.get("CLUSTER_QUEUE", "story"),
    # Not all messages: `task_serializer` is that of remote control, too, by which others than Python look for workers.
    task_annotations={"*": {"serializer": "pickle"}},
    result_serializer="pickle",
    accept_content=["json", "pickle"],
    broker_connection_retry_on_startup=True,
    # A busy machine takes its time to start a process.
    worker_proc_alive_timeout=60.0,
    # For so long a result may still come of a process that has died. What is lost is the same after ten seconds.
    worker_lost_wait=0.5,
)
if importlib.util.find_spec("requests"):
    app.conf.include.append("story.cluster.download")


def connect() -> None:
    """Connects, so that it is not the first task that waits for it."""
    if "CLUSTER_BROKER" not in os.environ:
        raise Failure("which broker? Name it in CLUSTER_BROKER: amqp://user:password@host:port")
    with app.pool.acquire() as connection:
        try:
            connection.ensure_connection(max_retries=1, interval_start=0)
        except (OperationalError, *connection.connection_errors) as error:
            # Its own words do not repeat the password.
            raise Failure(f"the broker in CLUSTER_BROKER cannot be used: {error}") from error


def as_ready(results: Any) -> Iterator[Any]:  # noqa: ANN401  what tasks return
    """The values of a group's tasks as they arrive. What a task raises is raised here."""
    for _, answer in results.iter_native():
        if answer["status"] != SUCCESS:
            raise answer["result"]
        yield answer["result"]
