"""What a listener and its connections are to asyncio: streams."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

from story.serve import END_OF_HEAD, HEAD_BYTES, NO_REQUEST, PATIENCE, Answer, Counts, Job, Request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from story.receipt import Receipt


def run(server: Coroutine[object, object, Receipt]) -> Receipt:
    """Runs a server on uvloop where that is installed, which the receipt says, and else on asyncio's own loop."""
    try:
        import uvloop  # noqa: PLC0415  the measuring environment decides whether there is one
    except ImportError:
        return asyncio.run(server)
    receipt: Receipt = uvloop.run(server)
    receipt.readings["uvloop"] = 1.0
    return receipt


class Listener:
    """Where connections come in, and where they are seen out at the end: at SIGTERM or SIGINT."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.counts = Counts()
        self.open: set[Connection] = set()
        self.tasks: set[asyncio.Task[None]] = set()
        self.ending = asyncio.Event()

    async def serve(self, serve: Callable[[Connection], Awaitable[None]]) -> None:
        """Lets `serve` serve every connection, each in a task, until the end."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.ending.set)

        async def enter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connection = Connection(reader, writer, self)
            task = asyncio.current_task()
            assert task is not None
            self.tasks.add(task)
            self.open.add(connection)
            self.counts.enter(len(self.open))
            try:
                await serve(connection)
            finally:
                self.open.discard(connection)
                self.tasks.discard(task)
                writer.close()

        listener = self.job.listener
        listener.setblocking(False)  # noqa: FBT003  it is the method's only argument
        server = await asyncio.start_server(enter, sock=listener, limit=HEAD_BYTES, backlog=16_384)
        await self.ending.wait()
        server.close()
        for _ in range(3):
            # A connection that came in just before has its task after two turns of the loop, which begins in the third.
            await asyncio.sleep(0)
        for connection in tuple(self.open):
            connection.reader.feed_eof()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def receipt(self) -> Receipt:
        """What all connections did."""
        return self.counts.total()


class Connection:
    """A client that sends requests, one after another."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, listener: Listener) -> None:
        self.reader = reader
        self.writer = writer
        self.listener = listener
        self.request = NO_REQUEST
        self.ends = False

    async def receive(self) -> Request | None:
        """Waits for the next request. None: there is none."""
        if self.ends:
            return None
        # A timer of its own for each connection, not a task for each request: `wait_for` would make one before Python 3.12.
        late = asyncio.get_running_loop().call_later(PATIENCE, self.reader.feed_eof)
        try:
            head = await self.reader.readuntil(END_OF_HEAD)
        except asyncio.LimitOverrunError:
            await self.send(Answer("431 Request Header Fields Too Large", b"", closes=True))
            return None
        except (asyncio.IncompleteReadError, OSError):
            return None
        finally:
            late.cancel()
        self.request = Request.parse(head[: -len(END_OF_HEAD)], crashes=self.listener.job.crashes)
        return self.request

    async def send(self, answer: Answer) -> None:
        """Sends the answer to the request that was received last."""
        self.listener.counts.count(answer)
        self.ends = answer.closes or not self.request.keep_alive
        try:
            self.writer.write(answer.bytes(self.request))
            await self.writer.drain()
        except OSError:
            # A client that takes no answer sends no request.
            self.ends = True
