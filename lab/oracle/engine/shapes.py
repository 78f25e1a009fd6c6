"""What a statement's text says of the types of its columns: literals and casts carry sizes that the
store forgets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlglot import exp

from lab.oracle.interface import Column, OraType

_TYPES = exp.DataType.Type
_BYTES_PER_CHARACTER = 4
_LARGEST = {OraType.VARCHAR2: 4000, OraType.CHAR: 2000}

#: changes to a column as the store's result describes it
Shape = dict[str, Any]


def shapes_of(tree: exp.Expression | None) -> tuple[Shape | None, ...]:
    """One entry per item of the select list, None for what the text says nothing of.

    Empty for a query of several SELECTs, whose columns are described by all of them together, and
    for one with ``*``.
    """
    if not isinstance(tree, exp.Select):
        return ()
    items = [item.this if isinstance(item, exp.Alias) else item for item in tree.expressions]
    if any(_is_star(item) for item in items):
        return ()
    return tuple(_shape(item) for item in items)


def with_shapes(columns: tuple[Column, ...], shapes: Sequence[Shape | None]) -> tuple[Column, ...]:
    """The columns with what the text says of them."""
    if len(shapes) != len(columns):
        return columns
    return tuple(
        replace(column, **shape) if shape else column
        for column, shape in zip(columns, shapes, strict=True)
    )


def _is_star(item: exp.Expression) -> bool:
    return isinstance(item, exp.Star) or (
        isinstance(item, exp.Column) and isinstance(item.this, exp.Star)
    )


def _shape(item: exp.Expression) -> Shape | None:
    while isinstance(item, exp.Paren):
        item = item.this
    if isinstance(item, exp.Literal):
        return _of_text(str(item.this)) if item.args["is_string"] else None
    if isinstance(item, exp.National):
        return _of_national(str(item.this))
    return _of_cast(item.args["to"]) if isinstance(item, exp.Cast) else None


def _of_text(value: str) -> Shape | None:
    """A text literal is a CHAR of its length (SQL Language Reference, "Text Literals")."""
    size = len(value.encode())
    return {"type": OraType.CHAR, "size": size, "char_size": size} if value else None


def _of_national(value: str) -> Shape | None:
    units = len(value.encode("utf-16-be")) // 2
    return {"type": OraType.CHAR, "size": 2 * units, "char_size": units} if value else None


def _of_cast(to: exp.DataType) -> Shape | None:
    sizes = [part for part in to.expressions if isinstance(part, exp.DataTypeParam)]
    number = (
        int(str(sizes[0].this.this)) if len(sizes) == 1 and str(sizes[0].this.this).isdigit() else 0
    )
    kind = to.this
    if kind is _TYPES.NCHAR:
        number = number or 1
    if kind in (_TYPES.NVARCHAR, _TYPES.NCHAR) and number:
        return {"size": 2 * number, "char_size": number}
    if kind in (_TYPES.VARCHAR, _TYPES.CHAR) and number:
        in_characters = str(sizes[0].args.get("expression") or "").upper() == "CHAR"
        largest = _LARGEST[OraType.VARCHAR2 if kind is _TYPES.VARCHAR else OraType.CHAR]
        size = min(number * _BYTES_PER_CHARACTER, largest) if in_characters else number
        return {"size": size, "char_size": number}
    if kind is _TYPES.USERDEFINED and str(to.args.get("kind")).upper() == "RAW" and number:
        return {"size": number}
    if kind in (_TYPES.TIMESTAMP, _TYPES.TIMESTAMPTZ, _TYPES.TIMESTAMPLTZ) and sizes:
        return {"scale": number}
    return None
