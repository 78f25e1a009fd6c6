"""From a change of a source table to the operation on its target table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lab.dms.ground.catalogue import TargetTable
from lab.dms.ground.changes import DELETE, UPDATE, Change
from lab.dms.mapping.expressions import Expressions, flags_operations, names_in
from lab.dms.mapping.headers import PREFIX
from lab.dms.mapping.resolve import MappedTable, metadata
from lab.dms.transform.columns import ChangeValues, PlannedColumn, by_target, planned_columns
from lab.dms.transform.lobs import TableLobs
from lab.dms.transform.traits import Traits
from lab.dms.values.types import converter, dms_type


@dataclass(frozen=True, slots=True)
class Operation:
    """One statement for the target.

    ``values`` and ``kinds`` hold those of ``columns`` followed by those of ``key``; for an insert
    ``key`` is empty, for a delete ``columns`` is.
    """

    operation: str
    plan: TablePlan
    columns: tuple[str, ...]
    key: tuple[str, ...]
    kinds: tuple[str, ...]
    values: tuple[Any, ...]

    @property
    def shape(self) -> tuple[object, ...]:
        """Operations of one shape can be sent as one array."""
        return (self.operation, self.plan.target_name, self.columns, self.key, self.kinds)


class TablePlan:
    """How one source table is carried over; made once and again whenever a catalogue changes.

    ``warn`` is told, once per column, what is left out or cut.
    """

    def __init__(
        self,
        mapped: MappedTable,
        target: TargetTable,
        traits: Traits,
        warn: Callable[[str, str], None],
    ) -> None:
        self.mapped = mapped
        self.target = target
        self.source_name = (mapped.source.schema, mapped.source.name)
        self.target_name = (mapped.target_schema, mapped.target_table)
        self._traits = traits
        self._types = {
            column.name: dms_type(column, traits.source) for column in mapped.source.columns
        }
        self.lobs = TableLobs(mapped, self._types, traits, warn)
        self._converters = {
            column.name: converter(column, traits.source) for column in mapped.source.columns
        }
        self._columns = planned_columns(mapped, target, traits, self._types, self.lobs, warn)
        #: the source's columns of JSON
        self.json_columns = frozenset(
            column.name for column in mapped.source.columns if column.type_name in ("json", "jsonb")
        )
        self.extra_columns = tuple(
            c.name for c in target.columns if c.name not in {p.target for p in self._columns}
        )
        self._by_target = by_target(self._columns)
        self.key = self._key(target)
        self._note_expressions(target)

    @property
    def columns(self) -> tuple[str, ...]:
        """The target's columns that are written."""
        return tuple(self._by_target)

    def knows(self, change: Change) -> bool:
        """Whether every column of the change was in the catalogue this plan was made from."""
        return self._types.keys() >= change.new.keys()

    def row(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """DMS values by source column."""
        row = {}
        for name, value in values.items():
            if value is not None:
                convert = self._converters.get(name)
                if convert is not None:
                    value = convert(value)
                if name in self.lobs.source:
                    value = self.lobs.limited(name, value)
            row[name] = value
        return row

    def changes_key(self, change: Change) -> bool:
        """Whether an update changes the primary key; DMS ignores those."""
        if change.operation != UPDATE or change.old is None:
            return False
        return any(change.old.get(name) != change.new.get(name) for name in self.mapped.source.key)

    def accepts(self, change: Change, row: Mapping[str, Any], expressions: Expressions) -> bool:
        """Whether the filters let a change pass, decided on the values it brings.

        Deletes bring the key only: those of a table with a filter on another column are not
        captured (AWS DMS user guide, PostgreSQL source, limitations).
        """
        if not self.mapped.filters:
            return True
        return (change.operation != DELETE or self._filters_by_key) and expressions.accepts(
            self.mapped.filters, row
        )

    def operation(
        self, change: Change, row: Mapping[str, Any], expressions: Expressions | None
    ) -> Operation:
        """The operation for a change whose row (the old one for a delete) has been converted by
        ``row``.

        A delete of a table whose operations are flagged becomes an update of the flags. Raises
        ExpressionError when an expression cannot be evaluated; without ``expressions`` those are
        NULL.
        """
        kind = change.operation
        values = self._values(change, row, expressions)
        names: list[str] = []
        bound: list[tuple[str, Any]] = []
        for column in self._columns if kind != DELETE else self._flags:
            if (
                column.source is not None
                and column.source not in row
                and self._leave_out(column, change)
            ):
                continue
            names.append(column.target)
            bound.append(column.bound(values))
        key = self.key if kind in (UPDATE, DELETE) else ()
        bound.extend(self._by_target[name].bound(values) for name in key)
        return Operation(
            UPDATE if kind == DELETE and self._flags else kind,
            self,
            tuple(names),
            key,
            tuple(item[0] for item in bound),
            tuple(item[1] for item in bound),
        )

    def _values(
        self, change: Change, row: Mapping[str, Any], expressions: Expressions | None
    ) -> ChangeValues:
        named: Mapping[str, Any] = row
        if self._has_expressions and expressions is not None:
            named = {**self._metadata, **row}
            if self._has_headers:
                named.update(expressions.headers.of(change.operation))
        before = self._before(change, row) if self._has_before_images else {}
        return ChangeValues(row, before, named, change.operation, expressions)

    def _before(self, change: Change, row: Mapping[str, Any]) -> Mapping[str, Any]:
        """The row before an update. PostgreSQL tells the key only, and only when it changes, unless
        in full.
        """
        if change.operation != UPDATE:
            return {}
        if change.old is not None:
            return self.row(change.old)
        return {name: row.get(name) for name in self.mapped.source.key}

    def _leave_out(self, column: PlannedColumn, change: Change) -> bool:
        # a column without a value: dropped since, or TOASTed and not touched by an update
        if column.before_image:
            return False
        return change.operation != UPDATE or self._traits.unchanged_toast == "keep"

    def _note_expressions(self, target: TargetTable) -> None:
        expressions = [column.expression for column in self._columns if column.expression]
        flagging = [
            column
            for column in self._columns
            if column.expression and flags_operations(column.expression)
        ]
        # "works only on tables that have a primary key": AWS DMS user guide, flagging target
        # records
        self._flags = tuple(flagging) if self.mapped.source.key and target.key else ()
        self._has_expressions = bool(expressions)
        self._has_headers = any(
            name.startswith(PREFIX) for text in expressions for name in names_in(text)
        )
        self._has_before_images = any(column.before_image for column in self._columns)
        self._metadata = {**dict.fromkeys(self._types), **metadata(self.mapped.source)}
        filtered = {item.column for group in self.mapped.filters for item in group}
        self._filters_by_key = filtered <= set(self.mapped.source.key)

    def _key(self, target: TargetTable) -> tuple[str, ...]:
        """The target's primary key, or else the rule's, or else the source's; empty when none of
        them is mapped.
        """
        by_source = {c.source: c.target for c in self._columns if c.source and not c.before_image}
        source_key = tuple(by_source.get(name, "") for name in self.mapped.source.key)
        for candidate in (self.mapped.key_columns, target.key, source_key):
            if candidate and all(name in self._by_target for name in candidate):
                return candidate
        return ()
