"""A ball of many bytes there and back.

    python3 shared/python threading message --bytes 65536

All threads see all objects: whatever the ball's size, a reference is all that goes through the queue.
"""

from __future__ import annotations

from queue import SimpleQueue
from threading import Thread

from story.probes import Ball, Message
from story.receipt import Receipt


def run(probe: Message) -> Receipt:
    there: SimpleQueue[Ball | None] = SimpleQueue()
    back: SimpleQueue[Ball] = SimpleQueue()
    partner = Thread(target=far_side, args=(there, back))
    partner.start()

    ball = probe.ball()
    for _ in range(probe.rounds):
        there.put(Message.strike(ball))
        ball = back.get()
    there.put(None)
    partner.join()
    return probe.receipt(ball)


def far_side(there: SimpleQueue[Ball | None], back: SimpleQueue[Ball]) -> None:
    while (ball := there.get()) is not None:
        back.put(Message.strike(ball))
