"""The faults there are: each is declared beside the function that makes it happen, at one point of
the pipeline.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lab.dms.faults.options import SCOPE, Option
from lab.dms.faults.surroundings import Surroundings

# the points of the pipeline, and what the function a fault makes is asked there
#: (value, type name of the source column) -> value; never with None
VALUE = "value of a row"
#: (Change, row of DMS values by source column, SourceTable) -> row
ROW = "row"
#: Change -> the changes in its place
CHANGE = "change"
#: Transaction -> the transactions in its place
TRANSACTION = "transaction"
#: (Transaction) -> the transactions, each committed on its own, in its place
COMMIT = "commit"
#: Operation -> the operations in its place
OPERATION = "operation"
#: (captured, applied) counters of a group -> both as they are noted
STATISTICS = "statistics"
#: position behind the last applied transaction -> the one the slot is told
POSITION = "position"
#: (the task around, its slot), before a task goes on
RESUME = "resume"
#: the same, behind the making of the slot at which a task begins anew
RESTART = "restart"
#: the same, before the stream of a slot is opened
OPENING = "opening"
#: (severity, message) -> whether the line is kept back
LOG = "log"
#: source table -> whether the row of awsdms_apply_exceptions is kept back
EXCEPTION = "exceptions"
#: a Stranger: somebody else's session on the target
STRANGER = "another session"
#: nothing is asked: the task looks whether the fault is on
TASK = "task"

PER_CHANGE = ("table", "every", "probability", "seed")
PER_VALUE = ("table", "column", "every", "probability", "seed")


@dataclass(frozen=True)
class Given:
    """What a fault that is on works with: its options (defaults filled in)
    and the task around it.
    """

    options: Mapping[str, Any]
    around: Surroundings

    def __getitem__(self, name: str) -> Any:
        return self.options[name]


@dataclass(frozen=True)
class Fault:
    """``defects`` are numbers of DEFECTS, ``says`` what a user would see, ``make`` gives what is
    asked at ``point``.
    """

    name: str
    point: str
    defects: tuple[int, ...]
    says: str
    options: Mapping[str, Option]
    make: Callable[[Given], Any] = field(repr=False)

    def filled(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The given options and the defaults of the others."""
        return {name: option.default for name, option in self.options.items()} | dict(given)

    @property
    def shown_options(self) -> str:
        """The options with their defaults, as they are typed; empty for none."""
        return ", ".join(option.shown(name) for name, option in self.options.items())


FAULTS: dict[str, Fault] = {}


def fault(
    point: str,
    name: str,
    defects: tuple[int, ...],
    says: str,
    scope: tuple[str, ...] = (),
    /,
    **own: Option,
) -> Callable[[Callable[[Given], Any]], Callable[[Given], Any]]:
    """Declare a fault; the decorated function makes what is asked at ``point``."""

    def declare(make: Callable[[Given], Any]) -> Callable[[Given], Any]:
        FAULTS[name] = Fault(
            name, point, defects, says, {item: SCOPE[item] for item in scope} | own, make
        )
        return make

    return declare
