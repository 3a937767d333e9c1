"""The command line, the same for all techniques: arguments -> job -> run -> receipt."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import os
import platform
import resource
import socket
import sys
import sysconfig
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import NoReturn, Union
from urllib.parse import urlsplit

from story import compute, download, probes, serve, waiter
from story.failure import Failure
from story.receipt import Receipt, in_words

TECHNIQUES = ("sequential", "threading", "multiprocessing", "asyncio", "cluster")
DOWNLOADS = ("hello", "sites", "cats")
COMPUTATIONS = ("lists", "squares", "hashes")
PACKAGES = ("requests", "aiohttp", "celery")
# What makes no sense for Celery's workers, which take tasks alone, and share nothing.
NO_TASKS = ("serve", "offload", "pingpong-spinning", "switch", "message", "memory", "crash-pool", "race", "race-call")

# Every workload with its size: the usual one, the least and the most.
SIZES = {
    "waiter": (5, 1, 26),
    "hello": (5, 1, 1_000_000),
    "sites": (80, 1, 1_000_000),
    "cats": (5, 1, 100_000),
    "lists": (1000, 1, 1_000_000),
    "squares": (5_000_000, 1, 10_000_000_000),
    "hashes": (500_000, 1, 1_000_000_000),
    # As long as it is let, which is no size.
    "serve": (1, 1, 1),
    "sleepers": (100, 1, 10_000_000),
    "blocking": (10, 1, 10_000),
    "offload": (10, 1, 10_000),
    "ticker": (300, 1, 60_000),
    "pingpong": (10_000, 1, 1_000_000_000),
    "pingpong-spinning": (10_000, 1, 1_000_000_000),
    "switch": (100_000, 1, 1_000_000_000),
    "message": (10_000, 1, 1_000_000_000),
    "memory": (10_000, 1, 1_000_000_000),
    "crash": (10, 1, 10_000),
    "crash-pool": (10, 1, 10_000),
    "race": (1_000_000, 1, 1_000_000_000),
    "race-call": (1_000_000, 1, 1_000_000_000),
    "tasks": (2000, 1, 10_000_000),
}
# The size of hashes --buffers: a buffer is work for some thousand steps of a chain.
BUFFERS = 100

Job = Union[
    waiter.Job,
    download.Job,
    compute.Job,
    serve.Job,
    probes.Sleepers,
    probes.Blocking,
    probes.Ticker,
    probes.Pingpong,
    probes.Switch,
    probes.Message,
    probes.Memory,
    probes.Crash,
    probes.Race,
    probes.Tasks,
]


def main(words: list[str]) -> int:
    """Runs what `words` ask for. The exit code is 2 for a wrong command line, 1 for a failure."""
    if words == ["interpreter"]:
        print(json.dumps(interpreter()))
        return 0
    if words[:2] == ["cluster", "worker"]:
        return wait_for_tasks(words[2:])
    options = parse(words)
    try:
        report(options)
    except ModuleNotFoundError as error:
        return missing(options, error)
    except Failure as error:
        return fail(options, str(error))
    except Exception as error:  # noqa: BLE001  whatever a library raises gets one line too
        return fail(options, f"{type(error).__name__}: {error}")
    return 0


def wait_for_tasks(words: list[str]) -> int:
    """Runs Celery's workers. The exit code is that of `main`."""
    parser = Parser("cluster worker", description="Celery's prefork workers, which wait for tasks")
    parser.set_defaults(technique="cluster")
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="processes [%(default)s]")
    parser.add_argument("--each", type=int, default=4, metavar="N", help="messages here for each [%(default)s]")
    parser.add_argument("--name", default="story", help="its name, before the host's [%(default)s]")
    options = parser.parse_args(words)
    for flag in ("workers", "each"):
        if not 1 <= getattr(options, flag) <= 10_000:
            parser.error(f"--{flag} {getattr(options, flag)} is not allowed: 1 to 10000 are")
    try:
        from story.cluster import worker  # noqa: PLC0415

        worker.run(options.workers, options.each, options.name)
    except ModuleNotFoundError as error:
        return missing(options, error)
    except Failure as error:
        return fail(options, str(error))
    return 0


def missing(options: argparse.Namespace, error: ModuleNotFoundError) -> int:
    """Says which package is missing, if it is one of ours."""
    if error.name not in PACKAGES:
        raise error
    return fail(options, f"the package {error.name} is missing: `make python` makes an environment that has it")


