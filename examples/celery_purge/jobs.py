"""The job: deletes a chunk of one account's tasks. Started by `celery -A celery_purge.jobs worker`.

Owns: when a job counts as done, and what happens to it when its worker dies. Redelivery is
harmless: what has a record is not looked at again, and of the rest each is looked at before
anything is sent. A task that was deleted in the moment of the death comes out as gone.
"""

from __future__ import annotations

import os
from typing import Final

from celery import Celery, Task

from .accounts import check_account, client
from .records import Records

CHUNK: Final = int(os.environ.get("CHUNK", "500"))
"""Refs in a job: 500 at 20 a second are 25 seconds of work."""
DEADLINE: Final = 300.0
"""Seconds for a job; what it did not come to is tried again in a job of its own."""
VISIBILITY: Final = float(os.environ.get("VISIBILITY_TIMEOUT", "600"))
"""Seconds after which Redis hands the job of a dead worker to another. More than `DEADLINE`, or
jobs would be done twice at the same time: harmless too, but wasted."""
AGAIN_AFTER: Final = 60
"""Seconds until what may succeed later is tried again."""

app = Celery("celery_purge", broker=os.environ.get("BROKER_URL", os.environ["REDIS_URL"]))
app.conf.update(
    # A job is taken off the queue when it is done, not when it begins; and is put back at once
    # where only its process was killed and not the whole worker.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    # A worker holds no job but the one it does.
    worker_prefetch_multiplier=1,
    broker_transport_options={"visibility_timeout": VISIBILITY},
    broker_connection_retry_on_startup=True,
    task_ignore_result=True,
)


@app.task(bind=True, max_retries=5)
def delete_chunk(self: Task[[str, list[str]], None], account: str, refs: list[str]) -> None:
    """Delete an account's tasks, and write down what became of each."""
    records = Records(account)
    again: list[str] = []
    for outcome in client(account).delete_many(records.left(refs), deadline=DEADLINE):
        records.write(outcome)
        if outcome.retryable:
            again.append(str(outcome.ref))
    if again and self.request.retries < (self.max_retries or 0):
        raise self.retry(args=(account, again), countdown=AGAIN_AFTER)


def submit(account: str, refs: list[str]) -> int:
    """Put the refs that have no final record into the account's queue; the number of jobs."""
    left = list(Records(check_account(account)).left(refs))
    chunks = [left[start : start + CHUNK] for start in range(0, len(left), CHUNK)]
    for chunk in chunks:
        delete_chunk.apply_async((account, chunk), queue=account)
    return len(chunks)
