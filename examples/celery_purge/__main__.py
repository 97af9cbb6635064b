"""`python -m celery_purge submit ACCOUNT < refs.txt`, and `… report ACCOUNT`."""

from __future__ import annotations

import argparse
import sys

from videotasks import Ref

from .jobs import submit
from .records import Records


def main() -> None:
    """Submit refs, a line each, or tell what became of an account's tasks."""
    parser = argparse.ArgumentParser(prog="celery_purge")
    parser.add_argument("what", choices=["submit", "report"])
    parser.add_argument("account", help="the queue's name, and the worker's")
    arguments = parser.parse_args()
    if arguments.what == "submit":
        refs = list(
            dict.fromkeys(str(Ref.parse(line.strip())) for line in sys.stdin if line.strip())
        )
        print("jobs:", submit(arguments.account, refs))
    else:
        for name, count in Records(arguments.account).counts().most_common():
            print(name, count)


main()
