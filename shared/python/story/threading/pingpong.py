"""A ball there and back, between two threads.

    python3 shared/python threading pingpong

Memory is shared, so the ball is not copied; the price is that the system must wake the other side up.
"""

from __future__ import annotations

from queue import SimpleQueue
from threading import Thread

from story.probes import Pingpong
from story.receipt import Receipt


def run(probe: Pingpong) -> Receipt:
    there: SimpleQueue[int | None] = SimpleQueue()
    back: SimpleQueue[int] = SimpleQueue()
    partner = Thread(target=far_side, args=(there, back))
    partner.start()

    ball = 0
    for _ in range(probe.rounds):
        there.put(ball)
        ball = back.get()
    there.put(None)
    partner.join()
    return probe.receipt(ball)


def far_side(there: SimpleQueue[int | None], back: SimpleQueue[int]) -> None:
    while (ball := there.get()) is not None:
        back.put(Pingpong.strike(ball))
