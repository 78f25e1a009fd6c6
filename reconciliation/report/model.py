"""What a report says, as frozen values. Rendering adds nothing to it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from reconciliation.endings import SUBJECTS, Ending, ending
from reconciliation.model import (
    AcceptedDifference,
    Contract,
    Finding,
    Key,
    Refusal,
    Status,
    TableResult,
)
from reconciliation.replication import TaskFacts
from reconciliation.verdict import Matrix, Outcome, Scope, Verdict


@dataclass(frozen=True)
class Lag:
    """One measured lag: seconds from a commit in PostgreSQL to its sight in Oracle; ``arrived``
    False: not seen. ``probe``: of a row that was sent to measure it, not of a wait.
    """

    at: dt.datetime
    seconds: float
    what: str
    arrived: bool = True
    probe: bool = False


@dataclass(frozen=True)
class Meanwhile:
    """``rows`` that others have written to the mapped tables in ``seconds`` of a run, by
    PostgreSQL's own counters.
    """

    rows: int
    seconds: float

    @property
    def per_second(self) -> float:
        return self.rows / self.seconds if self.seconds > 0 else 0.0


@dataclass(frozen=True)
class AcceptedEntry:
    """An accepted difference and how often it occurred; None when this run could not have met it.

    ``looked_for``: the run has made rows that hold it. The rows there are need not hold what was
    accepted of others.
    """

    difference: AcceptedDifference
    occurred: int | None
    expired: bool
    looked_for: bool = False

    @property
    def words(self) -> str:
        if self._tidying:
            return "; ".join(self._tidying)
        if self.occurred is None:
            return "not looked for in this run"
        return (
            f"occurred {self.occurred} times"
            if self.occurred
            else "did not occur in the rows there are"
        )

    @property
    def untidy(self) -> bool:
        """Whether somebody has to do something about the entry; the verdict is not about that."""
        return bool(self._tidying)

    @property
    def _tidying(self) -> list[str]:
        found = ["expired: its date has passed"] if self.expired else []
        if self.difference.vanished:
            found.append(
                f"names {', '.join(self.difference.vanished)}, which the contract does not compare"
            )
        if self.occurred == 0 and self.looked_for and self.difference.columns:
            found.append("did not occur: is it still needed?")
        return found


@dataclass(frozen=True)
class RefusedValue:
    """A value the legacy schema cannot hold. ``seen``: the refusal was visible in the replication's
    exceptions.
    """

    table: str
    key: Key
    refusal: Refusal
    seen: bool


@dataclass(frozen=True)
class Unjudged:
    """A check that could not be judged, or not altogether: what it is about,
    and why in one line.
    """

    subject: str
    reason: str

    @property
    def words(self) -> str:
        return f"{self.subject} could not be judged: {self.reason}"


@dataclass(frozen=True)
class PastTable:
    """One table in an earlier run; ``rows_per_second`` None: nothing was compared."""

    status: Status
    differing: int
    missing: int
    extra: int
    rows_per_second: float | None

    @property
    def wrong(self) -> int:
        return self.differing + self.missing + self.extra


@dataclass(frozen=True)
class PastRun:
    """One run of the same environment, this one included; ``lag_p95`` in seconds, None when no lag
    was measured.
    """

    run_id: str
    time: dt.datetime
    verdict: str
    lag_p95: float | None
    tables: Mapping[str, PastTable]


@dataclass(frozen=True)
class RunReport:
    """One run. Times are aware; ``versions`` names what answered; ``notes`` are preflight lines and
    the like.

    ``subject`` is a key of SUBJECTS: only a run of guarantees may say READY. ``reasons`` are what
    makes it NOT READY, ``not_judged`` what the scope covers and nothing can be said about,
    ``out_of_scope`` what it does not cover. ``matrix`` is how each guarantee came out for each
    mapped table, ``excuses`` what need not be judged, why, who says so and until when.
    """

    run_id: str
    environment: str
    title: str
    started: dt.datetime
    finished: dt.datetime
    verdict: Verdict
    scope: Scope = Scope.FULL
    subject: str = "guarantees"
    reasons: tuple[str, ...] = ()
    not_judged: tuple[str, ...] = ()
    out_of_scope: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    outcomes: tuple[Outcome, ...] = ()
    groups: Mapping[str, Verdict] = field(default_factory=dict)
    matrix: Matrix = field(default_factory=Matrix)
    excuses: tuple[str, ...] = ()
    tables: tuple[TableResult, ...] = ()
    findings: tuple[Finding, ...] = ()
    unjudged: tuple[Unjudged, ...] = ()
    accepted: tuple[AcceptedEntry, ...] = ()
    lags: tuple[Lag, ...] = ()
    agreed_lag_seconds: float | None = None
    meanwhile: Meanwhile | None = None
    refused: tuple[RefusedValue, ...] = ()
    task: TaskFacts | None = None
    notes: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()  # source columns whose values are never shown
    interrupted: bool = False  # Ctrl-C or SIGTERM ended it before everything was judged
    seed: str | None = None  # what repeats the generated values
    history: tuple[PastRun, ...] = ()  # the last runs of this environment, the oldest first
    history_note: str | None = None  # what kept the history from being complete

    @property
    def untidy(self) -> tuple[AcceptedEntry, ...]:
        """Accepted differences somebody has to renew, mend or remove."""
        return tuple(entry for entry in self.accepted if entry.untidy)

    @property
    def question(self) -> str:
        return SUBJECTS[self.subject].questions[self.scope]

    @property
    def ending(self) -> Ending:
        """Words, colour and exit code of the verdict."""
        return ending(self.verdict, self.scope, self.subject, interrupted=self.interrupted)

    @property
    def headline(self) -> str:
        """The verdict in the words of subject and scope."""
        return self.ending.headline

    @property
    def good_news(self) -> str:
        """The sentence for a run without anything against it."""
        return SUBJECTS[self.subject].good_news[self.scope]

    @property
    def seconds(self) -> float:
        return (self.finished - self.started).total_seconds()

    @property
    def counts(self) -> Mapping[str, int]:
        """Scenarios by outcome."""
        return Counter(item.outcome for item in self.outcomes)


def accepted_entries(
    contract: Contract,
    today: dt.date,
    occurrences: Mapping[str, Mapping[str, int]],
    judged_rules: Iterable[str] = (),
    judged_tables: Iterable[str] = (),
) -> tuple[AcceptedEntry, ...]:
    """Every accepted difference of the contract with how often it occurred.

    ``occurrences`` is, by table, what comparisons counted ("column: rule" -> values). A rule of
    ``judged_rules``, of which the run has made rows, and any rule of a table in ``judged_tables``,
    all rows of which were compared, that did not occur has 0 occurrences; any other one None: the
    run did not look for it.
    """
    judged, compared = set(judged_rules), set(judged_tables)
    entries = []
    for table in contract.tables:
        counted = occurrences.get(table.source, {})
        for difference in table.accepted:
            names = {f"{column}: {difference.rule}" for column in difference.columns}
            found = sum(count for name, count in counted.items() if name in names)
            looked = found or (0 if difference.rule in judged or table.source in compared else None)
            entries.append(
                AcceptedEntry(
                    difference, looked, difference.expires < today, difference.rule in judged
                )
            )
    return tuple(entries)


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that ``share`` of the values do not exceed; values must not be empty."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-int(share * 100) * len(ordered) // 100) - 1))]
