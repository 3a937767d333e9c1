"""The Python side: an application of Celery's, and its tasks."""

import os

from celery import Celery

app = Celery("proj", broker=os.environ["CLUSTER_BROKER"], backend="rpc://")
app.conf.task_default_queue = os.environ.get("QUEUE", "celery")
app.conf.broker_connection_retry_on_startup = True
app.conf.worker_hijack_root_logger = False


@app.task(name="proj.add")
def add(a, b):
    return a + b


@app.task(name="proj.fail")
def fail(text):
    raise ValueError(text, 7)
