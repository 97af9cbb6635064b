# ruff: noqa: E501  # rows of tables are one line
"""Writes docs/command.md, the reference of the command: its own --help, and what that leaves out.

    python tools/reference.py            writes the file
    python tools/reference.py --check    says whether it is up to date, with exit status 1 if not

Owns: the part written by hand, as a template below. Refuses to repeat what the command says itself:
that comes from the real command, run as a process.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from videotasks import PROVIDERS

PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "command.md"
COMMAND: Final = str(Path(sys.executable).with_name("videotasks"))
COLUMNS: Final = 100
"""Width of the help; also the most that the command itself goes to."""

TEMPLATE: Final = """\
# The command

<!-- Written by tools/reference.py from the command's own --help; change that, then run it. -->

`videotasks` looks at, lists, cancels and deletes video generation tasks. It comes with the extra
`cli`. Data goes to standard output, and everything else (questions, progress, summaries, errors) to
standard error.

* [Exit statuses](#exit-statuses)
* [Naming tasks](#naming-tasks)
* [Tasks that nobody knows any more](#tasks-that-nobody-knows-any-more)
* [Keys and addresses](#keys-and-addresses)
* [What is printed](#what-is-printed)
* [JSON](#json)
* [Asking before deleting](#asking-before-deleting)
* [Stopping and going on](#stopping-and-going-on)
* [Completion](#completion)
* [Commands](#commands)

## Exit statuses

| status | meaning |
|---|---|
| 0 | all as wanted |
| 1 | at least one not: kept, gone or failed; or the answer to the question was no; or the output or the record file could not be written |
| 2 | wrong usage, or `--yes` is needed: nothing was changed; or at least one is not supported, and nothing was sent for that |
| 3 | at least one unknown: a request was sent, and what became of it could not be found out; look before running again |
| 4 | a key is missing or was refused, or its account can't be used |
| 129, 130, 143 | stopped by SIGHUP, Ctrl-C or SIGTERM; the summary says how to go on |
| 141 | nobody reads the output any more; stopped |

Where several apply, the first of 129, 130, 143, 141, 3, 4, 2, 1 counts. Where the output or the record file
could not be written, it is 1 or the status of the outcomes, whichever comes first in that list.

A dry run ends with the status that the real run would end with: 0 where all would be done, 1 where
a task would be kept or is gone (without `--missing-ok`), 4 where a key is refused.

An error is one line, `videotasks: …`; wrong usage also names the `--help` to see, and refs that
can't be read get a line each. With `-vv` an error comes with its traceback. No key is
ever shown, there either.

## Naming tasks

A task is named by `provider:id`, for example `ark:cgt-20250331175019-68d9t` or
`tensorslab:abcd_1234567890abcdef`. Refs come from arguments, from `--from FILE`, and with `-` (or
`--from -`) from standard input. All are read and checked before anything is sent; one that can't be
read ends the command with status 2, and the first five are named with their lines. A ref that comes
again is dropped: each counts once, where it came first.

A line is one of these; a blank line, or one that begins with `#`, is passed over, and so is a
comment behind a ref (` # …`). UTF-8, with or without a byte order mark, and with either kind of
line end.

| line | example |
|---|---|
| a ref; it keeps its provider, also with `--provider` | `ark:cgt-20250331175019-68d9t` |
| with `--provider`, a bare id | `cgt-20250331175019-68d9t` |
| tab-separated, with the ref first, as this command prints it | `ark:cgt-20250331175019-68d9t⇥failed⇥…` |
| a record with a `ref`, as `--ndjson` prints it | `{"ref": "ark:cgt-20250331175019-68d9t", …}` |

So the output of one command is the input of another:

```sh
videotasks list ark --state failed --refs-only | videotasks delete - --yes
```

`--refs-only` prints a ref a line and nothing else. A whole document of `--json` is not lines, and is
refused: use `--ndjson`.

## Tasks that nobody knows any more

`list` and `purge` with `--except FILE` leave out the tasks whose refs are in FILE, or with `-` come
from standard input: all but those that your database knows. The option may be repeated; the files
add up.

```sh
videotasks list ark --except known.txt --newer-than 2d
videotasks purge ark --except known.txt --state succeeded --older-than 1d
```

Lines are those of [refs](#naming-tasks); with PROVIDER named, bare ids are its ids. A ref that is
misread would keep no task, so that the task that was meant would go. Therefore, before anything is
sent, these are status 2:

* a line that can't be read: none is passed over, but blank ones and comments,
* an id with anything in it but letters, digits, `.`, `_` and `-`, such as a quote or a comma,
* a line in columns whose first one is no ref with its provider,
* a bare id where PROVIDER is not named,
* a file that names no task: whoever means to leave out none leaves `--except` out.

A well-formed file of the wrong tasks can't be told from a right one. Where it names none of the
tasks that were found, that is said on standard error, also with `-q`; `purge` tells how many it left
out. `--limit` of `purge` counts what would be deleted, after that.

Ark lists the last 7 days only, so that an older task is never found so. A task that was made just
now may not yet be in your database: `--older-than 1d` leaves it alone.

## Keys and addresses

| provider | key | base URL |
|---|---|---|
@KEYS@

Each is taken from the first of these places that has it:

1. the file named with `--key-file`, with lines of `NAME=value` as in a `.env` file (`export`,
   quotes and comments are understood),
2. the environment,
@KEY_FILES@
4. for a base URL: the vendor's public address.

No option takes a key: other users of a machine can see what a command was started with. Only the
providers that a command is about need a key. `videotasks check` shows which providers have one, and
from where; `--online` asks each of these once, about a task that does not exist.

## What is printed

| where to | form | `--ndjson` | `--json` |
|---|---|---|---|
| a terminal | a table at the end (lines above it from 500 rows on), and a progress bar on standard error | one object a line, as each is known | one document at the end |
| a pipe or a file | one tab-separated line a task, as each is known | one object a line, as each is known | one document at the end |

Colours are left out where output is no terminal, and where `NO_COLOR` is set or `TERM` is `dumb`.
Tabs, line ends and control characters within a column become blanks. A table has times to the
minute, in UTC, and counts a task's videos and files: the links, hundreds of characters long, are in
lines and JSON. It goes without the model where the terminal has no room for it. The bar also shows while many tasks are looked at: by `get`, by dry runs, and before
a question. There is none with `--no-progress`, `-q` or `-v`, nor beside lines on the same terminal.

| command | columns of a line |
|---|---|
| `get`, `list` | ref, state, time of creation (ISO 8601, UTC, or empty), links to the video, another file and the last frame, or the error; model |
| `list --refs-only` | ref |
| `cancel`, `delete`, `purge` | ref, outcome, why it is so; of a cancelled or deleted task what it was |
| `cancel`, `delete` and `purge` with `--dry-run` | ref, state, what would be done (`cancel`, `delete`, `keep`, `nothing`), why |
| `check` | provider, key, base URL, limits a second, what it can do, answer (with `--online`) |

`get` and the dry runs print in the order given, `cancel`, `delete` and `purge` in the order of
completion. What `get` could not look at is named on standard error, with the reason.

Where standard output is closed (`>&-`), what is of use only for its output is status 1, with nothing
sent; `cancel`, `delete` and `purge` do their work all the same.

## JSON

`--ndjson` prints records, `--json` one document with all of them:

| command | document |
|---|---|
| `get`, `list` | `{"tasks": [task, …]}` |
| `cancel`, `delete`, `purge` | `{"outcomes": [outcome, …], "summary": {"deleted": 2, …}}` |
| `cancel`, `delete` and `purge` with `--dry-run` | `{"preview": [preview, …]}` |

Fields are always there; more may be added later. Characters that could steer a terminal are written
as `\\uXXXX`.

**A task**, as it was seen:

| field | type | |
|---|---|---|
| `ref` | text | `provider:id` |
| `state` | text | `queued`, `running`, `succeeded`, `failed`, `cancelled`, `expired` or `unknown` |
| `raw_state` | text, number or null | the provider's own word for it |
| `video_urls` | list of text | links to the video |
| `file_urls` | list of text | links to another file that was made, such as a 3D model |
| `last_frame_url` | text or null | link to the video's last frame, as a picture |
| `model` | text or null | |
| `created_at`, `updated_at` | text or null | ISO 8601, UTC; null where the provider doesn't say when |
| `error` | text or null | why it failed, in the provider's words |
| `service_tier` | text or null | Ark's `default` or `flex` |
| `usage` | number or null | what it cost, in tokens in all; Ark alone says so |

**An outcome**, what became of a task:

| field | type | |
|---|---|---|
| `ref` | text | `provider:id` |
| `outcome` | text | `cancelled`, `deleted`, `kept`, `gone`, `failed` or `unknown` |
| `ok` | true or false | whether what was asked for is so |
| `retryable` | true or false | whether the same may end otherwise later, with nothing changed in between: never so of `cancelled`, `deleted`, `gone`; always of `unknown`; of `kept` until the task has ended; of `failed` as its error has it |
| `request_id` | text or null | of the request that decided it, for the provider's support |
| `task` | task or null | as last seen |
| `already` | true or false | of `cancelled`: it was cancelled before |
| `state`, `reason` | text | of `kept`: what kept it, and why |
| `missing_ok` | true or false | of `gone`: whether `--missing-ok` was given, which makes it ok; always so in `purge` |
| `error` | error | of `failed` and `unknown` |

**An error**:

| field | type | |
|---|---|---|
| `kind` | text | the name of the library's exception, such as `RateLimited`: see [errors](errors.md) |
| `message` | text | what happened, and what to do |
| `status_code` | number or null | of HTTP |
| `code` | text, number or null | the provider's own |
| `request_id` | text or null | |

**A preview**, of a dry run:

| field | type | |
|---|---|---|
| `ref` | text | `provider:id` |
| `action` | text | `cancel`, `delete`, `keep` (the task was seen, and would be left alone) or `nothing` (no task was seen: the provider does not know it, or the look or the ref failed; `outcome` is then `gone` or `failed`) |
| `reason` | text | why |
| `loses` | text or null | what would be lost with the record: a finished `video`, or another `file` |
| `outcome` | outcome or null | what the command would print without acting; null where it would act |
| `task` | task or null | as seen; null with `nothing` |

## Asking before deleting

`delete` shows what would be done to each task, and asks, where more than one task would go or a
finished video would. `purge` always shows, and asks. Both tell how many finished videos would go,
and what would only be cancelled, since it is queued. More than 10 tasks are not shown one by one:
they are counted by what would be done, by state and by age, with the first three of those that
would go. `--verbose` shows all, and so does `--dry-run`. `cancel` destroys nothing and never asks;
it takes `--yes` for scripts that always pass it. What was confirmed is what is acted on: each task
only while it is in the state shown; anything that changed meanwhile is kept. A task that could not
be seen is not acted on; its outcome says what stood in the way. The answer no is status 1, and
nothing was deleted.

Without a terminal to ask on, and where refs come from standard input (for `--except` too), nobody
is asked: the command ends with status 2 and sends nothing, or where one task has first to be looked
at, nothing that changes it. `--yes` goes ahead. `--dry-run` only looks.

## Stopping and going on

After Ctrl-C, SIGTERM or SIGHUP nothing more is sent, and the command waits for the answers on their
way, no longer than `--timeout`. Any of them a second time gives up the waiting too. Those that come
within 0.2 seconds of the first count as one with it, since `timeout`, systemd and shells send them
twice. Where the output can't be written any more, the work stops in the same way; where nobody takes
the output in, the second signal gives that up as well.

Either way each task that was tried gets its outcome (`unknown` where an answer was given up). Those
that were not tried are neither printed nor recorded, only counted: as `unsent` in the summary on
standard error and in `summary` of the JSON document.

Refs of a provider that can't do what is asked, or that has no key, are `failed`, with nothing sent
for them; the others go on. Where there are no others, that is an error in one line.

A provider that refuses the key (401) is sent no more than what was on its way. That is said once;
the rest of its tasks are `failed` with the same error, of which a terminal shows only the first
few. Those of the other provider go on, and the status is 4.

With `--resume FILE` each outcome is added to FILE as it comes, before it is printed: one JSON
object a line, as above. When the command is run again with the same FILE, tasks that it records as
`cancelled`, `deleted` or `gone` are left out; all others are looked at again. How many were left
out is said on standard error, and they count for the exit status: one that was `gone` is not as
wanted without `--missing-ok`. So after Ctrl-C, kill -9 or a power cut, the same command goes on
where it stopped. `purge` lists what is there at each run, so it leaves out nothing. FILE can't be
`-`: it is read as well as written.

What is not `retryable` is not therefore done: a key that was refused, for one, may have been put
right since. Where the same command may do better later, the summary says of how many tasks.

A last line that was cut off, by a kill or a full disk, is passed over, and so is anything else that
is no record. A file that has something in it but no record at all is refused with status 2: it is
likely another one than was meant.

Ctrl-C while `get`, `list` or a dry run looks leaves what was seen so far, as a whole table or JSON
document, and how far it came; status 130.

## Completion

Commands, options, choices and the names of files are completed.

```sh
source <(videotasks completion bash)                                      # in ~/.bashrc
source <(videotasks completion zsh)                                       # in ~/.zshrc
videotasks completion fish > ~/.config/fish/completions/videotasks.fish   # once
```

## Commands

@HELP@
"""


def help_of(*words: str) -> str:
    """What the command says of itself."""
    done = subprocess.run(  # our own command
        [COMMAND, *words, "--help"],
        # Nothing of the caller's that changes its width, language or colours.
        env={"PATH": os.defpath, "COLUMNS": str(COLUMNS), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def commands(text: str) -> list[str]:
    """The commands that the help lists."""
    listed = text.partition("\nCommands:\n")[2].partition("\n\n")[0]
    return re.findall(r"^  (\S+)", listed, flags=re.MULTILINE)


def page() -> str:
    """The whole page."""
    top = help_of()
    parts = [f"```text\n{top}```"]
    parts += [f"### {name}\n\n```text\n{help_of(name)}```" for name in commands(top)]
    infos = [kind.info for kind in PROVIDERS]
    keys = [f"| {one.title} | `{one.key_variable}` | `{one.url_variable}` |" for one in infos]
    files = [
        f"3. for `{one.key_variable}` alone: `{one.key_file}`, where the vendor's own tools keep it,"
        for one in infos
        if one.key_file
    ]
    text = TEMPLATE.replace("@HELP@", "\n\n".join(parts))
    return text.replace("@KEYS@", "\n".join(keys)).replace("@KEY_FILES@", "\n".join(files))


def main() -> int:
    """Write the page, or compare it."""
    parser = argparse.ArgumentParser(description="Write docs/command.md.")
    parser.add_argument("--check", action="store_true", help="only compare")
    if not Path(COMMAND).exists():
        sys.exit("there is no videotasks beside this Python: run `make docs`")
    wanted = page()
    if not parser.parse_args().check:
        PAGE.write_text(wanted, encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != wanted:
        sys.stderr.write("docs/command.md is out of date: run `make docs` and commit\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
