"""`python -m celery_purge submit ACCOUNT < refs.txt`, and `… report ACCOUNT`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable

import redis

from videotasks import Ref

from .accounts import check_account
from .jobs import submit
from .records import Records


def main() -> None:
    """Submit refs, a line each, or tell what became of an account's tasks."""
    parser = argparse.ArgumentParser(prog="celery_purge")
    parser.add_argument("what", choices=["submit", "report"])
    parser.add_argument("account", help="the queue's name, and the worker's")
    asked = parser.parse_args()
    try:
        check_account(asked.account)
        if asked.what == "submit":
            print("jobs:", submit(asked.account, read_refs(sys.stdin)))
            return
    except (ValueError, redis.RedisError) as error:
        parser.error(str(error))
    for name, count in Records(asked.account).counts().most_common():
        print(name, count)


def read_refs(lines: Iterable[str]) -> list[str]:
    """Refs of Ark's tasks, a line each, each once. Raises `ValueError`."""
    refs = [Ref.parse(line.strip()) for line in lines if line.strip()]
    if others := [str(ref) for ref in refs if ref.provider != "ark"]:
        raise ValueError(f"an account here has a key for Ark alone, not for {others[0]}")
    return list(dict.fromkeys(map(str, refs)))


main()
