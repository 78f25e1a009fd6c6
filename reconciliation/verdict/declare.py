"""The verdict of a run: a pure function of what was judged, and of how the run went. The worst of
all counts.

Two fields, always together: the verdict, and the scope it is about. How both are told, and with
which exit code a command ends, stands in ``reconciliation.endings``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from reconciliation.model import Finding, Status, TableResult
from reconciliation.verdict.excuses import (
    counted,
    coverage_lines,
    excused_in_words,
    excused_words,
    named,
)
from reconciliation.verdict.matrix import Matrix, matrix_of, settled
from reconciliation.verdict.model import Course, Judged, Outcome, Scope, Verdict

#: from best to worst: a broken guarantee outweighs one that could not be judged
_RANK = (Verdict.READY, Verdict.NOT_JUDGED, Verdict.NOT_READY)


@dataclass(frozen=True)
class Declaration:
    """The verdict with its grounds.

    ``reason`` is the one sentence that goes with it. ``reasons`` are the broken guarantees,
    ``not_judged`` whatever the scope covers and nothing can be said about, ``out_of_scope`` what it
    does not cover: a sentence each. ``matrix`` says it table by table, ``excuses`` are those in
    force, with owner and last day.
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
    matrix: Matrix = field(default_factory=Matrix)
    excuses: tuple[str, ...] = ()

    @property
    def may_be_declared(self) -> bool:
        """Whether this run allows the declaration: everything there is was judged, and holds."""
        return self.verdict is Verdict.READY and self.scope is Scope.FULL


