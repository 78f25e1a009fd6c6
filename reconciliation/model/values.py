"""What a cell holds, a row, a key, and a document."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TypeAlias

#: A cell's value, None for NULL: the driver's, or the canonical one a rule makes of it. Its type is
#: the column's, which only the rule of the column pair knows: whoever takes one apart looks first.
Value = object
#: A value as a JSON or TOML document holds it; ``documents`` takes one apart.
Document: TypeAlias = (
    bool
    | int
    | float
    | str
    | dt.datetime
    | dt.date
    | dt.time
    | Sequence["Document"]
    | Mapping[str, "Document"]
    | None
)

Row = Mapping[str, Value]  # column name -> driver value
Key = tuple[Value, ...]  # canonical key values

#: what the two sides are called wherever people read
SIDES = ("PostgreSQL", "Oracle")
