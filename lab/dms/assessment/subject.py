"""What an assessment looks at: both databases, the mapped tables and the task's settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from lab.dms.agreed.spec import TaskSpec
from lab.dms.databases.source import Source
from lab.dms.databases.target import Target
from lab.dms.ground.catalogue import SourceColumn, TargetTable
from lab.dms.mapping.resolve import MappedColumn, MappedTable, resolve
from lab.dms.values.types import SourceTraits, dms_type

_KEYS = """
SELECT n.nspname, c.relname, i.indisprimary, array_agg(a.attname)
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey::int2[])
 WHERE i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
 GROUP BY n.nspname, c.relname, i.indexrelid, i.indisprimary
"""


class Unassessable(Exception):  # noqa: N818 - what the check's status says
    """The check does not apply to this task as it is; the text says why."""


@dataclass
class Subject:
    """``document`` is the complete settings document; the databases are asked
    once for each thing.
    """

    spec: TaskSpec
    document: Mapping[str, Mapping[str, Any]]
    source: Source
    target: Target
    _described: dict[tuple[str, str], TargetTable | None] = field(default_factory=dict)

    @cached_property
    def tables(self) -> tuple[MappedTable, ...]:
        return resolve(
            self.spec.mappings, self.source.tables(), self.spec.switches.column_rule_policy
        )

    @cached_property
    def keys(self) -> dict[tuple[str, str], list[tuple[bool, tuple[str, ...]]]]:
        """Unique keys by source table: whether it is the primary one, and its columns."""
        found: dict[tuple[str, str], list[tuple[bool, tuple[str, ...]]]] = {}
        for schema, table, primary, columns in self.source.query(_KEYS):
            found.setdefault((schema, table), []).append((primary, tuple(columns)))
        return found

    def primary_key(self, table: MappedTable) -> tuple[str, ...]:
        return next((columns for primary, columns in self.unique_keys(table) if primary), ())

    def unique_keys(self, table: MappedTable) -> list[tuple[bool, tuple[str, ...]]]:
        return self.keys.get((table.source.schema, table.source.name), [])

    def parameter(self, name: str) -> str:
        return self.source.query(
            "SELECT setting FROM pg_catalog.pg_settings WHERE name = %s", (name,)
        )[0][0]

    def target_table(self, table: MappedTable) -> TargetTable | None:
        name = table.target_schema, table.target_table
        if name not in self._described:
            self._described[name] = self.target.describe(*name)
        return self._described[name]

    def target_keys(self, table: MappedTable) -> dict[str, list[str]]:
        """Constraint types (P, U) of the target table with their constraints' names."""
        found = self.target.query(
            "SELECT CONSTRAINT_TYPE, CONSTRAINT_NAME FROM ALL_CONSTRAINTS "
            "WHERE OWNER = :1 AND TABLE_NAME = :2 AND CONSTRAINT_TYPE IN ('P', 'U') AND STATUS = "
            "'ENABLED'",
            (table.target_schema, table.target_table),
        )
        keys: dict[str, list[str]] = {}
        for kind, name in found:
            keys.setdefault(kind, []).append(name)
        return keys

    @property
    def batch_apply(self) -> bool:
        return bool(self.document["TargetMetadata"]["BatchApplyEnabled"])

    @property
    def lob_columns(self) -> list[tuple[MappedTable, MappedColumn, SourceColumn]]:
        """The mapped columns that DMS moves as LOBs, with what they are on the source."""
        return [
            (table, column, column.source)
            for table in self.tables
            for column in table.columns
            if column.source is not None and is_lob(column.source)
        ]


def is_lob(column: SourceColumn) -> bool:
    """Whether DMS moves the column as a LOB."""
    return dms_type(column, SourceTraits()).is_lob
