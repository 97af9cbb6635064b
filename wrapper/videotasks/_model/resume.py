"""Going on after a run that was stopped or killed: which refs are left.

Owns: what counts as done, and the two fields of a record that say so. Refuses to look further into
a record, and to end at a line that can't be read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, cast

from .outcomes import Outcome
from .task import Ref

DONE: Final = frozenset({"cancelled", "deleted", "gone"})
"""Outcomes after which there is nothing left to do.

Not all that are not `retryable`: a key that was refused may have been put right since, and a
finished video be wanted no more. And the records of older versions have just the name.
"""


def skip_done(
    refs: Iterable[Ref | str], records: Iterable[Outcome | Mapping[str, object] | str | bytes]
) -> Iterator[Ref | str]:
    """The refs that are not known to be done, to go on with after a run that was stopped or killed.

    `records` are outcomes of that run, what their `to_dict()` gave, or lines of NDJSON; a line that
    can't be read, such as one cut off by the kill, is passed over: its ref is then done again,
    which begins with a look. Done are cancelled, deleted and gone tasks. The rest is looked at
    again: kept, failed, unknown and unsent ones, and refs without a record. Takes memory for the
    refs done. Raises `ValueError` for one ref or one text in place of many.
    """
    if isinstance(refs, str | bytes | Ref) or isinstance(records, str | bytes):
        raise ValueError("skip_done takes many refs and many records or lines, not one text")  # noqa: TRY004  # a mistake in values
    done = {ref for record in records if (ref := _done_ref(record)) is not None}
    return (ref for ref in refs if str(ref) not in done)


def _done_ref(record: object) -> str | None:
    if isinstance(record, str | bytes):
        try:
            record = json.loads(record)
        except (ValueError, RecursionError):
            return None
    if isinstance(record, Outcome):
        record = {"ref": record.ref, "outcome": record.name}
    if not isinstance(record, Mapping):
        return None
    fields = cast("Mapping[str, object]", record)
    ref, name = fields.get("ref"), fields.get("outcome")
    is_done = isinstance(name, str) and name in DONE and isinstance(ref, str | Ref)
    return str(ref) if is_done else None
