"""A ball of many bytes there and back.

    python3 shared/python multiprocessing message --bytes 65536
    python3 shared/python multiprocessing message --bytes 65536 --of bytes

A message between processes is copied into the kernel and out again. Numbers are pickled one by one, bytes as they are.
"""

from __future__ import annotations

from multiprocessing import Pipe, Process
from typing import TYPE_CHECKING

from story.probes import Ball, Message
from story.receipt import Receipt

if TYPE_CHECKING:
    from multiprocessing.connection import Connection


def run(probe: Message) -> Receipt:
    pipe, far_end = Pipe()
    partner = Process(target=far_side, args=(far_end,))
    partner.start()
    far_end.close()

    ball = probe.ball()
    for _ in range(probe.rounds):
        pipe.send(Message.strike(ball))
        ball = pipe.recv()
    # As in pingpong: a last word, since closing the pipe would tell nothing.
    pipe.send(None)
    partner.join()
    return probe.receipt(ball)


def far_side(far_end: Connection) -> None:
    ball: Ball | None
    while (ball := far_end.recv()) is not None:
        far_end.send(Message.strike(ball))
