"""Rules of table mappings, and a task's applier that works by them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lab.dms.ground.catalogue import SourceColumn, SourceTable, TargetColumn, TargetTable
from lab.dms.ground.changes import Change
from tests.dms.worlds import World

EMPLOYEES = SourceTable(
    "hr",
    "employees",
    (
        SourceColumn("id", "int8"),
        SourceColumn("name", "varchar", 104),
        SourceColumn("passport", "varchar", 104),
        SourceColumn("salary", "numeric", (10 << 16) + 4 + 2),
        SourceColumn("note", "text"),
    ),
    ("id",),
)
EVERYTHING = {
    "rule-type": "selection",
    "rule-id": 1,
    "object-locator": {"schema-name": "%", "table-name": "%"},
    "rule-action": "include",
}


def rule(
    rule_id: int, target: str, action: str, column: str | None = None, **more: Any
) -> dict[str, Any]:
    """A transformation of everything; ``more`` are further fields, with _ for
    the - of their names.
    """
    locator = {"schema-name": "%", "table-name": "%"} | ({"column-name": column} if column else {})
    fixed = {
        "rule-type": "transformation",
        "rule-id": rule_id,
        "rule-target": target,
        "rule-action": action,
    }
    return (
        fixed
        | {"object-locator": locator}
        | {key.replace("_", "-"): value for key, value in more.items()}
    )


def before_images(**definition: str) -> dict[str, Any]:
    """``definition`` is prefix, suffix and filter, as far as they are given."""
    given = {f"column-{key}": value for key, value in definition.items()}
    return rule(2, "column", "add-before-image-columns", before_image_def=given)


def selection(rule_id: int = 1, action: str = "include", **more: Any) -> dict[str, Any]:
    return EVERYTHING | {"rule-id": rule_id, "rule-action": action, **more}


def filtered(*filters: tuple[str, list[dict[str, Any]]], rule_id: int = 1) -> dict[str, Any]:
    """A selection of everything with filters: column and conditions."""
    return selection(
        rule_id,
        filters=[
            {"filter-type": "source", "column-name": name, "filter-conditions": found}
            for name, found in filters
        ],
    )


def condition(operator: str, *values: Any) -> dict[str, Any]:
    keys = ("start-value", "end-value") if len(values) == 2 else ("value",)
    return {"filter-operator": operator} | dict(zip(keys, values, strict=False))


class Employees(World):
    """Applies changes of ``hr.employees`` by the given rules to ``DMSUSER.employees``, which has
    the columns named.
    """

    def __init__(
        self, directory: Path, *rules: dict[str, Any], columns: dict[str, str], **spec_entries: Any
    ) -> None:
        selects = any(given["rule-type"] == "selection" for given in rules)
        content = {"rules": [*rules, *([] if selects else [EVERYTHING])]}
        super().__init__(directory, table_mappings=content, **spec_entries)
        self.source = EMPLOYEES
        described = tuple(TargetColumn(name, kind, 4000) for name, kind in columns.items())
        self.database.add(TargetTable("DMSUSER", "employees", described, ("id",)))
        self.tables.load(self.target)

    @property
    def rows(self) -> list[dict[str, Any]]:
        return self.database.rows("DMSUSER", "employees")

    @property
    def errors(self) -> list[str]:
        return [row["ERROR"] for row in self.exceptions]


def row(**values: Any) -> dict[str, Any]:
    return {"id": 1, "name": "Ada", "passport": "C6BGJ566669K", "salary": 100, "note": "n"} | values


def insert(**values: Any) -> Change:
    return Change("I", "hr", "employees", row(**values))


def update(*, old: dict[str, Any] | None = None, **values: Any) -> Change:
    return Change("U", "hr", "employees", row(**values), old)


def delete(number: int = 1) -> Change:
    return Change("D", "hr", "employees", {}, dict.fromkeys(row()) | {"id": number})