def fail(options: argparse.Namespace, why: str) -> int:
    """Says why in one line."""
    print(f"{options.technique}: {' '.join(why.split())}", file=sys.stderr)
    return 1


def report(options: argparse.Namespace) -> None:
    """Runs the job and prints its receipt, if that is right."""
    run, job = find_run(options), find_job(options)
    if isinstance(job, download.Job):
        ask_for_listener(options.server)
    if isinstance(job, serve.Job):
        host, port = job.listener.getsockname()
        print(f"http://{host}:{port}/", flush=True)
    if options.technique == "cluster":
        importlib.import_module("story.cluster.app").connect()

    start = time.perf_counter()
    receipt = finish(run(job), job)
    seconds = time.perf_counter() - start

    check(receipt, job, may_stop=options.workload == "pingpong-spinning")
    if options.json:
        result = {"program": options.technique, "workload": options.workload, "receipt": receipt.json()}
        print(json.dumps(result | {"seconds": seconds}))
    else:
        print(f"{options.technique} {options.workload}: {summary(receipt)} in {seconds:.3f} s")


def find_run(options: argparse.Namespace) -> Callable[[Job], object]:
    """Finds the function of a workload or probe. Only its own file is loaded, with the modules that it needs."""
    file = options.workload
    if file in DOWNLOADS:
        file = "download"
    if file in COMPUTATIONS:
        file = "compute"
    if options.lose:
        file = "loss"
    run: Callable[[Job], object] = importlib.import_module(f"story.{options.technique}.{file.replace('-', '_')}").run
    return run


def finish(result: object, job: Job) -> Receipt:
    """What a run hands in; an asynchronous one needs an event loop to do so."""
    if isinstance(result, Coroutine):
        # Loading asyncio takes a while, which is for asyncio alone to pay.
        if isinstance(job, serve.Job):
            from story import streams  # noqa: PLC0415

            result = streams.run(result)
        else:
            import asyncio  # noqa: PLC0415

            result = asyncio.run(result)
    assert isinstance(result, Receipt)
    return result


def check(receipt: Receipt, job: Job, *, may_stop: bool) -> None:
    """Fails if the receipt is not what the job must hand in, as far as that is known. One that may stop has done at least a round."""
    unknown = isinstance(job, (probes.Ticker, probes.Switch, probes.Crash, probes.Race))
    expected = None if unknown or (isinstance(job, probes.Tasks) and job.lose) else job.expected()
    if may_stop and isinstance(job, probes.Pingpong) and 0 < receipt.units < job.rounds:
        # Others wanted the same core.
        expected = replace(job, rounds=receipt.units).expected()
    if expected is not None and replace(receipt, readings={}) != expected:
        raise Failure(f"wrong answer: {summary(receipt)} instead of {summary(expected)}")


def summary(receipt: Receipt) -> str:
    """A receipt as a phrase."""
    lost = [f"{count} lost ({kind})" for kind, count in receipt.errors.items()]
    read = [f"{name} {reading:.6g}" for name, reading in receipt.readings.items()]
    return ", ".join([f"{receipt.units} units", f"{receipt.bytes} bytes", in_words(receipt.answer), *lost, *read])


def find_job(options: argparse.Namespace) -> Job:
    """The job that the command line describes."""
    size: int = options.size
    scale: float = options.time_scale
    cores = options.workers or usable_cores()
    workload: str = options.workload
    if workload == "waiter":
        return waiter.Job(size, scale)
    if workload == "serve":
        return find_server(options)
    if workload == "sleepers":
        return probes.Sleepers(size, scale)
    if workload in {"blocking", "offload"}:
        return probes.Blocking(size, scale)
    if workload == "ticker":
        return probes.Ticker(0.001, size / 1000)
    if workload in {"pingpong", "pingpong-spinning"}:
        return probes.Pingpong(size)
    if workload == "switch":
        return probes.Switch(size)
    if workload == "message":
        return probes.Message(size, options.bytes, options.of)
    if workload == "memory":
        return probes.Memory(size, options.bytes)
    if workload in {"crash", "crash-pool"}:
        return probes.Crash(size, probes.How(options.how), options.executor)
    if workload in {"race", "race-call"}:
        return probes.Race(size, options.workers or 2)
    if workload == "tasks":
        return probes.Tasks(size, options.nap / 1000, options.chunks, options.lose)
    if workload in DOWNLOADS:
        pages = find_pages(options) * options.repeat
        return download.Job(pages, options.workers or 5, options.as_published)
    job = find_computation(options, cores)
    return replace(job, units=job.units * options.repeat, interpreters=options.interpreters)


