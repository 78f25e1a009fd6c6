"""The table: a fault of the surroundings, and what both doors have to say of it.

A case is a generator: it spoils something, yields how the run is to be called, and mends what a
network does not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

from tests.outages.stage import DOORS, Outcome, Stage

#: seconds of an outage that outlasts every run
LONG = 600.0
#: the other door speaks of tables: EQUAL
READY, NOT_READY, NOT_JUDGED = "READY", "NOT READY", "NOT JUDGED"
GOOD = (READY, "EQUAL")


@dataclass(frozen=True)
class Call:
    """How a run is called: more arguments, more variables, a command before it, without the reports
    of earlier runs.

    ``limits`` are for what lasts: a run that is to be READY takes its time on a machine that is
    busy, and has the limits that everybody has.
    """

    more: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = ()
    fresh: bool = True


#: for an outage or a silence that lasts longer than the run: it need not be waited for in earnest
HASTY = Call(limits=("--patience", "6", "--answer-timeout", "10"))


@dataclass(frozen=True)
class Expected:
    """``verdicts`` are those that are not wrong; the output holds the patterns ``says`` and has at
    most ``lines``.

    A verdict of None is no verdict file at all.
    """

    codes: tuple[int, ...]
    verdicts: tuple[str | None, ...]
    says: tuple[str, ...] = ()
    lines: int = 80


def ready(*says: str) -> Expected:
    return Expected((0,), GOOD, says)


def not_judged(*says: str) -> Expected:
    """Environment: one cause, exit 2. Whether a file says so depends on how far the run came."""
    return Expected((2,), (NOT_JUDGED, None), says)


@dataclass(frozen=True)
class Case:
    name: str
    plant: Callable[[Stage, str], AbstractContextManager[Call]]
    expected: Mapping[str, Expected]
    breaks_the_lab: bool = False

    def play(self, stage: Stage, door: str) -> Outcome:
        """One run through ``door`` while the fault is there; the stage is
        whole again afterwards.
        """
        try:
            with stage.healed(), self.plant(stage, door) as call:
                return stage.run(
                    door,
                    *call.limits,
                    *call.more,
                    environ=call.environ,
                    command=call.command,
                    fresh=call.fresh,
                )
        finally:
            if self.breaks_the_lab:
                stage.renew()

    def row(self, door: str, outcome: Outcome) -> str:
        """The outcome as a line of the table: fault, door, verdict, exit code, seconds, lines, what
        is wrong.
        """
        seconds, wrong = f"{outcome.seconds:.1f}", "; ".join(self.wrong(door, outcome))
        seen = (
            self.name,
            door,
            outcome.verdict or "-",
            outcome.code,
            seconds,
            outcome.lines,
            wrong,
        )
        return "| " + " | ".join(map(str, seen)) + " |"

    def wrong(self, door: str, outcome: Outcome) -> list[str]:
        """What is wrong about an outcome, in words; nothing when it is as expected."""
        wanted = self.expected[door]
        found = []
        if outcome.code not in wanted.codes:
            found.append(f"exit code {outcome.code}, not {wanted.codes}")
        if outcome.verdict not in wanted.verdicts:
            found.append(f"verdict {outcome.verdict}, not {wanted.verdicts}")
        found += [
            f"does not say {pattern!r}"
            for pattern in wanted.says
            if not re.search(pattern, outcome.output)
        ]
        if "Traceback (most recent call last)" in outcome.output:
            found.append("a traceback on the terminal")
        if outcome.lines > wanted.lines:
            found.append(f"{outcome.lines} lines, more than {wanted.lines}")
        return found


TABLE: dict[str, list[Case]] = {}

Plant = Callable[[Stage, str], Iterator[Call]]


def case(
    part: str,
    name: str,
    features: Expected,
    command: Expected | None = None,
    breaks_the_lab: bool = False,
) -> Callable[[Plant], Plant]:
    """Enters a fault into a part of the table; ``command`` is what the other door says where that
    differs.
    """

    def enter(plant: Plant) -> Plant:
        expected = dict(zip(DOORS, (features, command or features), strict=True))
        TABLE.setdefault(part, []).append(
            Case(name, contextmanager(plant), expected, breaks_the_lab)
        )
        return plant

    return enter
