"""Download every page with a number of tasks that share one session.

    python3 shared/python asyncio sites
    python3 shared/python asyncio cats --as-published

While one task waits for its page the loop runs another: the waits overlap, on one thread.
"""

import asyncio
from collections.abc import Iterator

from aiohttp import ClientSession, ClientTimeout

from story.download import TIMEOUT, Job, Page
from story.receipt import Receipt


async def run(job: Job) -> Receipt:
    # Tasks may share a plain iterator: no other runs while one takes the next page.
    queue = iter(job.pages)
    async with open_session() as session:
        workers = []
        for _ in range(job.workers):
            workers.append(asyncio.create_task(work(job, session, queue)))

        receipt = Receipt()
        for worker in await asyncio.gather(*workers):
            receipt += worker
        return receipt


async def work(job: Job, session: ClientSession, queue: Iterator[Page]) -> Receipt:
    get = download_as_published if job.as_published else download
    receipt = Receipt()
    for page in queue:
        receipt += await get(session, page)
    return receipt


def open_session() -> ClientSession:
    return ClientSession(timeout=ClientTimeout(TIMEOUT))


async def download(session: ClientSession, page: Page) -> Receipt:
    async with session.get(page.url) as response:
        page.check_status(response.status)
        return page.check(await response.read())


async def download_as_published(_: ClientSession, page: Page) -> Receipt:
    # The document opens a session for every page, and a connection with it.
    async with open_session() as session:
        return await download(session, page)
