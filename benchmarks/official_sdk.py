"""An official SDK in an interpreter of its own; run by `deletes.py` and `compare.py`.

    python official_sdk.py MODULE loop|gather BASE_URL KEY     deletes the ids on its input
    python official_sdk.py MODULE program BASE_URL KEY         runs the program on its input

Both SDKs have the same face, under the names `volcenginesdkarkruntime` and `arkruntime`.
"""

from __future__ import annotations

import asyncio
import functools
import importlib
import json
import os
import sys
from collections import Counter
from typing import Any

from stopwatch import Stopwatch


def loop(sdk: Any, ids: list[str], base_url: str, key: str) -> Counter[str]:
    """One after the other."""
    client = sdk.Ark(api_key=key, base_url=base_url)
    results: Counter[str] = Counter()
    for task_id in ids:
        try:
            client.content_generation.tasks.delete(task_id=task_id)
            results["returned"] += 1
        except Exception as error:
            results[type(error).__name__] += 1
    return results


async def gather(sdk: Any, ids: list[str], base_url: str, key: str) -> Counter[str]:
    """64 at once."""
    client = sdk.AsyncArk(api_key=key, base_url=base_url)
    turns = asyncio.Semaphore(64)

    async def delete(task_id: str) -> str:
        async with turns:
            try:
                await client.content_generation.tasks.delete(task_id=task_id)
            except Exception as error:
                return type(error).__name__
            return "returned"

    return Counter(await asyncio.gather(*map(delete, ids)))


def program(sdk: Any, text: str, base_url: str, key: str) -> Counter[str]:
    """A program as it stands; but its clients talk to that server."""
    os.environ["ARK_API_KEY"] = key
    sdk.Ark = functools.partial(sdk.Ark, base_url=base_url)
    try:
        exec(text, {})  # noqa: S102  # the README's own lines
    except Exception as error:
        return Counter([type(error).__name__])
    return Counter(["returned"])


if __name__ == "__main__":
    module, how, base_url, key = sys.argv[1:]
    sdk, given = importlib.import_module(module), sys.stdin.read()
    with Stopwatch() as watch:
        if how == "program":
            outcomes = program(sdk, given, base_url, key)
        elif how == "loop":
            outcomes = loop(sdk, given.split(), base_url, key)
        else:
            outcomes = asyncio.run(gather(sdk, given.split(), base_url, key))
    print(json.dumps({"seconds": watch.seconds, "cpu": watch.cpu, "outcomes": outcomes}))
