"""Numbers in memory that two sides change in turn.

    python3 shared/python multiprocessing memory --bytes 65536

Processes share memory where they ask for it: nothing is copied. An empty message wakes the other side up for its turn.
"""

from __future__ import annotations

from multiprocessing import Array, Pipe, Process
from typing import TYPE_CHECKING

from story.probes import Memory
from story.receipt import Receipt

if TYPE_CHECKING:
    import ctypes
    from multiprocessing.connection import Connection


def run(probe: Memory) -> Receipt:
    array = Array("Q", probe.numbers(), lock=False)
    pipe, far_end = Pipe()
    partner = Process(target=far_side, args=(probe, array, far_end))
    partner.start()
    far_end.close()

    memory = view(array)
    for _ in range(probe.rounds):
        Memory.strike(memory)
        pipe.send_bytes(b"")
        pipe.recv_bytes()
    partner.join()
    return probe.receipt(memory)


def far_side(probe: Memory, array: ctypes.Array[ctypes.c_uint64], far_end: Connection) -> None:
    memory = view(array)
    for _ in range(probe.rounds):
        far_end.recv_bytes()
        Memory.strike(memory)
        far_end.send_bytes(b"")


def view(array: ctypes.Array[ctypes.c_uint64]) -> memoryview:
    """The array as plain numbers: as it is, it would make an object of every one that it is given."""
    return memoryview(array).cast("B").cast("Q")
