"""One value here, one value there, and what must be said of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Case:
    """``source`` is PostgreSQL's text of a value, ``target`` what is bound for Oracle; None is
    NULL.

    ``reduced``: the comparison leaves something of this value out. ``step``: source and target are
    neighbours, they differ by as little as the types can tell.
    """

    source: str | None
    target: Any
    equal: bool
    reduced: bool = False
    step: bool = False


def eq(source: str, target: Any, *, reduced: bool = False) -> Case:
    """Must be equal."""
    return Case(source, target, True, reduced)


def ne(source: str, target: Any, *, reduced: bool = False) -> Case:
    """Must differ; ``reduced`` where PostgreSQL's value alone decides that
    something is left out.
    """
    return Case(source, target, False, reduced)


def step(source: str, target: Any, *, reduced: bool = False) -> Case:
    """Must differ, by the smallest step."""
    return Case(source, target, False, reduced, step=True)


#: NULL is NULL and nothing else
NULLS = (Case(None, None, True),)


@dataclass(frozen=True)
class Column:
    """One pair: PostgreSQL's column type, Oracle's, the conversion, and the cases (NULL on both
    sides is added).
    """

    source: str
    target: str
    cases: tuple[Case, ...]
    conversion: str | None = None

    @property
    def all_cases(self) -> tuple[Case, ...]:
        """The cases, then NULL against NULL and against the first value of either side."""
        first = next(case for case in self.cases if case.equal and case.target is not None)
        return (
            *self.cases,
            *NULLS,
            Case(first.source, None, False, first.reduced and self.counts_alone),
            Case(None, first.target, False),
        )

    @property
    def counts_alone(self) -> bool:
        """Whether the conversion's losses show in PostgreSQL's value alone."""
        name = (self.conversion or "").split(":")[0]
        return (
            name.startswith("epoch_")
            or name in ("whole_seconds", "wall_clock")
            or self.source == "interval"
        )

    def __str__(self) -> str:
        return f"{self.source} -> {self.target}" + (
            f" by {self.conversion}" if self.conversion else ""
        )


def columns(
    source: str, targets: Sequence[str], cases: Sequence[Case], conversion: str | None = None
) -> list[Column]:
    """The same cases for several target types."""
    return [Column(source, target, tuple(cases), conversion) for target in targets]
