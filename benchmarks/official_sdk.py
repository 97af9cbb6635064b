"""The vendor's own SDK, deleting the ids on its input; run by deletes.py with another interpreter.

python official_sdk.py loop|gather BASE_URL KEY
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter

from stopwatch import Stopwatch
from volcenginesdkarkruntime import Ark, AsyncArk


def loop(ids: list[str], base_url: str, key: str) -> Counter[str]:
    """One after the other."""
    client = Ark(api_key=key, base_url=base_url)
    results: Counter[str] = Counter()
    for task_id in ids:
        try:
            client.content_generation.tasks.delete(task_id=task_id)
            results["returned"] += 1
        except Exception as error:
            results[type(error).__name__] += 1
    return results


async def gather(ids: list[str], base_url: str, key: str) -> Counter[str]:
    """64 at once."""
    client = AsyncArk(api_key=key, base_url=base_url)
    turns = asyncio.Semaphore(64)

    async def delete(task_id: str) -> str:
        async with turns:
            try:
                await client.content_generation.tasks.delete(task_id=task_id)
            except Exception as error:
                return type(error).__name__
            return "returned"

    return Counter(await asyncio.gather(*map(delete, ids)))


if __name__ == "__main__":
    how, base_url, key = sys.argv[1:]
    ids = sys.stdin.read().split()
    with Stopwatch() as watch:
        if how == "loop":
            outcomes = loop(ids, base_url, key)
        else:
            outcomes = asyncio.run(gather(ids, base_url, key))
    print(json.dumps({"seconds": watch.seconds, "cpu": watch.cpu, "outcomes": outcomes}))
