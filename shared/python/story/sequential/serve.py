"""Serve pages, one connection after another.

    python3 shared/python sequential serve --port 8000

Who has come second waits until the first has gone, although the first may be silent most of the time.
"""

import time

from story.receipt import Receipt
from story.serve import Answer, Connection, Job, Listener, Request


def run(job: Job) -> Receipt:
    listener = Listener(job)
    while (connection := listener.accept()) is not None:
        serve(connection)
    return listener.receipt()


def serve(connection: Connection) -> None:
    with connection:
        while (request := connection.receive()) is not None:
            connection.send(answer(request))


def answer(request: Request) -> Answer:
    if request.delay:
        time.sleep(request.delay)
    return request.answer()
