"""Celery's prefork workers, which wait for tasks.

    CLUSTER_BROKER=amqp://guest:guest@127.0.0.1:5672 python3 shared/python cluster worker --workers 2

Their processes end with them, however that is. They say nothing to each other: there is nothing that they could agree on.
"""

import os
from signal import SIGKILL

# Celery refuses pickle to root, whom a namespace has for its first user. It asks when it is imported.
os.environ.setdefault("C_FORCE_ROOT", "1")

from billiard.util import set_pdeathsig  # noqa: E402
from celery.signals import worker_process_init  # noqa: E402

from story.cluster.app import app, connect  # noqa: E402


def run(workers: int, each: int, name: str) -> None:
    """Takes tasks until SIGTERM, with so many processes, and so many messages for each."""
    connect()
    app.worker_main(
        [
            "worker",
            f"--concurrency={workers}",
            f"--prefetch-multiplier={each}",
            f"--hostname={name}@%h",
            "--without-gossip",
            "--without-mingle",
            "--loglevel=WARNING",
        ]
    )


@worker_process_init.connect
def end_with_the_worker(**_: object) -> None:
    set_pdeathsig(SIGKILL)
