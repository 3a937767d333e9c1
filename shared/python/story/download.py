"""The I/O-bound work: pages to wait for."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from http import HTTPStatus

from story.failure import Failure
from story.receipt import Checksum, Receipt, total, unit

# How long the server keeps /hello waiting at time scale 1, in seconds.
HELLO_DELAY = 1.0
# How long a session waits for one page, in seconds: longer than the local server ever holds one back.
TIMEOUT = 90.0

# How a greeting starts. The name of the server's worker follows.
GREETING = b"Hello, World!, I am "
HELLO_BYTES = 29


@dataclass(frozen=True)
class Job:
    """Pages to fetch, and how many of them at once."""

    pages: list[Page]
    workers: int
    # With the mistake that the documents make: a session that is opened anew for every page.
    as_published: bool = False

    def expected(self) -> Receipt:
        """What a run must hand in."""
        return total([page.receipt() for page in self.pages])


def hello(server: str, requests: int, delay: float) -> list[Page]:
    """Greetings, each of which `server` gives after `delay` seconds."""
    # Which of the server's workers greets is its own affair.
    greeting = Page(f"{server}/hello?delay={delay}", HELLO_BYTES, zlib.crc32(GREETING), len(GREETING))
    return [greeting] * requests


def sites(server: str, copies: int, delay: float) -> list[Page]:
    """The two sites, turn by turn, `copies` times each, every answer held back by `delay` seconds."""
    pages = [Page(f"{server}/sites/{name}?delay={delay}", *known) for name, known in SITES.items()]
    return pages * copies


def cats(server: str, fetches: int) -> list[Page]:
    """Every photo `fetches` times in a row."""
    pages = [Page(f"{server}/cats/{number}.jpg", *known) for number, known in enumerate(CATS, 1)]
    return [page for page in pages for _ in range(fetches)]


@dataclass(frozen=True)
class Page:
    """A page to fetch, and what is known of it beforehand."""

    url: str
    length: int
    crc32: int
    # How many bytes of the body the checksum is of; None: all.
    checked: int | None = None

    def check_status(self, status: int) -> None:
        """Whether a body is worth reading: that of an error cannot make it less of one."""
        # A part that was not asked for is not the page (RFC 9110, 15.3.7).
        if status not in range(200, 300) or status == HTTPStatus.PARTIAL_CONTENT:
            raise Failure(f"{self.url} answered {status} {_reason(status)}")

    def check(self, body: bytes) -> Receipt:
        """Whether this is the page that was asked for, to the last byte."""
        if len(body) != self.length:
            raise Failure(f"{self.url} sent {len(body)} bytes instead of {self.length}")
        crc32 = zlib.crc32(body[: self.checked])
        if crc32 != self.crc32:
            raise Failure(f"{self.url} sent the wrong bytes: CRC-32 {crc32:08x} instead of {self.crc32:08x}")
        return self.receipt()

    def receipt(self) -> Receipt:
        """What fetching this page is worth."""
        receipt = unit(Checksum(self.crc32))
        receipt.bytes = self.length
        return receipt


def _reason(status: int) -> str:
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else ""


# Length and CRC-32 of the pages that the local server serves.
SITES = {
    "large": (10394, 0x23DAD54F),
    "small": (277, 0x65120831),
}
CATS = [
    (96061, 0xD3427B8C),
    (96561, 0x573A6418),
    (97061, 0xF4ED61D3),
    (97561, 0x072FB7A7),
    (98061, 0x8681145D),
    (98561, 0x7A8DFB35),
    (99061, 0xCA830E41),
    (99561, 0xE6E68C8F),
    (100061, 0xF241D503),
    (100561, 0x09C733C1),
    (101061, 0x64C15009),
    (101561, 0xECD44373),
    (102061, 0xF50A3E68),
    (102561, 0xC8A0F738),
    (103061, 0x7192696C),
    (103561, 0xAF76EFD4),
    (104061, 0x74A0EA29),
    (104561, 0x09830473),
    (105061, 0xB36E58AA),
    (105561, 0x2AEBB81A),
]
