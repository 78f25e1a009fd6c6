"""One attempt to apply a group: where it goes, and what it has done so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from lab.dms.databases.target import Target
from lab.dms.directory.state import Deltas
from lab.dms.ground.changes import COUNTER
from lab.dms.transform.plan import TablePlan
from lab.dms.transform.tables import TableName


@dataclass
class Applied:
    """What one group did to the target, valid once the target has committed."""

    counts: Deltas = field(default_factory=Counter)
    suspended: dict[TableName, str] = field(default_factory=dict)

    def count(self, plan: TablePlan, operation: str, number: int = 1) -> None:
        """``number`` changes of a source table are applied."""
        self.counts[*plan.source_name, f"applied_{COUNTER[operation]}"] += number


@dataclass(frozen=True)
class Attempt:
    """``keep_alive`` is called between pieces of work. An attempt that fails is rolled back as a
    whole, and what is ``done`` is forgotten with it.
    """

    target: Target
    keep_alive: Callable[[], None]
    done: Applied = field(default_factory=Applied)
