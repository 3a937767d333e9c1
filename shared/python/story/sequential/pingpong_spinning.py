"""A ball there and back, between sides that look for it before they sleep.

    python3 shared/python sequential pingpong-spinning

A function has its answer when it returns: there is nothing to look for, and nothing to wait for.
"""

from story.probes import Pingpong
from story.receipt import Receipt


def run(probe: Pingpong) -> Receipt:
    ball = 0
    for _ in range(probe.rounds):
        ball = far_side(ball)
    return probe.receipt(ball)


def far_side(ball: int) -> int:
    return Pingpong.strike(ball)
