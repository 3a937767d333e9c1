"""Many tasks at once: what each costs.

    CLUSTER_BROKER=amqp://guest:guest@127.0.0.1:5672 python3 shared/python cluster tasks --size 2000

Each is a message of its own, unless they go in chunks. All are sent before the first answer is waited for.
"""

from celery import group

from story.cluster.app import app, as_ready
from story.probes import Tasks
from story.receipt import Receipt

# Tasks in a message. Celery does not find out by itself how many are worth one.
CHUNK = 1000


def run(probe: Tasks) -> Receipt:
    numbers = range(probe.tasks)
    if probe.chunks:
        chunks = square.chunks(((number, probe.nap) for number in numbers), CHUNK).group()
        return probe.receipt(sum(sum(squares) for squares in as_ready(chunks.apply_async())))

    tasks = group(square.s(number, probe.nap) for number in numbers)
    return probe.receipt(sum(as_ready(tasks.apply_async())))


@app.task
def square(number: int, nap: float) -> int:
    return Tasks.square(number, nap)
