"""Serving: pages, limits, what is counted, and connections that wait for their client in a thread or a process."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from email.utils import formatdate
from urllib.parse import parse_qs, urlsplit

from story.probes import Panic
from story.receipt import Receipt, Sum

HEAD_BYTES = 8192
PATIENCE = 30
PREFORKED = 64
END_OF_HEAD = b"\r\n\r\n"


@dataclass
class Job:
    """A server, the socket at which it listens already, how many workers it has, if that was said, and whether `/crash` crashes."""

    listener: socket.socket
    workers: int | None
    crashes: bool = False

    def expected(self) -> None:
        """None: it depends on what clients ask for."""


def listen(port: int, workers: int | None, *, crashes: bool) -> Job:
    """A server on 127.0.0.1 at this port, or at a free one if that is 0."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Its connections inherit both: no system call for each of them.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", PATIENCE, 0))
    listener.bind(("127.0.0.1", port))
    listener.listen(16_384)
    return Job(listener, workers, crashes)


@dataclass(frozen=True)
class Answer:
    """A status, and a body of text."""

    status: str
    body: bytes
    closes: bool = False

    def bytes(self, request: Request) -> bytes:
        """All of it, as it travels."""
        version = "1.1" if request.is_1_1 else "1.0"
        close = "connection: close\r\n" if self.closes or not request.keep_alive else ""
        head = (
            f"HTTP/{version} {self.status}\r\ncontent-type: text/plain\r\n{close}"
            f"content-length: {len(self.body)}\r\ndate: {formatdate(usegmt=True)}\r\n\r\n"
        )
        return head.encode() + self.body


@dataclass(frozen=True)
class Request:
    """What a client asks for."""

    method: str
    target: str
    is_1_1: bool = True
    keep_alive: bool = True
    crashes: bool = False

    @staticmethod
    def parse(head: bytes, *, crashes: bool) -> Request:
        """The request with this head. One that is none asks for nothing that there is."""
        line, *fields = head.decode("latin-1").split("\r\n")
        words = line.split(" ")
        if len(words) != 3 or words[2] not in {"HTTP/1.0", "HTTP/1.1"}:
            return NO_REQUEST
        method, target, version = words
        connection = ""
        for one in fields:
            name, _, value = one.partition(":")
            if name.lower() == "connection":
                connection = value.strip().lower()
        is_1_1 = version == "HTTP/1.1"
        keep_alive = connection != "close" if is_1_1 else connection == "keep-alive"
        return Request(method, target, is_1_1, keep_alive, crashes)

    @property
    def delay(self) -> float:
        """Seconds to wait before the answer."""
        url = urlsplit(self.target)
        return _number(url.query, "delay", 60.0) or 0.0 if url.path == "/hello" else 0.0

    def answer(self) -> Answer:
        """Does what is asked for, apart from the delay."""
        if self is NO_REQUEST:
            return Answer("400 Bad Request", b"", closes=True)
        if self.method != "GET":
            return Answer("405 Method Not Allowed", b"only GET is served here\n", closes=True)
        url = urlsplit(self.target)
        if url.path == "/hello":
            return Answer("200 OK", b"Hello, World!")
        microseconds = _number(url.query, "us", 1e7)
        if url.path == "/work" and microseconds is not None:
            compute(microseconds / 1e6)
            return Answer("200 OK", b"worked")
        if url.path == "/crash" and self.crashes:
            crash(*parse_qs(url.query).get("how", []))
        return Answer("404 Not Found", b"no such page: there are /hello and /work?us=1000\n")


NO_REQUEST = Request("", "", keep_alive=False)


def _number(query: str, name: str, most: float) -> float | None:
    """A number of the query, if it is there and allowed."""
    values = parse_qs(query).get(name, [])
    try:
        number = float(values[0]) if values else None
    except ValueError:
        return None
    return number if number is not None and 0 <= number <= most else None


