"""A reader's own work in Python's ways: python3 own.py TECHNIQUE FILE REQUEST.

FILE has `items()` or `item(line)`, `work(item)`, and if there is one `async def work_async(item)`. REQUEST is the same file of JSON
that the programs in Rust read (shared/work/src/program.rs), and the report on standard output is the same, too.
"""

import asyncio
import contextlib
import functools
import hashlib
import importlib.machinery
import importlib.util
import json
import os
import pathlib
import pickle
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool

GOLDEN = 0.618_033_988_749_895


# The name of the reader's file as a module. Its own name may belong to another (`queue.py` is in the standard library) or be no module
# name (`my.work.py`).
MODULE = "__work__"


@functools.lru_cache(maxsize=None)
def load(path):
    """The reader's file as a module, which other processes and interpreters load under the same name."""
    # The file may import files beside it. They come after the standard library, so that they hide none of its modules.
    place = next((place for place, name in enumerate(sys.path) if name.endswith("-packages")), len(sys.path))
    sys.path.insert(place, os.path.dirname(path))
    os.environ[MODULE] = path
    loader = importlib.machinery.SourceFileLoader(MODULE, path)
    spec = importlib.util.spec_from_file_location(MODULE, path, loader=loader)
    module = sys.modules[MODULE] = importlib.util.module_from_spec(spec)
    try:
        loader.exec_module(module)
    except BaseException:
        del sys.modules[MODULE]
        raise
    return module


def enter(path):
    """Loads the reader's file, because items from elsewhere may be of its classes. If it cannot be loaded, the items fail and say so."""
    with contextlib.suppress(Exception, SystemExit):
        load(path)


class Unit:
    """The work on an item. An exception is an answer, too: it ends no run."""

    def __init__(self, path):
        self.path = path

    def __call__(self, item):
        try:
            return True, load(self.path).work(item)
        except (Exception, SystemExit) as error:
            return False, said(error)


def said(error):
    """An exception in a line. Of packages that are not imported the innermost one knows why."""
    while isinstance(error, ImportError) and isinstance(error.__cause__, ImportError):
        error = error.__cause__
    line, *_ = str(error).splitlines() or [""]
    return f"{type(error).__name__}: {line}"


class Nothing:
    """No work: what a technique costs by itself."""

    def __call__(self, item):
        return True, item


def sequential(unit, _module, items, _workers):
    return [unit(item) for item in items]


def threading(unit, _module, items, workers):
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(unit, items))


