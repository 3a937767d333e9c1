"""Several calls that block, handed to a pool.

    python3 shared/python asyncio offload

An executor keeps threads for such calls beside the event loop: the calls overlap.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from story.probes import Blocking
from story.receipt import Receipt


async def run(probe: Blocking) -> Receipt:
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(probe.calls) as threads:
        calls = []
        for _ in range(probe.calls):
            calls.append(loop.run_in_executor(threads, probe.call))

        receipt = Receipt()
        for call in calls:
            receipt += await call
        return receipt
