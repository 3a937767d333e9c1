"""Serve pages with processes that share the listening socket, each of which serves one connection at a time.

    python3 shared/python multiprocessing serve --port 8000 --workers 64

The system gives each connection to one of those that wait for it.
"""

import time
from contextlib import suppress
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection as End
from multiprocessing.connection import wait

from story.receipt import Receipt
from story.serve import PREFORKED, Answer, Connection, Job, Listener, Request, at_the_end, see_out


def run(job: Job) -> Receipt:
    workers: dict[End, Process] = {}

    def end() -> None:
        see_out(job.listener)
        for worker in workers.values():
            worker.terminate()

    at_the_end(end)
    for _ in range(job.workers or PREFORKED):
        start(job, workers)

    receipt = Receipt()
    while workers:
        for receiver in wait(list(workers)):
            worker = workers.pop(receiver)
            try:
                receipt += receiver.recv()
            except EOFError:
                # It was killed. At the end, the one that takes its place finds no client.
                start(job, workers)
            worker.join()
    return receipt


def start(job: Job, workers: dict[End, Process]) -> None:
    receiver, sender = Pipe(duplex=False)
    worker = Process(target=work, args=(job, sender))
    worker.start()
    sender.close()
    workers[receiver] = worker


def work(job: Job, sender: End) -> None:
    listener = Listener(job)
    while (connection := listener.accept()) is not None:
        # The next client has not asked for this one's exception.
        with suppress(Exception):
            serve(connection)
    sender.send(listener.receipt())


def serve(connection: Connection) -> None:
    with connection:
        while (request := connection.receive()) is not None:
            connection.send(answer(request))


def answer(request: Request) -> Answer:
    if request.delay:
        time.sleep(request.delay)
    return request.answer()
