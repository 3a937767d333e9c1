"""Serve pages with processes that share the listening socket, each of which serves one connection at a time.

    python3 shared/python multiprocessing serve --port 8000 --workers 64

The system gives each connection to one of those that wait for it.
"""

import socket
import time
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection as Sender

from story.receipt import Receipt
from story.serve import PREFORKED, Answer, Connection, Job, Listener, Request, at_the_end, see_out


def run(job: Job) -> Receipt:
    workers = []

    def end() -> None:
        see_out(job.listener)
        for worker, _ in workers:
            worker.terminate()

    at_the_end(end)
    for _ in range(job.workers or PREFORKED):
        receiver, sender = Pipe(duplex=False)
        worker = Process(target=work, args=(job.listener, sender))
        worker.start()
        sender.close()
        workers.append((worker, receiver))

    receipt = Receipt()
    for worker, receiver in workers:
        try:
            receipt += receiver.recv()
        except EOFError:
            # It was killed, or asked to end before it had begun.
            pass
        worker.join()
    return receipt


def work(shared: socket.socket, sender: Sender) -> None:
    listener = Listener(shared)
    while (connection := listener.accept()) is not None:
        serve(connection)
    sender.send(listener.receipt())


def serve(connection: Connection) -> None:
    while (request := connection.receive()) is not None:
        connection.send(answer(request))


def answer(request: Request) -> Answer:
    if request.delay:
        time.sleep(request.delay)
    return request.answer()
