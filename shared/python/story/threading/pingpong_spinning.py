"""A ball there and back, between sides that look for it before they sleep.

    python3 shared/python threading pingpong-spinning

To look for the ball without a pause would keep the interpreter's lock from the other side: a look gives it away.
"""

from __future__ import annotations

import time
from queue import SimpleQueue
from threading import Thread

from story.probes import Pingpong
from story.receipt import Receipt


def run(probe: Pingpong) -> Receipt:
    there: SimpleQueue[int | None] = SimpleQueue()
    back: SimpleQueue[int | None] = SimpleQueue()
    partner = Thread(target=far_side, args=(there, back))
    partner.start()

    ball: int | None = 0
    for _ in probe.looking():
        there.put(ball)
        ball = receive(back)
    there.put(None)
    partner.join()
    return probe.receipt(ball or 0)


def far_side(there: SimpleQueue[int | None], back: SimpleQueue[int | None]) -> None:
    while (ball := receive(there)) is not None:
        back.put(Pingpong.strike(ball))


def receive(balls: SimpleQueue[int | None]) -> int | None:
    for _ in range(Pingpong.LOOKS):
        if not balls.empty():
            break
        time.sleep(0)
    return balls.get()
