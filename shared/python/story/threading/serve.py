"""Serve pages, every connection a thread, or as many connections at once as there are threads in a pool.

    python3 shared/python threading serve --port 8000
    python3 shared/python threading serve --port 8000 --workers 64

A client that is silent costs a thread that sleeps. Requests are parsed and answered one at a time: threads share the lock.
"""

import time
from contextlib import suppress
from threading import Thread, current_thread
from threading import enumerate as enumerate_threads

from story.receipt import Receipt
from story.serve import Answer, Connection, Job, Listener, Request


def run(job: Job) -> Receipt:
    listener = Listener(job)
    for _ in range(job.workers or 0):
        Thread(target=work, args=(listener,)).start()
    while not job.workers and (connection := listener.accept()) is not None:
        Thread(target=serve, args=(connection,)).start()

    for worker in enumerate_threads():
        if worker is not current_thread():
            worker.join()
    return listener.receipt()


def work(listener: Listener) -> None:
    while (connection := listener.accept()) is not None:
        # The next client has not asked for this one's exception.
        with suppress(Exception):
            serve(connection)


def serve(connection: Connection) -> None:
    with connection:
        while (request := connection.receive()) is not None:
            connection.send(answer(request))


def answer(request: Request) -> Answer:
    if request.delay:
        time.sleep(request.delay)
    return request.answer()
