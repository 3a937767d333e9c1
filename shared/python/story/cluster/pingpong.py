"""A ball there and back.

    CLUSTER_BROKER=amqp://guest:guest@127.0.0.1:5672 python3 shared/python cluster pingpong

The ball goes to the broker, which keeps it on its disk, to a worker, to one of its processes, and all the way back.
"""

from story.cluster.app import app
from story.probes import Pingpong
from story.receipt import Receipt


def run(probe: Pingpong) -> Receipt:
    ball = 0
    for _ in range(probe.rounds):
        ball = far_side.delay(ball).get()
    return probe.receipt(ball)


@app.task
def far_side(ball: int) -> int:
    return Pingpong.strike(ball)
