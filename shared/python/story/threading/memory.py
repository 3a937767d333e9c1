"""Numbers in memory that two sides change in turn.

    python3 shared/python threading memory --bytes 65536

All threads see all memory: nothing is copied. A lock keeps one side out, and wakes it up for its turn.
"""

from threading import Condition, Thread

from story.probes import Memory
from story.receipt import Receipt


def run(probe: Memory) -> Receipt:
    memory, turned = memoryview(probe.numbers()), Condition()
    partner = Thread(target=far_side, args=(probe, memory, turned))
    partner.start()

    for _ in range(probe.rounds):
        strike(memory, turned, 0)
    partner.join()
    return probe.receipt(memory)


def far_side(probe: Memory, memory: memoryview, turned: Condition) -> None:
    for _ in range(probe.rounds):
        strike(memory, turned, 1)


def strike(memory: memoryview, turned: Condition, side: int) -> None:
    """An even number is left for the one side, an odd one for the other."""
    with turned:
        turned.wait_for(lambda: memory[0] % 2 == side)
        Memory.strike(memory)
        turned.notify()
