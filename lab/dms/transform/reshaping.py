"""What the rules for one column make of its values: a mask, another type, a mask."""

from __future__ import annotations

from typing import Any

from lab.dms.mapping.columns import MappedColumn
from lab.dms.transform.masking import masker
from lab.dms.values.moments import moment
from lab.dms.values.types import Converter, DmsType, cast


def reshaped(
    column: MappedColumn, kind: DmsType, seed: str | None
) -> tuple[DmsType, Converter | None]:
    """The type a column is bound by and the function from its value, never None, to the one that is
    bound.

    ``kind`` is the type it comes with, ``seed`` that of random digits, None for chance. The
    function is None where nothing happens to values; it raises MaskingError where a mask does not
    support the type.
    """
    if column.before_image and kind.is_lob:
        return kind, _void  # "a void column is created": AWS DMS user guide, before-image-def
    if column.data_type is None and not column.masks:
        return kind, None
    steps = _masks(column, kind, seed, retyped=False)
    if column.data_type is not None:
        kind, convert = cast(column.data_type)
        steps += [moment(column.data_type.name), convert]
    return kind, _chain(steps + _masks(column, kind, seed, retyped=True))


def _masks(
    column: MappedColumn, kind: DmsType, seed: str | None, *, retyped: bool
) -> list[Converter]:
    found = [mask for mask in column.masks if mask.retyped is retyped]
    return [
        masker(mask, kind.kind, column.target, None if seed is None else f"{seed}/{column.target}")
        for mask in found
    ]


def _void(value: Any) -> None:
    return None


def _chain(steps: list[Converter]) -> Converter:
    def change(value: Any) -> Any:
        for step in steps:
            value = step(value)
        return value

    return change
