"""What became of each task: a hash in Redis for each account, a record for each ref.

Owns: which Redis, and where records are in it. Refuses to decide what counts as done:
`videotasks.skip_done` does.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import cast

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from videotasks import Outcome, skip_done


def server() -> redis.Redis:
    """The Redis at `REDIS_URL`. It is asked once: by itself redis-py goes on for 20 seconds."""
    return redis.Redis.from_url(  # pyright: ignore[reportUnknownMemberType]  # options of any kind
        os.environ["REDIS_URL"], retry=Retry(NoBackoff(), 0), socket_timeout=5
    )


class Records:
    """The records of one account, in the Redis at `REDIS_URL`."""

    def __init__(self, account: str) -> None:
        self._redis = server()
        self._key = f"outcomes:{account}"

    def write(self, outcome: Outcome) -> None:
        """Keep an outcome, in place of an earlier one of the same ref."""
        self._redis.hset(self._key, str(outcome.ref), json.dumps(outcome.to_dict()))

    def left(self, refs: list[str]) -> Iterator[str]:
        """Those of the refs that are not done yet."""
        found = cast("list[bytes | None]", self._redis.hmget(self._key, refs)) if refs else []
        return (str(ref) for ref in skip_done(refs, filter(None, found)))

    def counts(self) -> Counter[str]:
        """How many tasks came to which outcome."""
        lines = cast("Iterable[bytes]", self._redis.hvals(self._key))
        return Counter(json.loads(line)["outcome"] for line in lines)
