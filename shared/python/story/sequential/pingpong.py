"""A ball there and back, by a function call.

    python3 shared/python sequential pingpong

The cheapest way to hand work over and take its result back: what every switch is measured against.
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