def declare(
    outcomes: Iterable[Outcome], required_groups: Sequence[str], course: Course | None = None
) -> Declaration:
    """READY only when everything the scope covers was judged and holds, for every mapped table or
    with an excuse beside it.

    NOT READY when anything is broken, whatever became of the run afterwards. NOT JUDGED for
    everything else: nothing run, something missing, a table nobody looked at, a call that cannot be
    meant. ``required_groups`` are those the scope covers. A full run that has changed no mapped
    table has only read.
    """
    course = course or Course()
    every = tuple(settled(item, course.coverage) for item in outcomes)
    matrix = matrix_of(every, course.coverage) if course.coverage is not None else Matrix()
    scope = _scope(matrix, course)
    required = _required(required_groups, course)
    broken = tuple(item for item in every if item.outcome == "failed")
    unjudged = tuple(item for item in every if item.outcome in _UNJUDGED_WORDS)
    missing = tuple(
        name for name in dict.fromkeys(required) if not any(item.group == name for item in every)
    )
    against = _why_not_judged(every, required, missing, course, matrix)
    verdict = _verdict(bool(broken), bool(against), course)
    out_of_scope = (
        *(_left_out(name, *counts) for name, counts in sorted(course.left_out.items())),
        *(f"{item.name} ({item.message})" for item in every if _is_idle(item)),
    )
    return Declaration(
        verdict,
        scope,
        _sentence(verdict, scope, every, against, out_of_scope, course, matrix),
        broken,
        unjudged,
        missing,
        dict(Counter(item.outcome for item in every)),
        _groups(every, required),
        reasons=tuple(map(_reason, broken)),
        not_judged=(
            *against,
            *map(_not_judged, unjudged),
        ),
        out_of_scope=out_of_scope,
        matrix=matrix,
        excuses=excused_words(course.coverage) if course.coverage is not None else (),
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


def _verdict(broken: bool, against: bool, course: Course) -> Verdict:
    if course.refusal:
        return Verdict.NOT_JUDGED
    if broken:
        return Verdict.NOT_READY
    return Verdict.NOT_JUDGED if against else Verdict.READY


def _scope(matrix: Matrix, course: Course) -> Scope:
    """What was set out for, or less: where no mapped table was changed nothing but reading is
    left.
    """
    if course.scope is not Scope.FULL or course.coverage is None or course.ended:
        return course.scope
    return Scope.FULL if any(row.exercised for row in matrix.rows) else Scope.READING


def _required(groups: Sequence[str], course: Course) -> tuple[str, ...]:
    """The groups a scenario has to be run of: in a chosen part none, and none that is excused."""
    if course.scope is Scope.PARTIAL:
        return ()
    excused = course.coverage.groups_in_force if course.coverage is not None else ()
    return tuple(name for name in groups if not any(one.covers(name) for one in excused))


def _groups(every: Sequence[Outcome], required: Sequence[str]) -> Mapping[str, Verdict]:
    return {
        name: _group(item for item in every if item.group == name)
        for name in dict.fromkeys([*required, *(item.group for item in every)])
    }


def _group(outcomes: Iterable[Outcome]) -> Verdict:
    """A group without an outcome was not judged: worst() of nothing."""
    meaning = {
        "passed": Verdict.READY,
        "not concerned": Verdict.READY,
        "failed": Verdict.NOT_READY,
    }
    return worst(meaning.get(item.outcome, Verdict.NOT_JUDGED) for item in outcomes)


def _why_not_judged(
    every: Sequence[Outcome],
    required: Sequence[str],
    missing: Sequence[str],
    course: Course,
    matrix: Matrix,
) -> tuple[str, ...]:
    """What keeps the scope from being judged, the cause before its effects; empty when nothing
    does.
    """
    if course.refusal:
        return (course.refusal,)
    if course.ended:
        judged = sum(item.outcome not in _UNJUDGED_WORDS for item in every)
        interrupted = f"{course.interrupted} after {judged} of {course.selected} guarantees"
        lines = [course.fault or "", interrupted if course.interrupted else ""]
        return tuple(line for line in lines if line)
    if not every:
        return ("no guarantee was selected",) if not course.selected else ("no guarantee was run",)
    if all(map(_is_idle, every)):
        return ("there is nothing that a guarantee could be about",)
    lines = []
    unjudged = sum(item.outcome in _UNJUDGED_WORDS for item in every)
    if unjudged:
        lines.append(f"{unjudged} of {len(every)} guarantees could not be judged")
    if len(every) < course.selected:
        lines.append(f"only {len(every)} of the {course.selected} chosen guarantees were run")
    lines += [f"{name}: no scenario of this group was run" for name in missing]
    if not required and course.scope is not Scope.PARTIAL:
        lines.append("no group of guarantees was required")
    if course.coverage is not None:
        lines += coverage_lines(matrix, course.coverage, course.scope)
    return tuple(lines)


def _is_idle(outcome: Outcome) -> bool:
    """Whether there is nothing the guarantee could be about."""
    return outcome.outcome == "not concerned"


def _left_out(group: str, left_out: int, there_are: int) -> str:
    return group if left_out == there_are else f"{group} ({left_out} of {there_are})"


def _reason(broken: Outcome) -> str:
    tables = broken.tables(Judged.BROKEN)
    return f"{broken.name} ({named(tables)})" if tables else broken.name


def _not_judged(one: Outcome) -> str:
    tables = one.tables(Judged.NOT_JUDGED)
    of = f" for {named(tables)}" if tables else ""
    return f"{one.name} ({_UNJUDGED_WORDS[one.outcome]}{of})"


def _sentence(
    verdict: Verdict,
    scope: Scope,
    every: Sequence[Outcome],
    against: Sequence[str],
    out_of_scope: Sequence[str],
    course: Course,
    matrix: Matrix,
) -> str:
    run = sum(not _is_idle(item) for item in every)
    if verdict is Verdict.NOT_READY:
        told = _broken_sentence(every, matrix)
        return f"{told}; and not fully judged: {'; '.join(against)}" if against else told
    if verdict is Verdict.NOT_JUDGED:
        return "; ".join(against)
    if scope is Scope.PARTIAL:
        return f"partial: {run} of {course.there_are} guarantees were run; those hold"
    excused = excused_in_words(course.coverage) if course.coverage is not None else ""
    if course.scope is Scope.READING:
        return (
            f"reading only: {run} guarantees hold; not judged in this scope: "
            f"{', '.join(out_of_scope)}"
        )
    if scope is Scope.READING:
        return f"reading only: {run} guarantees hold; no mapped table was changed{excused}"
    covered = sum(row.exercised and not row.excused for row in matrix.rows)
    tables = f" for {counted(covered, 'table')}" if covered else ""
    return f"all {run} guarantees hold{tables}{excused}"


def _broken_sentence(every: Sequence[Outcome], matrix: Matrix) -> str:
    broken = sum(item.outcome == "failed" for item in every)
    tables = [row.table for row in matrix.rows if row.worst is Judged.BROKEN]
    told = f"{broken} of {len(every)} guarantees are broken"
    if not tables:
        return told
    return f"{told}, in {len(tables)} of {counted(len(matrix.rows), 'table')}: {named(tables)}"
