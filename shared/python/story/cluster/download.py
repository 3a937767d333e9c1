"""Download every page with whichever worker is free, each with a session of its own.

    CLUSTER_BROKER=amqp://guest:guest@127.0.0.1:5672 python3 shared/python cluster sites

While one worker waits for its page others run: the waits overlap, on all machines at once.
"""

from celery import group
from celery.signals import worker_process_init
from requests import Session

from story.cluster.app import app, as_ready
from story.download import TIMEOUT, Job, Page
from story.receipt import Receipt

session: Session


def run(job: Job) -> Receipt:
    pages = group(download.s(page) for page in job.pages)

    receipt = Receipt()
    for page in as_ready(pages.apply_async()):
        receipt += page
    return receipt


@worker_process_init.connect
def open_session(**_: object) -> None:
    global session  # noqa: PLW0603  a process has its globals to itself
    session = Session()


@app.task
def download(page: Page) -> Receipt:
    with session.get(page.url, timeout=TIMEOUT, stream=True) as response:
        page.check_status(response.status_code)
        return page.check(response.content)