def compute(seconds: float) -> None:
    """Computes for so long, on whatever share of a core there is."""
    digest = b"work"
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        digest = hashlib.sha256(digest).digest()


def crash(how: str = "") -> None:
    """Ends what answers the request: its connection, or its process."""
    if how == "panic":
        raise Panic("a request panicked, as it should")
    if how == "abort":
        os.abort()
    if how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class Counts:
    """What a server has done."""

    receipt: Receipt = field(default_factory=Receipt)
    connections: int = 0
    most: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def enter(self, inside: int) -> None:
        """Counts a connection that makes so many open ones."""
        with self.lock:
            self.connections += 1
            self.most = max(self.most, inside)

    def count(self, answer: Answer) -> None:
        """Counts an answer that is about to be sent."""
        with self.lock:
            if answer.status == "200 OK":
                self.receipt.units += 1
                self.receipt.bytes += len(answer.body)
            else:
                kind = answer.status[:3]
                self.receipt.errors[kind] = self.receipt.errors.get(kind, 0) + 1

    def total(self) -> Receipt:
        """All of it. The answer is the number of connections."""
        receipt = Receipt(answer=Sum(self.connections), readings={"most_connections": float(self.most)})
        receipt += self.receipt
        return receipt


class Listener:
    """Where connections come in, and where they are seen out at the end: at SIGTERM or SIGINT."""

    def __init__(self, job: Job) -> None:
        self.socket = job.listener
        self.crashes = job.crashes
        self.counts = Counts()
        self.open: set[socket.socket] = set()
        self.ending = False
        at_the_end(self.end)

    def accept(self) -> Connection | None:
        """Waits for the next connection. None: the server is to end."""
        while not self.ending:
            try:
                client, _ = self.socket.accept()
            except BlockingIOError:
                # The patience with silent clients has an end, the one with an idle socket none.
                continue
            except OSError:
                break
            self.open.add(client)
            self.counts.enter(len(self.open))
            if self.ending:
                see_out(client)
            return Connection(client, self)
        return None

    def end(self) -> None:
        """Lets no more connections in, and has those that wait for a request see no other."""
        self.ending = True
        see_out(self.socket)
        for client in tuple(self.open):
            see_out(client)

    def receipt(self) -> Receipt:
        """What all connections did."""
        return self.counts.total()


def at_the_end(end: object) -> None:
    """Calls `end` at the signals that end a server, once."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: end())  # type: ignore[operator]


def see_out(one: socket.socket) -> None:
    """What is received already can still be read. Then comes the end."""
    try:
        one.shutdown(socket.SHUT_RD)
    except OSError:
        # A client that is gone needs no end.
        return


class Connection:
    """A client that sends requests, one after another."""

    def __init__(self, client: socket.socket, listener: Listener) -> None:
        self.client = client
        self.listener = listener
        self.received = b""
        self.request = NO_REQUEST
        self.ends = False

    def receive(self) -> Request | None:
        """Waits for the next request. None: there is none."""
        while not self.ends:
            head, end, rest = self.received.partition(END_OF_HEAD)
            if end:
                self.received = rest
                self.request = Request.parse(head, crashes=self.listener.crashes)
                return self.request
            if len(self.received) > HEAD_BYTES:
                self.send(Answer("431 Request Header Fields Too Large", b"", closes=True))
                break
            try:
                more = self.client.recv(HEAD_BYTES)
            except OSError:
                # It was silent for too long, or is gone.
                break
            if not more:
                break
            self.received += more
        return None

    def send(self, answer: Answer) -> None:
        """Sends the answer to the request that was received last."""
        self.listener.counts.count(answer)
        self.ends = answer.closes or not self.request.keep_alive
        try:
            self.client.sendall(answer.bytes(self.request))
        except OSError:
            # A client that takes no answer sends no request.
            self.ends = True

    def __enter__(self) -> Connection:
        """It ends with the block, however that ends."""
        return self

    def __exit__(self, *_: object) -> None:
        self.listener.open.discard(self.client)
        self.client.close()
