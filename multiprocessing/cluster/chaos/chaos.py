"""The same task for Celery's own workers."""

import os
import time

from celery import Celery

app = Celery("chaos", broker=os.environ["CLUSTER_BROKER"], backend="rpc://")
app.conf.broker_connection_retry_on_startup = True


@app.task(name="chaos.work")
def work(number):
    time.sleep(0.04)
    return number * number
