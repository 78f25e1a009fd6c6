"""An applier between one table described by a test and any target."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lab.dms.apply.applier import Applier
from lab.dms.apply.attempt import Applied
from lab.dms.apply.control_tables import ControlTables
from lab.dms.apply.policies import policies_of
from lab.dms.databases.target import Target
from lab.dms.faults import FaultBoard
from lab.dms.ground.catalogue import SourceTable
from lab.dms.ground.changes import Change, Transaction
from lab.dms.ground.logs import TaskLog
from lab.dms.transform.lookup import Lookup
from lab.dms.transform.tables import Tables
from tests.dms.worlds import spec

Query = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]


def upper_case(*more: dict[str, Any], schema: str = "app") -> dict[str, Any]:
    """A mapping that selects a schema and writes all names in upper case."""
    rules: list[dict[str, Any]] = [
        {
            "rule-type": "selection",
            "rule-action": "include",
            "object-locator": {"schema-name": schema, "table-name": "%"},
        }
    ]
    for target in ("schema", "table", "column"):
        locator = {"schema-name": schema, "table-name": "%", "column-name": "%"}
        names = ("schema-name", "table-name", "column-name")[
            : ("schema", "table", "column").index(target) + 1
        ]
        rules.append(
            {
                "rule-type": "transformation",
                "rule-action": "convert-uppercase",
                "rule-target": target,
                "object-locator": {name: locator[name] for name in names},
            }
        )
    numbered = [*rules, *more]
    return {
        "rules": [
            {"rule-id": str(n), "rule-name": str(n)} | rule for n, rule in enumerate(numbered, 1)
        ]
    }


class TableWorld:
    """``sources`` is what the source's catalogue has now; tests may replace it."""

    def __init__(
        self,
        directory: Path,
        target: Target,
        /,
        *sources: SourceTable,
        query: Query | None = None,
        **entries: Any,
    ) -> None:
        self.spec = spec(**{"table_mappings": upper_case()} | entries)
        self.sources = sources
        self.target = target
        self.written = io.StringIO()
        self.log = TaskLog(stream=self.written)
        self.tables = Tables(self.spec, lambda: self.sources, self.log)
        self.tables.load(target)
        self.control = ControlTables(
            self.spec.settings.control_schema or "APP",
            self.spec.resource_id,
            self.spec.settings.control,
        )
        self.control.create_missing(target)
        self.faults = FaultBoard(directory / "dms" / "faults.json")
        self.applier = Applier(
            self.tables,
            self.control,
            policies_of(self.spec),
            self.spec.switches,
            self.faults,
            self.log,
            self.spec.settings,
            Lookup(query) if query else None,
        )
        self._lsn = 0

    def apply(self, *changes: Change, **more: Any) -> Applied:
        """One transaction, committed."""
        return self.apply_all([changes], **more)

    def apply_all(self, transactions: Sequence[Sequence[Change]], **more: Any) -> Applied:
        """Several transactions of the source in one of the target."""
        group = []
        for changes in transactions:
            self._lsn += 100
            group.append(
                Transaction(self._lsn, self._lsn, "2026-11-21 12:00:00+00", tuple(changes), **more)
            )
        done = self.applier.apply(self.target, group, lambda: None)
        self.target.commit()
        self.applier.suspended.update(done.suspended)
        return done

    @property
    def log_lines(self) -> list[str]:
        return self.written.getvalue().splitlines()


def inserted(table: str, **values: Any) -> Change:
    return Change("I", "app", table, values)


def updated(table: str, **values: Any) -> Change:
    return Change("U", "app", table, values)


def deleted(table: str, **key: Any) -> Change:
    return Change("D", "app", table, {}, key)
