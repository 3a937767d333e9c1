"""Compute every unit with a pool of threads.

    python3 shared/python threading hashes
    python3 shared/python threading hashes --buffers

One lock around the interpreter: one thread computes, the others wait for it. The lock is not held while hashlib works
on 2048 bytes or more, and does not exist where Python was built without it.
"""

import site
import sys
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

from story.compute import Job, Unit
from story.receipt import Receipt

if sys.version_info >= (3, 14):
    from concurrent.futures import InterpreterPoolExecutor


def run(job: Job) -> Receipt:
    with open_pool(job) as pool:
        receipt = Receipt()
        for unit in pool.map(compute, job.units):
            receipt += unit
        return receipt


def open_pool(job: Job) -> Executor:
    if sys.version_info >= (3, 14) and job.interpreters:
        # A new interpreter does not look into the folder that this program was started from unless it is asked to.
        folder = str(Path(__file__).parents[2])
        return InterpreterPoolExecutor(job.workers, initializer=site.addsitedir, initargs=(folder,))
    return ThreadPoolExecutor(job.workers)


def compute(unit: Unit) -> Receipt:
    return unit.compute()
