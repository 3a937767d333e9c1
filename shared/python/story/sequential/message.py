"""A ball of many bytes there and back.

    python3 shared/python sequential message --bytes 65536

A function takes the ball and returns it: whatever its size, a reference is all that is handed over.
"""

from story.probes import Ball, Message
from story.receipt import Receipt


def run(probe: Message) -> Receipt:
    ball = probe.ball()
    for _ in range(probe.rounds):
        ball = far_side(Message.strike(ball))
    return probe.receipt(ball)


def far_side(ball: Ball) -> Ball:
    return Message.strike(ball)
