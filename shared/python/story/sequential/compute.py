"""Compute every unit, one after another.

    python3 shared/python sequential hashes

One thread uses one core, whatever the machine has.
"""

from story.compute import Job, Unit
from story.receipt import Receipt


def run(job: Job) -> Receipt:
    receipt = Receipt()
    for unit in job.units:
        receipt += compute(unit)
    return receipt


def compute(unit: Unit) -> Receipt:
    return unit.compute()
