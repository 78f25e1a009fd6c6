"""The columns of a target table that are written, and what each is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from lab.dms.ground.catalogue import TargetTable
from lab.dms.mapping.expressions import Expressions
from lab.dms.mapping.resolve import MappedColumn, MappedTable
from lab.dms.transform.lobs import TableLobs
from lab.dms.transform.masking import MaskingError
from lab.dms.transform.reshaping import reshaped
from lab.dms.transform.traits import Traits
from lab.dms.values.binding import Binder, binder
from lab.dms.values.types import Converter, DmsType


class ChangeValues(NamedTuple):
    """What one change gives its columns: the row, the row before it, and what expressions know by
    name. Without ``expressions`` those are NULL.
    """

    row: Mapping[str, Any]
    before: Mapping[str, Any]
    named: Mapping[str, Any]
    operation: str
    expressions: Expressions | None


@dataclass(frozen=True, slots=True)
class PlannedColumn:
    """``change`` is what rules make of the value: another type, a mask."""

    target: str
    source: str | None
    expression: str | None
    change: Converter | None
    bind: Binder
    before_image: bool = False

    def bound(self, values: ChangeValues) -> tuple[str, Any]:
        """The kind of its bind, and its value; raises ExpressionError when an expression cannot be
        evaluated.
        """
        if self.source is not None:
            value = (values.before if self.before_image else values.row).get(self.source)
        elif self.expression is not None and values.expressions is not None:
            value = values.expressions.evaluate(self.expression, values.named, values.operation)
        else:
            value = None
        if value is not None and self.change is not None:
            try:
                value = self.change(value)
            except MaskingError:
                if values.expressions is not None:
                    raise
                value = None
        return self.bind(value)


def by_target(columns: Iterable[PlannedColumn]) -> dict[str, PlannedColumn]:
    """Columns by name; of two with one name, which Oracle refuses, the first: the source's own."""
    found: dict[str, PlannedColumn] = {}
    for column in columns:
        found.setdefault(column.target, column)
    return found


def planned_columns(
    mapped: MappedTable,
    target: TargetTable,
    traits: Traits,
    types: Mapping[str, DmsType],
    lobs: TableLobs,
    warn: Callable[[str, str], None],
) -> tuple[PlannedColumn, ...]:
    """The columns of ``target`` that ``mapped`` gives a value; ``types`` are those of the source's.

    ``warn`` is told, once per column, what does not exist on the target.
    """
    present = {column.name: column for column in target.columns}
    planned = []
    for column in mapped.columns:
        kind, convert = _type_of(column, mapped, traits, types)
        if kind.is_lob and not lobs.supported:
            continue
        found = present.get(column.target)
        if found is None and _left_out(column.target, target, traits, warn):
            continue
        source = column.source.name if column.source else None
        bind = binder(kind, found, traits.target)
        planned.append(
            PlannedColumn(
                column.target, source, column.expression, convert, bind, column.before_image
            )
        )
    return tuple(planned)


def _left_out(
    name: str, target: TargetTable, traits: Traits, warn: Callable[[str, str], None]
) -> bool:
    """Whether a column that the target has not is left out; either way it is said."""
    left_out = traits.missing_target_column == "skip"
    consequence = (
        "its values are not replicated" if left_out else "statements that name it will fail"
    )
    warn(
        name,
        f"Column '{name}' is mapped for table '{target.full_name}' but does not exist there; "
        + consequence,
    )
    return left_out


def _type_of(
    column: MappedColumn, mapped: MappedTable, traits: Traits, types: Mapping[str, DmsType]
) -> tuple[DmsType, Converter | None]:
    kind = types[column.source.name] if column.source else DmsType("wstring")
    seed = traits.masking_seed
    return reshaped(column, kind, f"{seed}/{mapped.source.full_name}" if seed else None)
