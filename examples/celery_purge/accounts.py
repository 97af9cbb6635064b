"""Accounts: which key and address each has, and the client for it.

Owns: the way from an account's name to its client. Refuses to put a key anywhere else: jobs carry
the name alone, and each worker finds the key in its own environment.
"""

from __future__ import annotations

import functools
import os
import re

from pyrate_limiter import Duration, Rate, RedisStateStore, StateBucket

from videotasks import Ark, Tasks

from .records import server


def check_account(account: str) -> str:
    """The name, if it can be a queue's and a variable's. Raises `ValueError` if not."""
    if not re.fullmatch(r"[a-z][a-z0-9-]*", account):
        raise ValueError(f"an account's name is of a-z, 0-9 and hyphens: {account!r}")
    return account


def key_of(account: str) -> str:
    """The account's key, from the environment. Raises `ValueError` where there is none."""
    variable = f"ARK_API_KEY_{_suffix(account)}"
    if key := os.environ.get(variable):
        return key
    raise ValueError(f"no key for the account {account}: set {variable}")


@functools.cache
def client(account: str) -> Tasks:
    """The account's client, one for each process: call it within a job, after the worker's fork.

    Kept from job to job, so that the pace at which requests leave is kept as well. The address is
    in `ARK_BASE_URL_<ACCOUNT>`, or Ark's default.
    """
    key, base_url = key_of(account), os.environ.get(f"ARK_BASE_URL_{_suffix(account)}")
    if os.environ.get("SHARE_LIMITS") == "1":
        get, delete = _bucket(account, "get"), _bucket(account, "delete")
        return Tasks(Ark(key, base_url=base_url, limits={"get": get, "delete": delete}))
    return Tasks(Ark(key, base_url=base_url))


def _suffix(account: str) -> str:
    return check_account(account).upper().replace("-", "_")


def _bucket(account: str, operation: str) -> StateBucket:
    """One limit for all workers of an account, where one worker is not enough.

    Keyed by account: all keys of an account share its limit, and no two accounts do. The figure
    leaves a tenth of it unused, since the clocks of machines differ.
    """
    store = RedisStateStore(server(), f"limit:{account}:{operation}")
    return StateBucket([Rate(18, Duration.SECOND, burst=1)], store=store)
