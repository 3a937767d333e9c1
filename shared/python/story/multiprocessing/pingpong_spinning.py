"""A ball there and back, between sides that look for it before they sleep.

    python3 shared/python multiprocessing pingpong-spinning

The ball is pickled and copied as before. On two cores it is back before its process sleeps, and no core is woken up.
"""

from __future__ import annotations

import os
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

    ball: int | None = 0
    for _ in probe.looking():
        pipe.send(ball)
        ball = receive(pipe)
    # As in pingpong: a last word, since closing the pipe would tell nothing.
    pipe.send(None)
    partner.join()
    return probe.receipt(ball or 0)


def far_side(far_end: Connection) -> None:
    while (ball := receive(far_end)) is not None:
        far_end.send(Pingpong.strike(ball))


def receive(pipe: Connection) -> int | None:
    for _ in range(Pingpong.LOOKS):
        if pipe.poll(0):
            break
        os.sched_yield()
    ball: int | None = pipe.recv()
    return ball