def find_server(options: argparse.Namespace) -> serve.Job:
    """A server that listens."""
    raise_descriptor_limit()
    try:
        return serve.listen(options.port, options.workers, crashes=options.crashes)
    except OSError as error:
        raise Failure(f"cannot listen at port {options.port}: {error.strerror}") from error


def raise_descriptor_limit() -> None:
    """As many descriptors as the system lets this process have: a connection is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def usable_cores() -> int:
    """The cores that this process may use; PyPy counts those of the machine alone."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def find_pages(options: argparse.Namespace) -> list[download.Page]:
    """The pages of a download."""
    server: str = options.server.rstrip("/")
    if options.workload == "hello":
        return download.hello(server, options.size, download.HELLO_DELAY * options.time_scale)
    if options.workload == "sites":
        return download.sites(server, options.size, options.delay / 1000)
    return download.cats(server, options.size)


def find_computation(options: argparse.Namespace, cores: int) -> compute.Job:
    """A computation, in the form that was asked for."""
    if options.workload == "lists":
        return compute.lists(options.size, cores)
    if options.workload == "squares" and options.slices:
        job = compute.slices(compute.UNITS * options.size, cores)
        return compute.without_the_last_number(job) if options.as_published else job
    if options.workload == "squares":
        return compute.squares(options.size, cores)
    if options.buffers:
        return compute.buffers(options.size, cores)
    return compute.hashes(options.size, cores)


def ask_for_listener(server: str) -> None:
    """Fails if no server listens at `server`."""
    address = urlsplit(server)
    try:
        socket.create_connection((address.hostname, address.port or 80), timeout=5).close()
    except OSError as error:
        raise Failure(
            f"no server listens at {server}: start a server with "
            f"`cargo run --bin server -- --port {address.port or 80}`"
        ) from error


def interpreter() -> dict[str, object]:
    """The abilities of this Python, for the program that measures it."""
    return {
        "version": platform.python_version(),
        "implementation": platform.python_implementation(),
        # Built without the interpreter's lock, and running without it: loading an old package brings it back.
        "free_threading": bool(sysconfig.get_config_var("Py_GIL_DISABLED")) and not gil_enabled(),
        "interpreters": sys.version_info >= (3, 14),
        "missing": [package for package in PACKAGES if importlib.util.find_spec(package) is None],
    }


def gil_enabled() -> bool:
    """Whether the interpreter's lock is in use."""
    ask: Callable[[], bool] = getattr(sys, "_is_gil_enabled", lambda: True)
    return ask()


class Parser(argparse.ArgumentParser):
    """A parser whose complaints take one line."""

    def error(self, message: str) -> NoReturn:
        """Says what is wrong, and leaves."""
        self.exit(2, f"{self.prog}: {message}\n")


def parse(words: list[str]) -> argparse.Namespace:
    """Reads the command line."""
    technique = words[0] if words else ""
    if technique not in TECHNIQUES:
        parser = Parser("python", usage="python3 shared/python TECHNIQUE WORKLOAD [OPTION]...")
        parser.add_argument("technique", choices=TECHNIQUES)
        parser.parse_args(words[:1])

    parser = Parser(technique, description="The concurrency story in Python, one technique, all workloads")
    parser.set_defaults(technique=technique)
    parser.add_argument("workload", choices=SIZES, help="what to do")
    add = parser.add_argument
    add("--size", type=int, metavar="N", help="how much of it")
    add("--workers", type=int, metavar="N", help="units at once [5 for downloads, or the number of cores]")
    add("--repeat", type=int, metavar="N", help="how often to do the whole job: downloads and computations")
    add("--time-scale", type=float, default=0.1, metavar="X", help="what to multiply every delay with [0.1]")
    add("--server", default="http://127.0.0.1:8000/", metavar="URL", help="server to download from [%(default)s]")
    add("--json", action="store_true", help="print nothing but the receipt, as one line of JSON")
    add("--port", type=int, metavar="PORT", help="serve: port to listen at on 127.0.0.1; 0 takes a free one [8000]")
    add("--crashes", action="store_true", help="serve: /crash?how=panic, abort and kill do what they say")
    add("--delay", type=int, metavar="MS", help="sites: milliseconds for which the server holds every page back [20]")
    add("--slices", action="store_true", help="squares: one sum, cut into a slice for each worker")
    add("--buffers", action="store_true", help="hashes: N buffers of 1 MiB instead of N digests")
    add("--interpreters", action="store_true", help="computations, threading: an interpreter a thread, Python 3.14")
    add("--bytes", type=int, metavar="N", help="message and memory: bytes that are handed over [65536]")
    add("--of", choices=["numbers", "bytes"], help="message: what it consists of [numbers]")
    add("--how", choices=[how.value for how in probes.How], help="crash and crash-pool: how one unit fails [panic]")
    add("--nap", type=int, metavar="MS", help="tasks: milliseconds for which each sleeps [0]")
    add("--chunks", action="store_true", help="tasks: a thousand in a message")
    add("--lose", choices=["node"], help="tasks: kill one of two workers, which are started for that")
    add("--executor", action="store_true", help="crash-pool, multiprocessing: in a ProcessPoolExecutor")
    add("--as-published", action="store_true", help="with the documents' mistake: cats, squares --slices")
    options = parser.parse_args(words[1:])

    refuse_what_makes_no_sense(parser, options)
    fill_in(parser, options)
    return options


