"""Cancels so many tasks one by one, and prints how many outcomes there were of each name.

python -m attacks.canceller sync|async URL COUNT
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter

from videotasks import Ark, AsyncTasks, Retry, Tasks

KEY = "sk-CANARY-0123456789"
AT_ONCE = Retry(backoff=0)


def in_threads(url: str, count: int) -> Counter[str]:
    with Tasks(Ark(KEY, base_url=url, limits=None), retry=AT_ONCE) as tasks:
        return Counter(tasks.cancel(f"ark:{number}").name for number in range(count))


async def in_asyncio(url: str, count: int) -> Counter[str]:
    names: Counter[str] = Counter()
    async with AsyncTasks(Ark(KEY, base_url=url, limits=None), retry=AT_ONCE) as tasks:
        for number in range(count):
            names[(await tasks.cancel(f"ark:{number}")).name] += 1
    return names


if __name__ == "__main__":
    mode, url, count = sys.argv[1:]
    if mode == "sync":
        counted = in_threads(url, int(count))
    else:
        counted = asyncio.run(in_asyncio(url, int(count)))
    sys.stdout.write(json.dumps(counted))
