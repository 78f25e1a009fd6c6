"""The verdict of a run: a pure function of what was judged, and of how the run went. The worst of
all counts.

Two fields, always together: the verdict, and the scope it is about. How both are told, and with
which exit code a command ends, stands in ``reconciliation.endings``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from reconciliation.model import Finding, Status, TableResult

OUTCOMES = ("passed", "failed", "error", "skipped")


class Verdict(Enum):
    """About everything the scope covers, and about nothing else."""

    READY = "READY"
    NOT_READY = "NOT READY"
    NOT_JUDGED = "NOT JUDGED"


class Scope(Enum):
    """What a run set out to judge: everything, what can be judged without changing anything, or
    somebody's choice.
    """

    FULL = "full"
    READING = "reading"
    PARTIAL = "partial"


#: from best to worst: a broken guarantee outweighs one that could not be judged
_RANK = (Verdict.READY, Verdict.NOT_JUDGED, Verdict.NOT_READY)


class Judged(Enum):
    """How one guarantee came out for one mapped table."""

    HOLDS = "holds"
    BROKEN = "broken"
    NOT_JUDGED = "not judged"
    EXCUSED = "excused"
    #: the guarantee says nothing about such a table
    NOT_CONCERNED = "not concerned"


@dataclass(frozen=True)
class Cell:
    """``words`` say why, for everything but HOLDS: the evidence, the reason, the excuse."""

    judged: Judged
    words: str = ""


@dataclass(frozen=True)
class Outcome:
    """How one guarantee came out. ``outcome`` is passed, failed (broken), error (could not be
    judged) or skipped.

    ``nodeid`` is what repeats it; ``seconds`` is what it took. ``cells`` are, by source name, the
    mapped tables it was asked of; a guarantee that is not about rows of tables has none.
    """

    group: str
    feature: str
    scenario: str
    outcome: str
    message: str = ""
    seconds: float = 0.0
    nodeid: str = ""
    cells: Mapping[str, Cell] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.outcome not in OUTCOMES:
            raise ValueError(
                f"outcome {self.outcome!r} of {self.scenario!r} is none of {', '.join(OUTCOMES)}"
            )


@dataclass(frozen=True)
class Course:
    """How a run went, apart from its outcomes.

    ``there_are`` and ``selected`` count guarantees. ``left_out`` are, by group, those the scope
    does not cover and all there are. ``refusal``, ``fault`` and ``interrupted`` are one line each:
    what cannot be meant, what was missing, and by what the run was ended.
    """

    scope: Scope = Scope.FULL
    there_are: int = 0
    selected: int = 0
    left_out: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    refusal: str | None = None
    fault: str | None = None
    interrupted: str | None = None


@dataclass(frozen=True)
class Declaration:
    """The verdict with its grounds.

    ``reason`` is the one sentence that goes with it. ``reasons`` are the broken guarantees,
    ``not_judged`` whatever the scope covers and nothing can be said about, ``out_of_scope`` what it
    does not cover: a sentence each.
    """

    verdict: Verdict
    scope: Scope = Scope.FULL
    reason: str = ""
    broken: tuple[Outcome, ...] = ()
    unjudged: tuple[Outcome, ...] = ()
    missing_groups: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    groups: Mapping[str, Verdict] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    not_judged: tuple[str, ...] = ()
    out_of_scope: tuple[str, ...] = ()

    @property
    def may_be_declared(self) -> bool:
        """Whether this run allows the declaration: everything there is was judged, and holds."""
        return self.verdict is Verdict.READY and self.scope is Scope.FULL


def declare(
    outcomes: Iterable[Outcome], required_groups: Sequence[str], course: Course | None = None
) -> Declaration:
    """READY only when everything the scope covers was judged and holds.

    NOT READY when anything is broken, whatever became of the run afterwards. NOT JUDGED for
    everything else: nothing run, something missing, a call that cannot be meant.
    ``required_groups`` are those the scope covers.
    """
    every, course = tuple(outcomes), course or Course()
    required = required_groups if course.scope is not Scope.PARTIAL else ()
    groups = {
        name: _group(item for item in every if item.group == name)
        for name in dict.fromkeys([*required, *(item.group for item in every)])
    }
    broken = tuple(item for item in every if item.outcome == "failed")
    missing = tuple(
        name for name in dict.fromkeys(required) if not any(item.group == name for item in every)
    )
    unjudged = tuple(item for item in every if item.outcome in _UNJUDGED_WORDS)
    against = _why_not_judged(every, required, missing, course)
    verdict = (
        Verdict.NOT_JUDGED
        if course.refusal
        else Verdict.NOT_READY
        if broken
        else Verdict.NOT_JUDGED
        if against
        else Verdict.READY
    )
    out_of_scope = tuple(
        _left_out(name, *counts) for name, counts in sorted(course.left_out.items())
    )
    return Declaration(
        verdict,
        course.scope,
        _sentence(verdict, len(broken), len(every), against, out_of_scope, course),
        broken,
        unjudged,
        missing,
        dict(Counter(item.outcome for item in every)),
        groups,
        reasons=tuple(f"{item.group}: {item.scenario}" for item in broken),
        not_judged=(
            *against,
            *(
                f"{item.group}: {item.scenario} ({_UNJUDGED_WORDS[item.outcome]})"
                for item in unjudged
            ),
        ),
        out_of_scope=out_of_scope,
    )


def verdict_of_tables(results: Sequence[TableResult]) -> Verdict:
    """READY when every table is equal; no table at all is NOT JUDGED."""
    meaning = {Status.EQUAL: Verdict.READY, Status.DIVERGENT: Verdict.NOT_READY}
    return worst(meaning.get(result.status, Verdict.NOT_JUDGED) for result in results)


def verdict_of_findings(findings: Sequence[Finding], unjudged: Sequence[object] = ()) -> Verdict:
    """Any finding of a check is NOT READY; without one, a check that could not be judged is NOT
    JUDGED.
    """
    return Verdict.NOT_READY if findings else Verdict.NOT_JUDGED if unjudged else Verdict.READY


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of several verdicts; nothing at all is NOT JUDGED."""
    return max(verdicts, key=_RANK.index, default=Verdict.NOT_JUDGED)


