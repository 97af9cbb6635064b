"""What became of each task: a hash in Redis for each account, a record for each ref.

Owns: which Redis, and where records are in it. Refuses to decide what counts as done:
`videotasks.skip_done` does.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final, cast

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from videotasks import Outcome, skip_done

REDIS_URL: Final = os.environ.get("REDIS_URL", "redis://localhost:6379/0")


def server() -> redis.Redis:
    """The Redis at `REDIS_URL`. It is asked once: by itself redis-py goes on for 20 seconds."""
    return redis.Redis.from_url(  # pyright: ignore[reportUnknownMemberType]  # options of any kind
        REDIS_URL, retry=Retry(NoBackoff(), 0), socket_timeout=5
    )


class Records:
    """The records of one account, in the Redis at `REDIS_URL`."""

    def __init__(self, account: str) -> None:
        self._redis = server()
        self._key = f"outcomes:{account}"
        self._wanted = f"submitted:{account}"

    def expect(self, refs: list[str]) -> None:
        """Remember that these were submitted."""
        if refs:
            self._redis.sadd(self._wanted, *refs)

    def write(self, outcome: Outcome) -> None:
        """Keep an outcome, in place of an earlier one of the same ref."""
        self._redis.hset(self._key, str(outcome.ref), json.dumps(outcome.to_dict()))

    def left(self, refs: list[str]) -> Iterator[str]:
        """Those of the refs that are not done yet."""
        found = cast("list[bytes | None]", self._redis.hmget(self._key, refs)) if refs else []
        return (str(ref) for ref in skip_done(refs, filter(None, found)))

    def counts(self) -> Counter[str]:
        """How many tasks came to which outcome, with which error; and how many to none yet."""
        lines = cast("Iterable[bytes]", self._redis.hvals(self._key))
        counts = Counter(_word(json.loads(line)) for line in lines)
        counts["without an outcome"] = self._redis.scard(self._wanted) - counts.total()
        return +counts


def _word(record: dict[str, Any]) -> str:
    error = record.get("error")
    return f"{record['outcome']} ({error['kind']})" if error else str(record["outcome"])
