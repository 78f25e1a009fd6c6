"""The columns that are LOBs to the replication, whatever they are in Oracle.

DMS writes a row without its LOBs and an update with them behind it (AWS DMS user guide, best
practices, "Migrating large binary objects"; premigration assessments, "LOB columns must be
nullable"), and it carries LOBs of tables with a primary key only (Oracle target, limitations).
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciliation.canonical.types import source_label
from reconciliation.mapping.model import ResolvedColumn, ResolvedTable
from reconciliation.model import CatalogueTable, Finding

#: types of PostgreSQL that DMS makes NCLOB, CLOB or BLOB of (AWS DMS user guide, "Source data
#: types for PostgreSQL")
_LOBS = frozenset(
    {
        *("text", "citext", "json", "jsonb", "array", "composite", "hstore"),
        *("xml", "tsvector", "tsquery", "path", "polygon", "bytea"),
    }
)
_LOB_DATA_TYPES = ("blob", "clob", "nclob")


def lob_columns(table: ResolvedTable, source: CatalogueTable) -> tuple[ResolvedColumn, ...]:
    """The replicated columns that are written behind their row."""
    return tuple(one for one in table.columns if _is_lob(one, source))


def _is_lob(column: ResolvedColumn, source: CatalogueTable) -> bool:
    if column.source is None or column.target is None:
        return False
    if column.data_type is not None:
        return column.data_type.name in _LOB_DATA_TYPES
    return source_label(source.columns[column.source].type) in _LOBS


def unwritable_lobs(
    table: ResolvedTable, source: CatalogueTable, target: CatalogueTable
) -> Iterator[Finding]:
    """Every LOB that cannot be written behind its row."""
    for column in lob_columns(table, source):
        kept = target.columns.get(column.target or "")
        if kept is None:
            continue
        name = f"{table.source}.{column.source}"
        kind = source.columns[column.source or ""].type
        if not source.primary_key:
            why = (
                "and the replication carries LOBs of tables with a primary key only; add one, or "
                "leave the column out of the mapping"
            )
        elif not kept.nullable:
            why = (
                f"which is written behind its row: {kept.name} NOT NULL refuses every new row with "
                "ORA-01400; let it be NULL in Oracle"
            )
        else:
            continue
        yield Finding(
            "lob_not_written",
            f"{name} ({kind}) is a LOB to the replication, {why}",
            table.source,
            column.source,
            column.rule_ids,
        )