def refuse_what_makes_no_sense(parser: Parser, options: argparse.Namespace) -> None:
    """Flags that this workload or technique does not have are errors, not silently nothing."""
    anybody = set(TECHNIQUES)
    owners = {
        "repeat": ({*DOWNLOADS, *COMPUTATIONS}, anybody),
        "delay": ({"sites"}, anybody),
        "port": ({"serve"}, anybody),
        "crashes": ({"serve"}, anybody),
        "slices": ({"squares"}, anybody),
        "buffers": ({"hashes"}, anybody),
        "interpreters": (set(COMPUTATIONS), {"threading"}),
        "bytes": ({"message", "memory"}, anybody),
        "of": ({"message"}, anybody),
        "how": ({"crash", "crash-pool"}, anybody),
        "executor": ({"crash-pool"}, {"multiprocessing"}),
        "nap": ({"tasks"}, {"cluster"}),
        "chunks": ({"tasks"}, {"cluster"}),
        "lose": ({"tasks"}, {"cluster"}),
    }
    for flag, (workloads, techniques) in owners.items():
        given = getattr(options, flag) not in {None, False}
        if given and not (options.workload in workloads and options.technique in techniques):
            name = flag.replace("_", "-")
            parser.error(f"--{name} is for {', '.join(sorted(workloads))} in {', '.join(sorted(techniques))} alone")
    own_session = options.workload in DOWNLOADS and options.technique in {"threading", "asyncio"}
    if options.as_published and not (own_session or options.slices):
        parser.error("--as-published is for downloads in threading and asyncio, and for squares --slices, alone")
    lacks = {"sequential": ("offload", "crash-pool", "tasks"), "cluster": NO_TASKS}
    if options.workload in lacks.get(options.technique, ("tasks",)):
        parser.error(f"{options.technique} has no {options.workload}")
    if options.lose and options.chunks:
        parser.error("--lose needs a message for each task: not --chunks")
    if options.interpreters and sys.version_info < (3, 14):
        parser.error(f"--interpreters needs Python 3.14: this is {platform.python_version()}")


def fill_in(parser: Parser, options: argparse.Namespace) -> None:
    """Replaces what was not given, after a look at what was."""
    usual, least, most = SIZES[options.workload]
    limits = {
        "size": (least, most),
        "workers": (1, 100_000),
        "repeat": (1, 1_000_000),
        "delay": (0, 60_000),
        "port": (0, 65_535),
        "bytes": (8, 1 << 26),
        "nap": (0, 60_000),
    }
    for flag, (low, high) in limits.items():
        value = getattr(options, flag)
        if value is not None and not low <= value <= high:
            parser.error(f"--{flag} {value} is not allowed: {low} to {high} are")
    if not 0 <= options.time_scale <= 60:
        parser.error(f"--time-scale {options.time_scale} is not allowed: 0 to 60 are")
    server = urlsplit(options.server)
    if server.scheme != "http" or not server.hostname or server.path not in {"", "/"}:
        parser.error(f"--server {options.server} is not allowed: an address like http://127.0.0.1:8000 is")

    options.size = options.size or (BUFFERS if options.buffers else usual)
    options.repeat = options.repeat or 1
    options.delay = 20 if options.delay is None else options.delay
    options.port = 8000 if options.port is None else options.port
    options.how = options.how or "panic"
    options.bytes = options.bytes or 65_536
    options.nap = options.nap or 0
    options.of = options.of or "numbers"
