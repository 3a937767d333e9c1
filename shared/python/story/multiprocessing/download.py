"""Download every page with a pool of processes, each with a session of its own.

    python3 shared/python multiprocessing sites

While one process waits for its page the system runs another: the waits overlap, and every page crosses a border.
"""

from concurrent.futures import ProcessPoolExecutor

from requests import Session

from story.download import TIMEOUT, Job, Page
from story.receipt import Receipt

session: Session


def run(job: Job) -> Receipt:
    with ProcessPoolExecutor(job.workers, initializer=open_session) as pool:
        receipt = Receipt()
        for page in pool.map(download, job.pages):
            receipt += page
        return receipt


def open_session() -> None:
    global session  # noqa: PLW0603  a process has its globals to itself
    session = Session()


def download(page: Page) -> Receipt:
    with session.get(page.url, timeout=TIMEOUT, stream=True) as response:
        page.check_status(response.status_code)
        return page.check(response.content)
