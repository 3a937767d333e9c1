"""The same task for Celery's own workers."""

import os
import time

from celery import Celery

app = Celery("chaos", broker=os.environ["CLUSTER_BROKER"], backend="rpc://")
app.conf.broker_connection_retry_on_startup = True
if "CHAOS_CAREFUL" in os.environ:
    app.conf.task_acks_late = True
    app.conf.task_reject_on_worker_lost = True
    app.conf.result_persistent = True


@app.task(name="chaos.work")
def work(number):
    time.sleep(0.04)
    return number * number
