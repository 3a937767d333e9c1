"""Compute every unit with a pool of processes.

    python3 shared/python multiprocessing hashes

Every process has a lock of its own, so each uses a core, as long as there are cores. Units and receipts cross the
border as messages.
"""

from concurrent.futures import ProcessPoolExecutor

from story.compute import Job, Unit
from story.receipt import Receipt


def run(job: Job) -> Receipt:
    with ProcessPoolExecutor(job.workers) as pool:
        receipt = Receipt()
        for unit in pool.map(compute, job.units, chunksize=job.chunk):
            receipt += unit
        return receipt


def compute(unit: Unit) -> Receipt:
    return unit.compute()
