"""A ball there and back, between two processes.

    python3 shared/python multiprocessing pingpong

Nothing is shared, so the ball is pickled, copied into the kernel and out again, and the other side must be woken up.
"""

from __future__ import annotations

from multiprocessing import Pipe, Process
from typing import TYPE_CHECKING

from story.probes import Pingpong
from story.receipt import Receipt

if TYPE_CHECKING:
    from multiprocessing.connection import Connection


def run(probe: Pingpong) -> Receipt:
    pipe, far_end = Pipe()
    partner = Process(target=far_side, args=(far_end,))
    partner.start()
    far_end.close()

    ball = 0
    for _ in range(probe.rounds):
        pipe.send(ball)
        ball = pipe.recv()
    # A forked process has our end of the pipe too, so that closing it would tell nothing: the game needs a last word.
    pipe.send(None)
    partner.join()
    return probe.receipt(ball)


def far_side(far_end: Connection) -> None:
    while (ball := far_end.recv()) is not None:
        far_end.send(Pingpong.strike(ball))
