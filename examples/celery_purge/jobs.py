"""The job: deletes a chunk of one account's tasks. Started by `celery -A celery_purge.jobs worker`.

Owns: when a job counts as done, and what happens to it when its worker dies. Redelivery is
harmless: what has a record is not looked at again, and of the rest each is looked at before
anything is sent. A task that was deleted in the moment of the death comes out as gone.
"""

from __future__ import annotations

import os
from typing import Final

from celery import Celery, Task
from celery.signals import celeryd_after_setup
from celery.worker import WorkController

from .accounts import check_account, client, key_of
from .records import REDIS_URL, Records

CHUNK: Final = int(os.environ.get("CHUNK", "500"))
"""Refs in a job: 500 at 20 a second are 25 seconds of work."""
DEADLINE: Final = 300.0
"""Seconds for a job; what it did not come to is tried again in a job of its own."""
AGAIN_AFTER: Final = 60
"""Seconds until what may succeed later is tried again."""
VISIBILITY: Final = float(os.environ.get("VISIBILITY_TIMEOUT", "600"))
"""Seconds after which Redis hands the job of a dead worker to another."""

if VISIBILITY < DEADLINE + AGAIN_AFTER:
    # Jobs that are being done, or wait to be tried again, would be handed out a second time.
    raise SystemExit(f"VISIBILITY_TIMEOUT has to be {DEADLINE + AGAIN_AFTER:.0f} at least")

app = Celery("celery_purge", broker=os.environ.get("BROKER_URL", REDIS_URL))
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


@celeryd_after_setup.connect
def check_keys(instance: WorkController, **_: object) -> None:
    """Let no worker begin that has no key for a queue of its."""
    for account in instance.app.amqp.queues.consume_from:
        try:
            key_of(account)
        except ValueError as error:
            raise SystemExit(str(error)) from None


@app.task(bind=True, max_retries=5)
def delete_chunk(self: Task[[str, list[str]], None], account: str, refs: list[str]) -> None:
    """Delete an account's tasks, and write down what became of each."""
    again: list[str] = []
    try:
        records = Records(account)
        for outcome in client(account).delete_many(records.left(refs), deadline=DEADLINE):
            records.write(outcome)
            if outcome.retryable:
                again.append(str(outcome.ref))
    except Exception as error:
        # Such as a Redis that can't be asked. A job that fails is gone, so it must not fail.
        raise self.retry(exc=error, countdown=AGAIN_AFTER, max_retries=None) from error
    if again and self.request.retries < (self.max_retries or 0):
        raise self.retry(args=(account, again), countdown=AGAIN_AFTER)


def submit(account: str, refs: list[str]) -> int:
    """Put the refs that have no final record into the account's queue; the number of jobs."""
    records = Records(check_account(account))
    left = list(records.left(refs))
    records.expect(left)
    chunks = [left[start : start + CHUNK] for start in range(0, len(left), CHUNK)]
    for chunk in chunks:
        delete_chunk.apply_async((account, chunk), queue=account)
    return len(chunks)
