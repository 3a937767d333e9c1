"""Numbers in memory that two sides change in turn.

    python3 shared/python sequential memory --bytes 65536

A function is lent the memory, and only one function runs at a time.
"""

from story.probes import Memory
from story.receipt import Receipt


def run(probe: Memory) -> Receipt:
    memory = memoryview(probe.numbers())
    for _ in range(probe.rounds):
        Memory.strike(memory)
        far_side(memory)
    return probe.receipt(memory)


def far_side(memory: memoryview) -> None:
    Memory.strike(memory)
