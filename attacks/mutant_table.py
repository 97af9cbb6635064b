"""Each rule broken on purpose, once: what to write in place of what, and which tests must see it.

Owns: the table. A row is a file of the library, its exact text, the text in its place, and tests;
the first one that fails has caught it. Refuses mutants that change no promise. A test of the suite
holds that each text is there exactly once.
"""

from __future__ import annotations

from typing import Final

from attrs import frozen

WALK: Final = "test_walk.py::test_every_path"
FLOWS: Final = ("test_flows.py", "test_decisions.py")


@frozen
class Mutant:
    """One rule, broken."""

    breaks: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...] = (WALK,)


MUTANTS: Final = (
    Mutant(
        "a look may be acted on for 7 seconds",
        "_rules/flows.py",
        "LOOK_IS_FRESH_FOR: Final = 5.0",
        "LOOK_IS_FRESH_FOR: Final = 7.0",
    ),
    Mutant(
        "lost answers: DELETE is sent again and again",
        "_rules/flows.py",
        "if item.lost is not None and item.deletes >= MOST_DELETES:",
        "if item.lost is not None and item.deletes >= 30:",
    ),
    Mutant(
        "confirm believes whatever a look shows",
        "_rules/flows.py",
        'if item.sent.effect == "cancels" and item.state == "cancelled":',
        'if item.sent.effect == "cancels":',
    ),
    Mutant(
        "confirm is forgotten",
        "_rules/flows.py",
        "    if item.confirm:\n",
        "    if item.confirm and item.lost:\n",
    ),
    Mutant(
        "what our own lost DELETE cancelled was cancelled before",
        "_rules/flows.py",
        "item.cancelled(already=item.lost is None)",
        "item.cancelled(already=True)",
    ),
    Mutant(
        "a purge takes tasks in other states than were shown",
        "_rules/flows.py",
        "if item.only is not None and state not in item.only:",
        "if item.only is not None and not item.only:",
    ),
    Mutant(
        "a refused task is sent again for ever",
        "_rules/flows.py",
        "            return item.failed(item.sent.refusal)\n        return item.kept(",
        "            return item\n        return item.kept(",
    ),
    Mutant(
        "gone after a lost and a refused DELETE was gone before",
        "_rules/flows.py",
        '(sent.answer == "refused" and item.lost is None)',
        'sent.answer == "refused"',
    ),
    Mutant(
        "a cancel that finds no record says deleted",
        "_rules/flows.py",
        'if item.verb == "delete" or (sent.answer, sent.effect)',
        "if item.verb or (sent.answer, sent.effect)",
    ),
    Mutant(
        "whatever was done is called cancelled",
        "_rules/flows.py",
        'return item.cancelled() if effect == "cancels" else item.deleted()',
        "return item.cancelled()",
    ),
    Mutant(
        "a lost answer is a failure",
        "_rules/flows.py",
        'return evolve(item, sent=sent("lost"), lost=error, deletes=item.deletes + 1)',
        "return item.failed(error)",
    ),
    Mutant(
        "looks that grow too old go on for ever",
        "_rules/flows.py",
        "if late and item.old_looks < MOST_OLD_LOOKS:",
        "if late:",
        FLOWS,
    ),
    Mutant(
        "a refusal is not looked into",
        "_rules/flows.py",
        "if not isinstance(error, Refused) or isinstance(error, _NOT_ABOUT_THE_TASKS):",
        "if not isinstance(error, NoCredits):",
    ),
    Mutant(
        "a refused batch is not taken apart",
        "_rules/flows.py",
        "if batch > 1 and not isinstance(error, NoCredits):",
        "if batch > 50 and not isinstance(error, NoCredits):",
    ),
    Mutant(
        "a refused batch goes again as it was",
        "_rules/flows.py",
        "batch_limit=batch // 2",
        "batch_limit=batch",
    ),
    Mutant(
        "a batch goes as long as its youngest look is fresh",
        "_rules/flows.py",
        "not_after = min(item.seen_at for item in items)",
        "not_after = max(item.seen_at for item in items)",
        FLOWS,
    ),
    Mutant(
        "blind after a refused batch: nothing was done",
        "_rules/flows.py",
        "return item.unknown(item.sent.error or error)",
        "return item.failed(error)",
    ),
    Mutant(
        "blind after a refusal without results for each task: nothing was done",
        "_rules/flows.py",
        'if item.sent.answer == "refused" and adapter.capabilities.per_task_results:',
        'if item.sent.answer == "refused":',
        ("test_tensorslab_rules.py::test_refused_and_blind",),
    ),
    Mutant(
        "a turn that comes too late is not waited for",
        "_rules/flows.py",
        "if isinstance(reply, LookTooOld) and reply.retry_after is not None:",
        "if isinstance(reply, LookTooOld) and reply.retry_after == 0.5:",
        ("test_flows.py::test_a_late_turn_is_waited_for",),
    ),
    Mutant(
        "a failure after a lost answer is a plain failure",
        "_rules/items.py",
        "        if self.lost is not None:\n            return self.unknown(self.lost)\n",
        "",
    ),
    Mutant(
        "what a cancel deleted is a deletion that was asked for",
        "_rules/items.py",
        'by_cancel=self.verb == "cancel"',
        "by_cancel=False",
        FLOWS,
    ),
    Mutant(
        "a lost DELETE is sent again without a look",
        "_rules/steps.py",
        'again = _NOTHING_DONE if call.operation == "delete" else (*_NOTHING_DONE, NoAnswer)',
        "again = (*_NOTHING_DONE, NoAnswer)",
    ),
    Mutant(
        "tried in a batch, then stopped: was not tried",
        "_rules/bulk.py",
        "self._record(result if item.sent else unsent_if_closed(result))",
        "self._record(unsent_if_closed(result))",
    ),
    Mutant(
        "a ref that was given twice gets one outcome",
        "_rules/bulk.py",
        "            entries.append(entry)\n",
        "",
        ("test_bulk.py::test_repeated_refs",),
    ),
    Mutant(
        "what is in flight is given up without an outcome",
        "_rules/bulk.py",
        "for job in tuple(self.jobs) if give_up else ():",
        "for job in tuple(self.jobs) if not give_up else ():",
    ),
    Mutant(
        "after a refused key the others are tried too",
        "_rules/bulk.py",
        "queue.error_for_all = queue.error_for_all or result.error",
        "queue.error_for_all = queue.error_for_all",
        ("test_auth.py::test_wrong_key", "test_refused_in_bulk.py"),
    ),
    Mutant(
        "a deletion that is not waited for was never sent",
        "_rules/jobs.py",
        'if self.begun and (item.sent or self.kind == "act")',
        "if self.begun and item.sent",
    ),
    Mutant(
        "a crash after a deletion was sent is a failure",
        "_rules/jobs.py",
        'if item.sent or self.kind == "act"\n',
        "if item.sent\n",
        ("test_bulk.py::test_a_mistake_of_ours",),
    ),
    Mutant(
        "one more goes in a batch than it may hold",
        "_rules/queues.py",
        "return tuple(islice(items, limit))",
        "return tuple(islice(items, limit + 1))",
        ("test_decisions.py::test_a_batch_holds_no_more_than_it_may",),
    ),
    Mutant(
        "tasks to be cancelled and to be deleted share a batch",
        "_rules/queues.py",
        "return item.batch_limit, self.adapter.effects[item.verb][item.state]",
        'return item.batch_limit, "deletes"',
        FLOWS,
    ),
    Mutant(
        "requests that are late catch up above the limit",
        "_rules/pacing.py",
        "if len(self._left) >= ceil(window / spacing - 1e-6):",
        "if len(self._left) >= 1e6:",
        ("test_limits.py::test_held_up",),
    ),
    Mutant(
        "Retry-After holds nobody",
        "_rules/pacing.py",
        "self.opens_at = max(self.opens_at, now + wait)",
        "self.opens_at = max(self.opens_at, now)",
        (
            "test_limits.py::test_after_a_429",
            "test_limits.py::test_those_that_wait_when_a_429_comes",
        ),
    ),
    Mutant(
        "an unknown outcome counts as done when a run goes on",
        "_model/resume.py",
        'frozenset({"cancelled", "deleted", "gone"})',
        'frozenset({"cancelled", "deleted", "gone", "unknown"})',
        ("test_properties.py::test_any_record",),
    ),
    Mutant(
        "Ark: running tasks may be deleted",
        "generated/videotasks_ark/tables.py",
        '        "queued": "cancels",\n',
        '        "queued": "cancels",\n        "running": "deletes",\n',
    ),
    Mutant(
        "Ark: running tasks may be cancelled",
        "_rules/adapter.py",
        '{"cancel": MappingProxyType(cancels),',
        '{"cancel": MappingProxyType({**cancels, "running": "cancels"}),',
    ),
    Mutant(
        "Ark: the answer about another task counts",
        "_providers/ark.py",
        "if not isinstance(raw, str) or answer.id != ref.id:",
        "if not isinstance(raw, str):",
        ("test_lost_answers.py::test_wrong_types_in_a_look",),
    ),
    Mutant(
        "Ark: a yes with an error in it is a yes",
        "_providers/ark.py",
        'answer.to_dict() not in ({}, {"Result": {}})',
        "answer.to_dict() is None",
        ("test_ark_rules.py::test_a_yes_with_something_in_it",),
    ),
    Mutant(
        "Ark: any 404 with a code says that the task is not there",
        "generated/videotasks_ark/tables.py",
        'Refusal((404,), ("NotFound.?*",), "no-such-task")',
        'Refusal((404,), ("*",), "no-such-task")',
        ("test_missing_tasks.py",),
    ),
    Mutant(
        "Ark: anybody's word NotFound says that the task is not there",
        "generated/videotasks_ark/tables.py",
        '("NotFound", ""), "no-such-task", signed=True)',
        '("NotFound", ""), "no-such-task")',
        ("test_missing_tasks.py",),
    ),
    Mutant(
        "TensorsLab: unfinished tasks are deleted unasked",
        "_providers/tensorslab.py",
        "UNFINISHED_DELETIONS if self.delete_unfinished else tables.DELETIONS",
        "UNFINISHED_DELETIONS",
    ),
    Mutant(
        "TensorsLab: a success that names failures is one",
        "_providers/tensorslab.py",
        "if names := doubtful(beside, ids):",
        "if names := doubtful((), ids):",
    ),
    Mutant(
        "TensorsLab: an uploading task has ended",
        "generated/videotasks_tensorslab/tables.py",
        '"5": "running"',
        '"5": "succeeded"',
        ("test_tensorslab_rules.py::test_states",),
    ),
    Mutant(
        "TensorsLab: the answer about another task counts",
        "_providers/tensorslab.py",
        "if task.taskid != ref.id:",
        "if not task.taskid:",
        ("test_tensorslab_rules.py::test_another_task_in_the_answer",),
    ),
    Mutant(
        "TensorsLab: a 404 with any number says that the task is not there",
        "_providers/tensorslab_refusals.py",
        "_CODES: Final = range(1000, 10_000)",
        "_CODES: Final = range(10_000_000)",
        ("test_missing_tasks.py",),
    ),
    Mutant(
        "a 404 of a gateway says that the task is not there",
        "_http/refusals.py",
        "404: BadAnswer,",
        "404: NotFound,",
    ),
    Mutant(
        "5xx says that nothing was done",
        "_http/refusals.py",
        "kind = ServerError if 500 <= status < 600 else BadAnswer",
        "kind = RequestRefused if 500 <= status < 600 else BadAnswer",
    ),
    Mutant(
        "an answer that was cut off: nothing was sent",
        "_http/exchange.py",
        "if not self._allowance.sent:",
        "if self._allowance:",
    ),
    Mutant(
        "a deletion goes to whatever an id leads to",
        "_http/exchange.py",
        'if request.method != "DELETE" or prefix is None:',
        "if prefix:",
        ("test_http.py::test_no_delete_of_the_collection",),
    ),
    Mutant(
        "a deletion is sent once more in the other form of the key",
        "_http/exchange.py",
        "(doubtful and not self.deletes)",
        "doubtful",
        ("test_hostile.py::test_doubtful_answer_to_a_deletion",),
    ),
    Mutant(
        "an answer from before the request counts",
        "_http/exchange.py",
        'if not getattr(stream, "answered", True):',
        'if getattr(stream, "answered", True) is None:',
        ("test_hostile.py",),
    ),
    Mutant(
        "the key goes to another origin",
        "_http/settings.py",
        "if _origin(request.url) != _origin(self.url):",
        "if not _origin(request.url):",
        ("test_hostile.py::test_key_goes_to_no_other_host",),
    ),
    Mutant(
        "the key is shown where a server repeats it",
        "_http/settings.py",
        'text.replace(self._value, "***")',
        "text",
        ("test_auth.py::test_key_in_an_answer", "test_hostile.py::test_reflected_key"),
    ),
    Mutant(
        "the key goes over the network in the clear",
        "_http/environment.py",
        'if scheme == "http" and not is_loopback(host):',
        'if scheme == "ftp":',
        ("test_auth.py::test_unusable_url",),
    ),
    Mutant(
        "a deletion leaves after its look has grown old",
        "_engine/driver.py",
        "if call.not_after is not None and latest > call.not_after:",
        "if call.not_after is not None and latest > call.not_after + 1e6:",
        ("test_leaving.py::test_no_deletion_on_an_old_look",),
    ),
    Mutant(
        "what is stopped is sent all the same",
        "_engine/driver.py",
        "if stopped or self._shut:",
        "if stopped is None:",
        ("test_stop.py::test_nothing_leaves_after_a_stop",),
    ),
)
