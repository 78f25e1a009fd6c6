"""How a run ends: words, colour and exit code for every verdict in every scope, for every command
there is.

The one place that decides this. docs/exit-codes.md and the table in the README are written from
here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from exit_codes import ExitCode
from reconciliation.verdict import Scope, Verdict


class Colour(Enum):
    """Of a verdict, wherever it is shown."""

    GREEN = "green"
    RED = "red"
    AMBER = "amber"
    BLUE = "blue"


@dataclass(frozen=True)
class Subject:
    """What a run is about. ``words`` say each verdict in capitals, ``partial`` a choice in which
    everything holds.

    ``questions`` is what the run answers in each scope it can have, ``good_news`` the answer when
    nothing stands against it.
    """

    words: Mapping[Verdict, str]
    partial: str
    questions: Mapping[Scope, str]
    good_news: Mapping[Scope, str]


SUBJECTS: Mapping[str, Subject] = {
    "guarantees": Subject(
        {verdict: verdict.value for verdict in Verdict},
        "NOT JUDGED",
        {
            Scope.FULL: "May the single source of truth be declared to be in the cloud?",
            Scope.READING: "Does everything hold that can be judged by reading?",
            Scope.PARTIAL: "Do the chosen guarantees hold?",
        },
        {
            Scope.FULL: (
                "Every required guarantee was judged and holds for every mapped table that is not "
                "excused."
            ),
            Scope.READING: "Everything that can be judged by reading was judged and holds. "
            "Nothing was changed to see it arrive: this run declares nothing.",
            Scope.PARTIAL: (
                "The chosen guarantees hold. The others were not run: this run declares nothing."
            ),
        },
    ),
    "tables": Subject(
        {Verdict.READY: "EQUAL", Verdict.NOT_READY: "DIFFERENT", Verdict.NOT_JUDGED: "NOT JUDGED"},
        "EQUAL",
        {
            Scope.FULL: "Do all rows of the replicated tables agree?",
            Scope.PARTIAL: "Do all rows of the chosen tables agree?",
        },
        {
            Scope.FULL: "Every row agrees. The other guarantees were not looked at.",
            Scope.PARTIAL: (
                "Every row of the chosen tables agrees. The other tables were not compared."
            ),
        },
    ),
    "checks": Subject(
        {
            Verdict.READY: "NOTHING FOUND",
            Verdict.NOT_READY: "FINDINGS",
            Verdict.NOT_JUDGED: "NOT JUDGED",
        },
        "NOTHING FOUND",
        {Scope.FULL: "Are source, set-up and mapping as they were agreed?"},
        {Scope.FULL: "Nothing was found. No row was compared, and no change was made."},
    ),
}


@dataclass(frozen=True)
class Ending:
    """``word`` is the verdict for machines, ``headline`` the same with the scope where that narrows
    a green one.
    """

    word: str
    headline: str
    colour: Colour
    code: ExitCode


def ending(
    verdict: Verdict,
    scope: Scope = Scope.FULL,
    subject: str = "guarantees",
    *,
    interrupted: bool = False,
    usage: bool = False,
) -> Ending:
    """How a run of this verdict and scope ends; ``subject`` is a key of SUBJECTS.

    ``interrupted`` (Ctrl-C, SIGTERM) and ``usage`` (the call, a profile or a feature file cannot be
    meant) say why nothing was judged. What was proven broken before an interruption stays broken.
    ValueError for a run that is to be READY and either of them, and for a scope the subject does
    not have.
    """
    words = SUBJECTS[subject]
    if scope not in words.questions:
        raise ValueError(f"{subject} are not judged in scope {scope.value}")
    word = words.words[verdict]
    if verdict is Verdict.NOT_READY:
        return Ending(word, word, Colour.RED, ExitCode.BROKEN)
    if verdict is Verdict.NOT_JUDGED:
        code = (
            ExitCode.USAGE
            if usage
            else ExitCode.INTERRUPTED
            if interrupted
            else ExitCode.NOT_JUDGED
        )
        return Ending(word, word, Colour.AMBER, code)
    if interrupted or usage:
        raise ValueError(
            f"{word}: neither an interrupted run nor one that was refused has judged everything"
        )
    if scope is Scope.PARTIAL:
        return Ending(words.partial, f"{words.partial} (partial)", Colour.BLUE, ExitCode.DONE)
    if scope is Scope.READING:
        return Ending(word, f"{word} (reading only)", Colour.GREEN, ExitCode.DONE)
    return Ending(word, word, Colour.GREEN, ExitCode.DONE)


def through_make(code: ExitCode) -> ExitCode:
    """What ``make features`` ends with: make hands a 1 on and turns every other failure of a recipe
    into 2.
    """
    return code if code in (ExitCode.DONE, ExitCode.BROKEN) else ExitCode.NOT_JUDGED


#: how the commands without a verdict of a run use the same codes
COMMANDS: Mapping[str, Mapping[ExitCode, str]] = {
    "python -m reconciliation drain": {
        ExitCode.DONE: "nobody writes the mapped tables, and everything committed in them has "
        "arrived",
        ExitCode.BROKEN: "the source is not quiet, the task does not run, or Oracle is behind, "
        "within the limit",
        ExitCode.NOT_JUDGED: "nothing shows what has arrived: a slot that confirms nothing where "
        "no marker may be written, a database down",
    },
    "python -m reconciliation contract": {
        ExitCode.DONE: "contracts were drafted",
        ExitCode.NOT_JUDGED: "nothing could be drafted, or a mapped table may be hidden in Oracle",
    },
    "python -m reconciliation mapping": {
        ExitCode.DONE: "a table mapping was drafted",
        ExitCode.NOT_JUDGED: "no table exists on both sides, or a catalogue could not be read",
    },
    "python -m reconciliation repair-check": {
        ExitCode.DONE: "every statement would do what it was written for, or is done already",
        ExitCode.BROKEN: "a row has moved on, or a statement would be refused",
        ExitCode.NOT_JUDGED: "what a statement would do could not be found out",
    },
    "python -m reconciliation grants": {
        ExitCode.DONE: "the statements were printed",
    },
    "python -m reconciliation rows": {
        ExitCode.DONE: "the rows of runs were told, or that there are none",
        ExitCode.NOT_JUDGED: "the journal cannot be read, or a table's condition has to be written "
        "by hand",
    },
    "python -m lab ...": {
        ExitCode.DONE: "done; `status`: everything runs",
        ExitCode.NOT_JUDGED: "not possible as things are; `status`: not everything runs",
    },
}