# ------------------------------------------------------------------ grounds


_UNJUDGED_WORDS = {"error": "could not be judged", "skipped": "was skipped"}


def _group(outcomes: Iterable[Outcome]) -> Verdict:
    """A group without an outcome was not judged: worst() of nothing."""
    meaning = {"passed": Verdict.READY, "failed": Verdict.NOT_READY}
    return worst(meaning.get(item.outcome, Verdict.NOT_JUDGED) for item in outcomes)


def _why_not_judged(
    every: Sequence[Outcome], required: Sequence[str], missing: Sequence[str], course: Course
) -> tuple[str, ...]:
    """What keeps the scope from being judged, the cause before its effects; empty when nothing
    does.
    """
    if course.refusal:
        return (course.refusal,)
    if course.fault or course.interrupted:
        judged = sum(item.outcome not in _UNJUDGED_WORDS for item in every)
        interrupted = f"{course.interrupted} after {judged} of {course.selected} guarantees"
        lines = [course.fault or "", interrupted if course.interrupted else ""]
        return tuple(line for line in lines if line)
    if not every:
        return ("no guarantee was selected",) if not course.selected else ("no guarantee was run",)
    lines = []
    unjudged = sum(item.outcome in _UNJUDGED_WORDS for item in every)
    if unjudged:
        lines.append(f"{unjudged} of {len(every)} guarantees could not be judged")
    if len(every) < course.selected:
        lines.append(f"only {len(every)} of the {course.selected} chosen guarantees were run")
    lines += [f"{name}: no scenario of this group was run" for name in missing]
    if not required and course.scope is not Scope.PARTIAL:
        lines.append("no group of guarantees was required")
    return tuple(lines)


def _left_out(group: str, left_out: int, there_are: int) -> str:
    return group if left_out == there_are else f"{group} ({left_out} of {there_are})"


def _sentence(
    verdict: Verdict,
    broken: int,
    run: int,
    against: Sequence[str],
    out_of_scope: Sequence[str],
    course: Course,
) -> str:
    if verdict is Verdict.NOT_READY:
        told = f"{broken} of {run} guarantees are broken"
        return f"{told}; and not fully judged: {'; '.join(against)}" if against else told
    if verdict is Verdict.NOT_JUDGED:
        return "; ".join(against)
    if course.scope is Scope.PARTIAL:
        return f"partial: {run} of {course.there_are} guarantees were run; those hold"
    if course.scope is Scope.READING:
        return (
            f"reading only: {run} guarantees hold; not judged in this scope: "
            f"{', '.join(out_of_scope)}"
        )
    return f"all {run} guarantees hold"
