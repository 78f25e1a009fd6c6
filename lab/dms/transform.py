"""From a change of a source table to the operation on its target table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lab.dms.binding import Binder, TargetTraits, binder
from lab.dms.catalogue import TargetTable
from lab.dms.changes import DELETE, UPDATE, Change
from lab.dms.expressions import Expressions
from lab.dms.lobs import TableLobs
from lab.dms.mapping.resolve import MappedColumn, MappedTable
from lab.dms.types import Converter, DmsType, SourceTraits, cast, converter, dms_type


@dataclass(frozen=True, slots=True)
class Operation:
    """One statement for the target.

    ``values`` and ``kinds`` hold those of ``columns`` followed by those of ``key``; for an insert ``key`` is empty,
    for a delete ``columns`` is.
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


@dataclass(frozen=True)
class Traits:
    """Everything that decides about values, for one task. ``lob_max_kb`` is None when LOBs are not cut."""

    source: SourceTraits = field(default_factory=SourceTraits)
    target: TargetTraits = field(default_factory=TargetTraits)
    support_lobs: bool = True
    lob_max_kb: int | None = 32
    unchanged_toast: str = "keep"
    missing_target_column: str = "skip"
    cdc_lob_fetch: str = "stream_truncate"
    lob_write: str = "two_steps"
    fail_on_lob_truncation: bool = False


@dataclass(frozen=True, slots=True)
class _Column:
    target: str
    source: str | None
    expression: str | None
    cast: Converter | None
    bind: Binder


class TablePlan:
    """How one source table is carried over; made once and again whenever a catalogue changes.

    ``warn`` is told, once per column, what is left out or cut.
    """

    def __init__(
        self, mapped: MappedTable, target: TargetTable, traits: Traits, warn: Callable[[str, str], None]
    ) -> None:
        self.mapped = mapped
        self.target = target
        self.source_name = (mapped.source.schema, mapped.source.name)
        self.target_name = (mapped.target_schema, mapped.target_table)
        self._traits = traits
        self._warn = warn
        self._types = {column.name: dms_type(column, traits.source) for column in mapped.source.columns}
        self.lobs = TableLobs(mapped, self._types, traits, warn)
        self._converters = {column.name: converter(column, traits.source) for column in mapped.source.columns}
        self._columns = self._plan_columns(mapped, target)
        self.extra_columns = tuple(c.name for c in target.columns if c.name not in {p.target for p in self._columns})
        self._by_target = {column.target: column for column in self._columns}
        self.key = self._key(target)

    @property
    def columns(self) -> tuple[str, ...]:
        """The target's columns that are written."""
        return tuple(self._by_target)

    def knows(self, change: Change) -> bool:
        """Whether every column of the change was in the catalogue this plan was made from."""
        return self._types.keys() >= change.new.keys()

    def row(self, values: Mapping[str, Any], fault: Callable[[Any], Any] | None) -> dict[str, Any]:
        """DMS values by source column."""
        row = {}
        for name, value in values.items():
            if value is not None:
                convert = self._converters.get(name)
                if convert is not None:
                    value = convert(value)
                if name in self.lobs.source:
                    value = self.lobs.limited(name, value)
                if fault is not None:
                    value = fault(value)
            row[name] = value
        return row

    def changes_key(self, change: Change) -> bool:
        """Whether an update changes the primary key; DMS ignores those."""
        if change.operation != UPDATE or change.old is None:
            return False
        return any(change.old.get(name) != change.new.get(name) for name in self.mapped.source.key)

    def operation(self, change: Change, row: Mapping[str, Any], expressions: Expressions | None) -> Operation:
        """The operation for a change whose row (the old one for a delete) has been converted by ``row``.

        Raises ExpressionError when an expression cannot be evaluated; without ``expressions`` those are NULL.
        """
        kind = change.operation
        names: list[str] = []
        bound: list[tuple[str, Any]] = []
        for column in self._columns if kind != DELETE else ():
            if column.source is not None and column.source not in row and self._leave_out(column, change):
                continue
            names.append(column.target)
            bound.append(self._bind(column, row, expressions, kind))
        key = self.key if kind in (UPDATE, DELETE) else ()
        bound.extend(self._bind(self._by_target[name], row, expressions, kind) for name in key)
        return Operation(
            kind, self, tuple(names), key, tuple(item[0] for item in bound), tuple(item[1] for item in bound)
        )

    def _leave_out(self, column: _Column, change: Change) -> bool:
        # a column without a value: dropped since, or TOASTed and not touched by an update
        return change.operation != UPDATE or self._traits.unchanged_toast == "keep"

    @staticmethod
    def _bind(column: _Column, row: Mapping[str, Any], expressions: Expressions | None, kind: str) -> tuple[str, Any]:
        if column.source is not None:
            value = row.get(column.source)
        elif column.expression is not None and expressions is not None:
            value = expressions.evaluate(column.expression, row, kind)
        else:
            value = None
        if value is not None and column.cast is not None:
            value = column.cast(value)
        return column.bind(value)

    def _plan_columns(self, mapped: MappedTable, target: TargetTable) -> tuple[_Column, ...]:
        present = {column.name: column for column in target.columns}
        planned = []
        for column in mapped.columns:
            kind, convert = self._type_of(column)
            if kind.is_lob and not self.lobs.supported:
                continue
            found = present.get(column.target)
            if found is None:
                left_out = self._traits.missing_target_column == "skip"
                self._warn(
                    column.target,
                    f"Column '{column.target}' is mapped for table '{target.full_name}' but does not exist there; "
                    + ("its values are not replicated" if left_out else "statements that name it will fail"),
                )
                if left_out:
                    continue
            source = column.source.name if column.source else None
            bind = binder(kind, found, self._traits.target)
            planned.append(_Column(column.target, source, column.expression, convert, bind))
        return tuple(planned)

    def _type_of(self, column: MappedColumn) -> tuple[DmsType, Converter | None]:
        if column.data_type is not None:
            return cast(column.data_type)
        return (self._types[column.source.name] if column.source else DmsType("wstring")), None

    def _key(self, target: TargetTable) -> tuple[str, ...]:
        """The target's primary key, or else the rule's, or else the source's; empty when none of them is mapped."""
        by_source = {column.source: column.target for column in self._columns if column.source}
        source_key = tuple(by_source.get(name, "") for name in self.mapped.source.key)
        for candidate in (self.mapped.key_columns, target.key, source_key):
            if candidate and all(name in self._by_target for name in candidate):
                return candidate
        return ()
