"""Writes docs/exit-codes.md and the table of the README from what decides: ``python -m
tests.exit_codes``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path

from exit_codes import ExitCode
from reconciliation.endings import COMMANDS, SUBJECTS, Ending, ending, through_make
from reconciliation.verdict import Scope, Verdict

ROOT = Path(__file__).parents[1]
PAGE, README = ROOT / "docs/exit-codes.md", ROOT / "README.md"
COMMAND = "python -m tests.exit_codes"
BEGIN, END = f"<!-- written by {COMMAND} -->", "<!-- until here -->"
OF_EVERY_COMMAND = {
    ExitCode.DONE: "done; what was looked at holds",
    ExitCode.BROKEN: "broken, different, found",
    ExitCode.NOT_JUDGED: "could not be judged, or could not be done",
    ExitCode.USAGE: "wrong usage",
    ExitCode.INTERRUPTED: "interrupted",
}
#: what is asked of ``ending`` beside the scope: the verdict, interrupted, usage
KINDS = (
    (Verdict.READY, False, False),
    (Verdict.NOT_READY, False, False),
    (Verdict.NOT_JUDGED, False, False),
    (Verdict.NOT_JUDGED, True, False),
    (Verdict.NOT_JUDGED, False, True),
)
DOORS = {
    "pytest features": "guarantees",
    "python -m reconciliation run, copies": "tables",
    "python -m reconciliation check": "checks",
}
MISSING = (
    "a database down, a table empty, a grant missing, a report that cannot be written, an "
    "error nobody foresaw"
)
REFUSED = "the call, the profile or a contract cannot be meant; nothing was run"
#: when a run ends in each way, in the order of KINDS; the green ones by scope
WHEN: Mapping[str, tuple[Mapping[Scope, str], str, str, str, str]] = {
    "guarantees": (
        {
            Scope.FULL: "every guarantee there is was judged, and holds for every mapped table, "
            "or an excuse stands beside it with its owner and its last day",
            Scope.READING: "every guarantee that is judged by reading was (`-m nightly`, or "
            "`mutations = false`), and "
            "holds; the others are listed as not judged in this scope. Also a run of everything in "
            "which every mapped table was excused from being changed",
            Scope.PARTIAL: "a part was chosen (`-k`, `-m`, a path), and everything in it holds",
        },
        "a guarantee is broken; each is named in its own words, with the evidence, and what kept "
        "the run from being "
        'judged to its end behind "and not fully judged"',
        "nothing is broken, and something could not be judged: a mapped table that was not changed "
        f"or that a guarantee says nothing about, an excuse past its day, {MISSING}",
        (
            "nothing is broken, and Ctrl-C or SIGTERM ended the run: swept, and reported as far as "
            "it got"
        ),
        "the call, the profile, a contract or a feature file cannot be meant; nothing was run",
    ),
    "tables": (
        {
            Scope.FULL: "every row of every table agrees",
            Scope.PARTIAL: "every row of the tables chosen with `--table` agrees",
        },
        "a row differs, is missing or one too many; tables that could not be judged are named, too",
        f"no row is known to differ, and a table could not be judged: {MISSING}",
        "Ctrl-C or SIGTERM ended the comparison; tables that were compared by then are reported, "
        "and `--resume` takes "
        "the others up",
        REFUSED,
    ),
    "checks": (
        {Scope.FULL: "everything was looked at, and is as agreed"},
        "something is not as agreed; what could not be looked at is named, too",
        f"nothing was found, and something could not be looked at: {MISSING}",
        "Ctrl-C or SIGTERM ended it",
        REFUSED,
    ),
}


def endings(subject: str) -> Iterator[tuple[Ending, tuple[Scope, ...], str]]:
    """Every way a run can end, with the scopes that end alike and when that is."""
    for (verdict, interrupted, usage), when in zip(KINDS, WHEN[subject], strict=True):
        told = [
            (ending(verdict, scope, subject, interrupted=interrupted, usage=usage), scope)
            for scope in SUBJECTS[subject].questions
        ]
        for one, same in groupby(told, key=lambda pair: pair[0]):
            scopes = tuple(scope for _, scope in same)
            yield one, scopes, when if isinstance(when, str) else when[scopes[0]]


def rendered() -> str:
    """The page."""
    return "\n".join([*_head(), *_runs(), *_commands(), *_make()]) + "\n"


def _head() -> Iterator[str]:
    yield "# Verdict, scope, exit code"
    yield ""
    yield f"Written from `reconciliation/endings.py`, which decides (`{COMMAND}`); a test refuses a page that differs."  # noqa: E501
    yield ""
    yield "A run ends with a verdict and a scope. The verdict is about what the scope covers: only READY in scope full"  # noqa: E501
    yield "declares anything (`may_be_declared` in `reports/verdict.json`)."
    yield ""
    yield "| exit code | of every command |"
    yield "|---|---|"
    for code in ExitCode:
        yield f"| {int(code)} | {OF_EVERY_COMMAND[code]} |"
    yield ""


def _runs() -> Iterator[str]:
    for door, subject in DOORS.items():
        yield f"## `{door}`"
        yield ""
        yield "| verdict | scope | told as | colour | exit code | when |"
        yield "|---|---|---|---|---|---|"
        for one, scopes, when in endings(subject):
            scope = ", ".join(scope.value for scope in scopes)
            yield f"| {one.word} | {scope} | {one.headline} | {one.colour.value} | {int(one.code)} | {when} |"  # noqa: E501
        yield ""


def _commands() -> Iterator[str]:
    yield "## Commands without a verdict"
    yield ""
    yield "| command | exit code | when |"
    yield "|---|---|---|"
    for command, codes in COMMANDS.items():
        for code, when in codes.items():
            yield f"| `{command}` | {int(code)} | {when} |"
    yield ""
    usage, interrupted = int(ExitCode.USAGE), int(ExitCode.INTERRUPTED)
    yield f"Each of them ends with {usage} for wrong usage and {interrupted} when interrupted."
    yield ""


def _make() -> Iterator[str]:
    turned = ", ".join(f"{int(code)} is {int(through_make(code))}" for code in ExitCode)
    yield "## `make features`"
    yield ""
    yield f"make hands on what it can: {turned}. Ctrl-C ends make itself, too."


def short_table() -> str:
    """The table of the README: how a run of the guarantees ends."""
    lines = ["| verdict | meaning | exit code |", "|---|---|---|"]
    lines += [
        f"| **{one.headline}** | {when} | {int(one.code)} |"
        for one, _, when in endings("guarantees")
    ]
    return "\n".join(lines)


def readme(text: str) -> str:
    """The README with its table written anew."""
    before, _, rest = text.partition(f"{BEGIN}\n")
    _, _, after = rest.partition(f"{END}\n")
    if not after:
        raise ValueError(f"README.md lacks the lines {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{short_table()}\n\n{END}\n{after}"


if __name__ == "__main__":
    PAGE.write_text(rendered(), encoding="utf-8")
    README.write_text(readme(README.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"written: {PAGE.relative_to(ROOT)}, {README.relative_to(ROOT)}")