def multiprocessing(unit, _module, items, workers):
    chunk = max(1, -(-len(items) // (4 * workers)))
    answers = []
    with ProcessPoolExecutor(workers) as pool:
        try:
            answers.extend(pool.map(unit, items, chunksize=chunk))
        except BrokenProcessPool as error:
            # What the pool had not handed out by then is lost: it starts no process anew.
            answers.extend([(False, said(error))] * (len(items) - len(answers)))
    return answers


def apart(unit, _module, items, _workers):
    """One after another in a process, which is replaced where an item ends it: which of them do that?"""
    answers, pool = [], ProcessPoolExecutor(1)
    for item in items:
        try:
            answers.append(pool.submit(unit, item).result())
        except BrokenProcessPool as error:
            answers.append((False, said(error)))
            pool = ProcessPoolExecutor(1)
    pool.shutdown()
    return answers


def subinterpreters(unit, module, items, workers):
    from concurrent.futures import InterpreterPoolExecutor  # Python 3.14
    from concurrent.interpreters import NotShareableError

    with InterpreterPoolExecutor(workers, initializer=enter, initargs=(module.__file__,)) as pool:
        try:
            return list(pool.map(unit, items))
        except NotShareableError as error:
            # It does not say why. Where an interpreter cannot even load the reader's file, that does.
            raise SystemExit(pool.submit(refusal, module.__file__).result() or said(error)) from None


def refusal(path):
    """Why this interpreter cannot load the reader's file, if it cannot."""
    try:
        load(path)
    except Exception as error:
        return said(error)


def tasks(unit, module, items, workers):
    if isinstance(unit, Unit) and not hasattr(module, "work_async"):
        return asyncio.run(offload(unit, items, workers))
    return asyncio.run(gather(unit, module, items, workers))


async def gather(unit, module, items, workers):
    places = asyncio.Semaphore(workers)

    async def one(item):
        async with places:
            if isinstance(unit, Nothing):
                return unit(item)
            try:
                return True, await module.work_async(item)
            except (Exception, SystemExit) as error:
                return False, said(error)

    return await asyncio.gather(*(one(item) for item in items))


async def offload(unit, items, workers):
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(workers) as pool:
        return await asyncio.gather(*(loop.run_in_executor(pool, unit, item) for item in items))


RUN = {
    "sequential": sequential,
    "threading": threading,
    "multiprocessing": multiprocessing,
    "asyncio": tasks,
    "subinterpreters": subinterpreters,
}


def picked(module, request):
    """The items that the request picks, and their numbers."""
    if request["nothing"] is not None:
        items = [bytes(request["nothing"])] * len(request["lines"])
    elif hasattr(module, "items"):
        items = list(module.items())
    elif hasattr(module, "item"):
        items = [module.item(line) for line in request["lines"]]
    else:
        raise SystemExit(f"{module.__file__} lacks `def items()` and `def item(line)`: write one of them")
    numbers = request["pick"] or range(len(items))
    return list(numbers), [items[number] for number in numbers]


def spread(count):
    """The numbers below `count`, each once, in an order of which every beginning is spread over them all."""
    step = max(1, int(count * GOLDEN))
    while common_divisor(step, count) > 1:
        step += 1
    return (turn * step % count for turn in range(count))


def common_divisor(one, other):
    while other:
        one, other = other, one % other
    return one


def done(number, outcome, seconds=None):
    good, answer = outcome
    if good:
        answer = {"Ok": hashlib.sha256(pickle.dumps(answer)).hexdigest()[:16]}
    else:
        answer = {"Err": answer}
    return {"item": number, "answer": answer, "seconds": seconds}


def repeat(run, unit, module, request):
    """Does the items again and again. Making items and looking at answers is not timed."""
    report = {"total": 0, "done": [], "seconds": []}
    for turn in range(request["repeat"]):
        numbers, items = picked(module, request)
        start = time.perf_counter()
        answers = run(unit, module, items, request["workers"])
        report["seconds"].append(time.perf_counter() - start)
        if turn == 0:
            report["total"] = len(items)
            report["done"] = [done(number, answer) for number, answer in zip(numbers, answers)]
    return report


def queued():
    """Seconds that this thread has stood in a core's queue so far."""
    try:
        return int(pathlib.Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


def probe(unit, module, request):
    """Does one item after another until the time is over, but at least one; short ones again and again, which counts instead."""
    limits, begin = request["probe"], time.perf_counter()
    report = look(unit, module, request, limits)
    whole = len(report["done"]) == report["total"] > 0
    if whole and report["seconds"][0] < limits["least"]:
        total, count, cpu, in_queue = 0.0, 0, 0.0, 0.0
        while total < limits["least"] and time.perf_counter() - begin < limits["most"]:
            _, items = picked(module, request)
            waited, used, start = queued(), time.process_time(), time.perf_counter()
            for item in items:
                unit(item)
            total += time.perf_counter() - start
            cpu += time.process_time() - used
            in_queue += queued() - waited
            count += len(items)
        if count:
            report["seconds"] = [total]
            report["seen"].update(done=count, cpu=cpu, queued=in_queue)
    return report


def look(unit, module, request, limits):
    """Every item once, as far as the time goes."""
    numbers, items = picked(module, request)
    report = {"total": len(items), "done": []}
    total, cpu, in_queue, item_bytes, answer_bytes = 0.0, 0.0, 0.0, 0, 0
    for place in spread(len(items)):
        item_bytes += len(pickle.dumps(items[place]))
        waited, used, start = queued(), time.process_time(), time.perf_counter()
        outcome = unit(items[place])
        seconds = time.perf_counter() - start
        cpu += time.process_time() - used
        in_queue += queued() - waited
        total += seconds
        answer_bytes += len(pickle.dumps(outcome[1]))
        report["done"].append(done(numbers[place], outcome, seconds))
        enough = len(report["done"]) >= limits["fewest"] or total >= 10 * limits["most"]
        if total >= limits["most"] and enough:
            break
    looked, times = max(1, len(report["done"])), os.times()
    report["seconds"] = [total]
    report["seen"] = {
        "done": len(report["done"]),
        "cpu": cpu,
        "cpu_of_children": (times.children_user + times.children_system) / looked,
        "queued": in_queue,
        "serialised": True,
        "item_bytes": item_bytes / looked,
        "answer_bytes": answer_bytes / looked,
    }
    return report


def main():
    technique, path, request = sys.argv[1:]
    request = json.loads(pathlib.Path(request).read_text())
    module = load(path)
    if not hasattr(module, "work"):
        raise SystemExit(f"{path} lacks `def work(item)`")
    unit = Unit(path) if request["nothing"] is None else Nothing()
    if request["probe"]:
        report = probe(unit, module, request)
    else:
        run = apart if request["apart"] else RUN[technique]
        report = repeat(run, unit, module, request)
    print(json.dumps(report))


if __name__ == "__main__":
    # Other interpreters find a unit in a module of this name; they would run __main__ again to look into it.
    importlib.import_module(pathlib.Path(__file__).stem).main()
elif __name__ == "__mp_main__":
    # A process that was not forked loads this file under this name before it takes anything.
    importlib.import_module(pathlib.Path(__file__).stem).enter(os.environ[MODULE])
