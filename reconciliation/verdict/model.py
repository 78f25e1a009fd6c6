"""The words of a verdict: what came out of each guarantee, what was to be covered, and the
declaration.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from reconciliation.model import Excuse

OUTCOMES = ("passed", "failed", "error", "skipped", "not concerned")


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

    def told_of(self, table: str) -> str:
        """The words behind the table's name, which stands there once: many begin with it."""
        return f"{table}: {self.words.removeprefix(f'{table}: ')}"


@dataclass(frozen=True)
class Outcome:
    """How one guarantee came out. ``outcome`` is passed, failed (broken), error (could not be
    judged), skipped, or not concerned: there is nothing it could be about, as ``message`` says.

    ``nodeid`` is what repeats it; ``seconds`` is what it took. ``cells`` are, by source name, the
    mapped tables it was asked of; a guarantee that is not about rows of tables has none.
    ``mutating``: it changes rows. ``every``: it speaks of every mapped table, so one without a cell
    was overlooked.
    """

    group: str
    feature: str
    scenario: str
    outcome: str
    message: str = ""
    seconds: float = 0.0
    nodeid: str = ""
    cells: Mapping[str, Cell] = field(default_factory=dict)
    mutating: bool = False
    every: bool = True

    def __post_init__(self) -> None:
        if self.outcome not in OUTCOMES:
            raise ValueError(
                f"outcome {self.outcome!r} of {self.scenario!r} is none of {', '.join(OUTCOMES)}"
            )

    @property
    def name(self) -> str:
        return f"{self.group}: {self.scenario}"

    def tables(self, judged: Judged) -> tuple[str, ...]:
        """The tables it came out like this for."""
        return tuple(name for name, cell in self.cells.items() if cell.judged is judged)


@dataclass(frozen=True)
class Excused:
    """A table, by its source name, or a group of guarantees, by its folder or the number of it,
    that need not be judged; up to and including ``expires``.
    """

    name: str
    reason: str
    owner: str
    expires: dt.date

    @classmethod
    def of(cls, name: str, excuse: Excuse) -> Excused:
        return cls(name, excuse.reason, excuse.owner, excuse.expires)

    def in_force(self, today: dt.date) -> bool:
        return today <= self.expires

    def covers(self, group: str) -> bool:
        """Whether it is about this group: "06-interruption" or "06"."""
        return group == self.name or group.startswith(f"{self.name}-")

    @property
    def words(self) -> str:
        return f"{self.name} ({self.reason}; {self.owner}, until {self.expires})"


@dataclass(frozen=True)
class Coverage:
    """What is to be covered: the mapped tables by their source names, and what is excused.

    Excuses that are past their date are among them: they excuse nothing, and are told.
    ``excused_groups`` are those by which guarantees were left out.
    """

    tables: tuple[str, ...]
    today: dt.date
    excused_tables: tuple[Excused, ...] = ()
    excused_groups: tuple[Excused, ...] = ()

    def excuse(self, table: str) -> Excused | None:
        """The excuse of a table that is in force."""
        return next(
            (one for one in self.excused_tables if one.name == table and one.in_force(self.today)),
            None,
        )

    def expired(self, table: str) -> Excused | None:
        """The excuse a table had, where it has none any more."""
        if self.excuse(table) is not None:
            return None
        return next((one for one in self.excused_tables if one.name == table), None)

    @property
    def tables_in_force(self) -> tuple[Excused, ...]:
        return tuple(one for one in map(self.excuse, self.tables) if one is not None)

    @property
    def groups_in_force(self) -> tuple[Excused, ...]:
        return tuple(one for one in self.excused_groups if one.in_force(self.today))

    @property
    def past(self) -> tuple[Excused, ...]:
        """The excuses that excuse nothing any more."""
        tables = tuple(one for one in map(self.expired, self.tables) if one is not None)
        return (*tables, *(one for one in self.excused_groups if not one.in_force(self.today)))


@dataclass(frozen=True)
class Course:
    """How a run went, apart from its outcomes.

    ``there_are`` and ``selected`` count guarantees. ``left_out`` are, by group, those the scope
    does not cover and all there are. ``refusal``, ``fault`` and ``interrupted`` are one line each:
    what cannot be meant, what was missing, and by what the run was ended. ``coverage`` is None
    where nothing is known of tables: before anything was opened.
    """

    scope: Scope = Scope.FULL
    there_are: int = 0
    selected: int = 0
    left_out: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    refusal: str | None = None
    fault: str | None = None
    interrupted: str | None = None
    coverage: Coverage | None = None

    @property
    def ended(self) -> bool:
        """Whether something kept it from reaching its end: what is missing then is no surprise."""
        return bool(self.refusal or self.fault or self.interrupted)
