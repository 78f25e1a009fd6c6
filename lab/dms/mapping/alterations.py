"""What a resumed task makes of rules that were changed since it was last started afresh.

Rules that alter the target's columns take effect with a restart only; on resume the altered columns
may lose data (AWS DMS user guide, transformation rules, "rule-action").
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace

from lab.dms.mapping.columns import MappedColumn
from lab.dms.mapping.resolve import MappedTable

#: source schema, table and column -> the column on the target, None for one that had none
Names = Mapping[tuple[str, str], Mapping[str, str | None]]


def write_names(tables: Iterable[MappedTable]) -> str:
    """Where each column of the source goes, as text for the state of the task."""
    return json.dumps([[table.source.schema, table.source.name, _names(table)] for table in tables])


def read_names(text: str | None) -> Names:
    """What ``write_names`` wrote; nothing for a task that never wrote any."""
    return {(schema, name): columns for schema, name, columns in json.loads(text or "[]")}


def without_altered(table: MappedTable, names: Names) -> MappedTable:
    """The table without the columns that went elsewhere before; columns the source did not have
    stay.
    """
    before = names.get((table.source.schema, table.source.name), {})

    def is_altered(column: MappedColumn) -> bool:
        source = column.source
        if source is None or column.before_image or source.name not in before:
            return False
        return before[source.name] != column.target

    return replace(
        table, columns=tuple(column for column in table.columns if not is_altered(column))
    )


def _names(table: MappedTable) -> dict[str, str | None]:
    targets = {
        c.source.name: c.target
        for c in table.columns
        if c.source is not None and not c.before_image
    }
    return {column.name: targets.get(column.name) for column in table.source.columns}
