"""Download every page with a pool of threads, each with a session of its own.

    python3 shared/python threading sites
    python3 shared/python threading cats --as-published

While one thread waits for its page another has the interpreter: the waits overlap.
"""

import threading
from concurrent.futures import ThreadPoolExecutor

from requests import Session

from story.download import TIMEOUT, Job, Page
from story.receipt import Receipt

local = threading.local()


def run(job: Job) -> Receipt:
    get = download_as_published if job.as_published else download
    with ThreadPoolExecutor(job.workers, initializer=open_session) as pool:
        receipt = Receipt()
        # A map whose results are not read, as in the documents, swallows what its workers raise.
        for page in pool.map(get, job.pages):
            receipt += page
        return receipt


def open_session() -> None:
    local.session = Session()


def download(page: Page) -> Receipt:
    with local.session.get(page.url, timeout=TIMEOUT, stream=True) as response:
        page.check_status(response.status_code)
        return page.check(response.content)


def download_as_published(page: Page) -> Receipt:
    # The document's session is never stored in its thread, so each call opens another, and a connection with it.
    with Session() as session, session.get(page.url, timeout=TIMEOUT, stream=True) as response:
        page.check_status(response.status_code)
        return page.check(response.content)
