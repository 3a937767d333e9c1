"""The same task for Celery's own workers, and a client that is Celery's own: `bench.py TASKS CALLS`."""

import json
import os
import sys
import time

from celery import Celery

app = Celery("bench", broker=os.environ["CLUSTER_BROKER"], backend="rpc://")
app.conf.broker_connection_retry_on_startup = True
app.conf.task_default_queue = "bench-celery"


@app.task(name="bench.square")
def square(number):
    return number * number


def client(tasks, calls):
    begun = time.perf_counter()
    results = [square.delay(number) for number in range(tasks)]
    for number, result in enumerate(results):
        assert result.get() == number * number
    seconds = time.perf_counter() - begun
    latencies = []
    for number in range(calls):
        begun = time.perf_counter()
        assert square.delay(number).get() == number * number
        latencies.append(time.perf_counter() - begun)
    print(json.dumps({"seconds": seconds, "latencies": latencies}))


if __name__ == "__main__":
    client(int(sys.argv[1]), int(sys.argv[2]))
