"""Download every page, one after another, in one session.

    python3 shared/python sequential sites

While a page is on its way the program waits: no two waits overlap.
"""

from requests import Session

from story.download import TIMEOUT, Job, Page
from story.receipt import Receipt


def run(job: Job) -> Receipt:
    with Session() as session:
        receipt = Receipt()
        for page in job.pages:
            receipt += download(session, page)
        return receipt


def download(session: Session, page: Page) -> Receipt:
    with session.get(page.url, timeout=TIMEOUT, stream=True) as response:
        page.check_status(response.status_code)
        return page.check(response.content)
