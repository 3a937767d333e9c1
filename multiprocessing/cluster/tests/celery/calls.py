"""Calls of Rust tasks, as a Python program makes them. Prints one line of JSON."""

import datetime
import json
import sys
import time

from celery import chain, group
from proj import add, app

QUEUE = sys.argv[2]
WAIT = 60


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
    start = time.time()
    result = rust("add", 1, 2).apply_async(countdown=1).get(timeout=WAIT)
    return [result, time.time() - start]


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


def revoked():
    result = rust("endless").apply_async()
    inspect = app.control.inspect(timeout=0.5)
    end = time.time() + 20
    while not any(task["id"] == result.id for tasks in (inspect.active() or {}).values() for task in tasks):
        assert time.time() < end, "it never ran"
    start = time.time()
    app.control.revoke(result.id, terminate=True)
    answer = error(result)
    return [answer, time.time() - start]


def inspected():
    inspect = app.control.inspect(timeout=2)
    later = rust("add", 1, 2).apply_async(countdown=60)
    end = time.time() + 20
    while not any((inspect.scheduled() or {}).values()):
        assert time.time() < end, "it was never scheduled"
    asked = {name: getattr(inspect, name)() for name in (
        "ping", "stats", "registered", "active", "reserved", "scheduled", "revoked", "active_queues", "conf")}
    app.control.revoke(later.id)
    return asked


def controlled():
    node = [sys.argv[3]]
    control = app.control
    grown = control.pool_grow(2, destination=node, reply=True, timeout=2)
    stats = app.control.inspect(destination=node, timeout=2).stats()[node[0]]
    shrunk = control.pool_shrink(2, destination=node, reply=True, timeout=2)
    fewer = app.control.inspect(destination=node, timeout=2).stats()[node[0]]
    added = control.add_consumer(QUEUE + ".more", destination=node, reply=True, timeout=2)
    other = app.signature("rust.add", args=(20, 3), queue=QUEUE + ".more").apply_async().get(timeout=WAIT)
    removed = control.cancel_consumer(QUEUE + ".more", destination=node, reply=True, timeout=2)
    queues = [queue["name"] for queue in app.control.inspect(destination=node, timeout=2).active_queues()[node[0]]]
    limited = control.time_limit("rust.endless", hard=0.3, destination=node, reply=True, timeout=2)
    overdue = error(rust("endless").apply_async())
    return {
        "grown": grown, "more": stats["pool"]["max-concurrency"],
        "shrunk": shrunk, "fewer": fewer["pool"]["max-concurrency"],
        "added": added, "other": other, "removed": removed, "queues": queues,
        "limited": limited, "overdue": overdue,
        "rate": control.rate_limit("rust.endless", "1/s", destination=node, reply=True, timeout=2),
    }


def chords():
    return error(rust("add", 1, 2).apply_async(chord=rust("nothing")))


print(json.dumps(globals()[sys.argv[1]](), default=str))
