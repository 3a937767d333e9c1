"""Calls of Rust tasks, as a Python program makes them. Prints one line of JSON.

`calls.py CALL QUEUE NODES...`: a question that names the nodes ends when all of them have answered, so that it may wait for long.
"""

import datetime
import json
import statistics
import sys
import time

from celery import chain, group
from proj import add, app

QUEUE = sys.argv[2]
NODES = sys.argv[3:]
# Nothing here takes longer, on however busy a machine.
WAIT = 120


def rust(name, *args, **kwargs):
    return app.signature("rust." + name, args=args, kwargs=kwargs, queue=QUEUE)


def error(result):
    try:
        return ["value", result.get(timeout=WAIT)]
    except Exception as error:
        kind = type(error)
        return [kind.__module__, kind.__name__, list(error.args)]


def many():
    results = [rust("add", i, i).apply_async() for i in range(300)]
    return [result.get(timeout=WAIT) for result in results]


def errors():
    return {
        "raised": error(rust("fail", "boom").apply_async()),
        "unknown": error(rust("nosuch").apply_async()),
        "missing": error(rust("add", 1).apply_async()),
        "unexpected": error(rust("add", 1, 2, c=3).apply_async()),
        "keyword": error(rust("add", 1, b=2).apply_async()),
        "panic": error(rust("panic", "help").apply_async()),
        "died": error(rust("die").apply_async()),
        "limit": error(rust("endless").apply_async(time_limit=0.5)),
        "soft": error(rust("patient").apply_async(soft_time_limit=0.3)),
        "expired": error(rust("add", 1, 2).apply_async(expires=datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc))),
        "nan": error(rust("add", float("nan"), 2).apply_async()),
        "big": str(rust("add", 10**30, 2).apply_async().get(timeout=WAIT)),
        "date": error(rust("echo", datetime.datetime(2026, 11, 28, 20, 25)).apply_async()),
        "none": error(rust("nothing").apply_async()),
    }


def retried():
    return [error(rust("again", 2).apply_async()), error(rust("again", 9).apply_async())]


def later():
    start = time.monotonic()
    result = rust("add", 1, 2).apply_async(countdown=1).get(timeout=WAIT)
    return [result, time.monotonic() - start]


def chained():
    first = add.s(1, 2).set(queue=QUEUE + ".py")
    last = add.s(4).set(queue=QUEUE + ".py")
    result = chain(first, rust("add", 10), last).apply_async()
    immutable = chain(rust("add", 1, 1), app.signature("rust.add", args=(5, 5), immutable=True, queue=QUEUE))
    return [result.get(timeout=WAIT), immutable.apply_async().get(timeout=WAIT)]


def grouped():
    members = group(rust("add", i, 1) for i in range(20)).apply_async()
    mapped = app.signature("rust.add", queue=QUEUE)
    starmap = app.tasks["celery.starmap"].apply_async(
        kwargs={"task": dict(mapped), "it": [(1, 2), (3, 4)]}, queue=QUEUE)
    return [members.get(timeout=WAIT), starmap.get(timeout=WAIT)]


def linked():
    result = rust("add", 1, 2).apply_async(link=rust("note"), link_error=rust("note"))
    value = result.get(timeout=WAIT)
    failed = rust("fail", "boom").apply_async(link_error=rust("note"))
    failed_value = error(failed)
    return [value, failed_value[1], failed.id]


def inspector():
    return app.control.inspect(destination=NODES, timeout=WAIT)


def wait_until(is_so):
    end = time.monotonic() + WAIT
    while not is_so():
        assert time.monotonic() < end, "it never came"


def seconds(call):
    start = time.monotonic()
    call()
    return time.monotonic() - start


def ten_trips():
    for _ in range(10):
        rust("nothing").apply_async().get(timeout=WAIT)


def revoked():
    """What a revoked task is answered with, how long that takes, and how long ten tasks without work take one after another."""
    answers, ends, trips = [], [], []
    for _ in range(5):
        result = rust("endless").apply_async()
        wait_until(lambda: any(task["id"] == result.id for task in inspector().active()[NODES[0]]))

        def end():
            app.control.revoke(result.id, terminate=True)
            answers.append(error(result))

        ends.append(seconds(end))
        trips.append(seconds(ten_trips))
    return [answers, statistics.median(ends), statistics.median(trips)]


def inspected():
    inspect = inspector()
    later = rust("add", 1, 2).apply_async(countdown=3600)
    wait_until(lambda: any(inspect.scheduled().values()))
    asked = {name: getattr(inspect, name)() for name in (
        "ping", "stats", "registered", "active", "reserved", "scheduled", "revoked", "active_queues", "conf")}
    app.control.revoke(later.id)
    return asked


def controlled():
    [node] = NODES
    inspect = inspector()

    def ask(method, *args, **kwargs):
        return getattr(app.control, method)(*args, **kwargs, destination=NODES, reply=True, timeout=WAIT)

    grown = ask("pool_grow", 2)
    more = inspect.stats()[node]
    shrunk = ask("pool_shrink", 2)
    fewer = inspect.stats()[node]
    added = ask("add_consumer", QUEUE + ".more")
    other = app.signature("rust.add", args=(20, 3), queue=QUEUE + ".more").apply_async().get(timeout=WAIT)
    removed = ask("cancel_consumer", QUEUE + ".more")
    queues = [queue["name"] for queue in inspect.active_queues()[node]]
    limited = ask("time_limit", "rust.endless", hard=0.3)
    overdue = error(rust("endless").apply_async())
    return {
        "grown": grown, "more": more["pool"]["max-concurrency"],
        "shrunk": shrunk, "fewer": fewer["pool"]["max-concurrency"],
        "added": added, "other": other, "removed": removed, "queues": queues,
        "limited": limited, "overdue": overdue,
        "rate": ask("rate_limit", "rust.endless", "1/s"),
    }


def cancelled():
    """The queues of a node that was asked for more of them and at once for none of them: once for all, and while it adds them."""
    [node] = NODES
    more = [f"{QUEUE}.{number}" for number in range(50)]
    for queue in more:
        app.control.add_consumer(queue, destination=NODES)
        app.control.cancel_consumer(queue, destination=NODES)
    # Added and cancelled a second time, so that all that went before has been done.
    app.control.add_consumer(more[-1], destination=NODES, reply=True, timeout=WAIT)
    app.control.cancel_consumer(more[-1], destination=NODES, reply=True, timeout=WAIT)
    return [queue["name"] for queue in inspector().active_queues()[node]]


def chords():
    return error(rust("add", 1, 2).apply_async(chord=rust("nothing")))


print(json.dumps(globals()[sys.argv[1]](), default=str))
