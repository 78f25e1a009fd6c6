"""What a worker says while it compares a segment, and in the end."""

from __future__ import annotations

from typing import Literal

from reconciliation.compare.tally import Tally

#: rows so far, a line for the user, a sign of life; then a tally or the error, and nothing more
Answer = (
    tuple[Literal["rows"], int]
    | tuple[Literal["told"], str]
    | tuple[Literal["alive"], None]
    | tuple[Literal["done"], Tally]
    | tuple[Literal["failed"], Exception]
)
