"""Tables of the fake target, and the statements DDL of the source is replayed with."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from lab.dms.databases.target import TargetError
from lab.dms.ground.catalogue import TargetColumn, TargetTable

_TABLE = re.compile(r'(DROP|ALTER) TABLE "([^"]+)"\."([^"]+)" ?(.*)$')


@dataclass
class FakeTable:
    description: TargetTable
    rows: list[dict[str, Any]] = field(default_factory=list)


def alter(tables: dict[tuple[str, str], FakeTable], sql: str) -> None:
    """Execute a DROP TABLE or one of the changes of ALTER TABLE that DMS
    makes; raises TargetError.
    """
    verb, schema, name, change = _TABLE.match(sql).groups()
    if (schema, name) not in tables:
        raise TargetError(942, "ORA-00942: table or view does not exist")
    if verb == "DROP":
        del tables[schema, name]
        return
    if renamed := re.fullmatch(r'RENAME TO "([^"]+)"', change):
        table = tables.pop((schema, name))
        table.description = replace(table.description, name=renamed[1])
        tables[schema, renamed[1]] = table
        return
    for pattern, action in _CHANGES.items():
        if match := re.fullmatch(pattern, change):
            action(tables[schema, name], *match.groups())
            return
    raise AssertionError(f"a statement DMS does not make: {sql}")


def _add(table: FakeTable, name: str, kind: str) -> None:
    column = TargetColumn(name, kind.partition("(")[0], 4000)
    table.description = replace(table.description, columns=(*table.description.columns, column))
    for row in table.rows:
        row[name] = None


def _drop(table: FakeTable, name: str) -> None:
    kept = tuple(column for column in table.description.columns if column.name != name)
    table.description = replace(table.description, columns=kept)
    for row in table.rows:
        del row[name]


def _rename(table: FakeTable, old: str, new: str) -> None:
    columns = (
        replace(item, name=new) if item.name == old else item for item in table.description.columns
    )
    table.description = replace(table.description, columns=tuple(columns))
    for row in table.rows:
        row[new] = row.pop(old)


def _modify(table: FakeTable, name: str, kind: str) -> None:
    columns = table.description.columns
    changed = (
        replace(item, data_type=kind.partition("(")[0]) if item.name == name else item
        for item in columns
    )
    table.description = replace(table.description, columns=tuple(changed))


_CHANGES: dict[str, Callable[..., None]] = {
    r'ADD \("([^"]+)" (.+)\)': _add,
    r'DROP COLUMN "([^"]+)"': _drop,
    r'RENAME COLUMN "([^"]+)" TO "([^"]+)"': _rename,
    r'MODIFY \("([^"]+)" (.+)\)': _modify,
}
