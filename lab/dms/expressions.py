"""SQLite expressions of transformation rules and source filters, evaluated by SQLite itself.

Source columns are named ``$column`` (AWS DMS user guide, "Using transformation rule expressions"); the
functions that SQLite lacks are registered here.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from lab.dms.changes import DELETE, INSERT, UPDATE
from lab.dms.mapping.rules import Filter, FilterCondition

_PARAMETER = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")
_COMPARISONS = {"eq": "=", "noteq": "<>", "gte": ">=", "lte": "<=", "ste": "<="}
_INTEGER = range(-(2**63), 2**63)


class ExpressionError(Exception):
    """SQLite refuses the expression for this row; the text is SQLite's."""


class Expressions:
    """One SQLite in memory. Not to be used by two threads at once."""

    def __init__(self) -> None:
        self._operation = INSERT
        self._db = sqlite3.connect(":memory:", isolation_level=None, cached_statements=256, check_same_thread=False)
        register = self._db.create_function
        register("operation_indicator", 3, self._indicate)
        register("hash_sha256", 1, _sha256, deterministic=True)
        register("replaceChars", 3, _replace_characters, deterministic=True)

    def evaluate(self, expression: str, values: Mapping[str, Any], operation: str = INSERT) -> Any:
        """The value of ``expression`` for a row of DMS values; raises ExpressionError."""
        self._operation = operation
        parameters = {name: _to_sqlite(values[name]) for name in names_in(expression) if name in values}
        try:
            return self._db.execute(f"SELECT {expression}", parameters).fetchone()[0]
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise ExpressionError(f"expression {expression!r}: {error}") from None

    def accepts(self, groups: Sequence[Sequence[Filter]], values: Mapping[str, Any]) -> bool:
        """Whether a row passes one of the groups of filters; without groups every row does."""
        return not groups or any(all(self._passes(item, values) for item in group) for group in groups)

    def _passes(self, item: Filter, values: Mapping[str, Any]) -> bool:
        value = _to_sqlite(values.get(item.column))
        return any(self._holds(condition, value) for condition in item.conditions)

    def _holds(self, condition: FilterCondition, value: Any) -> bool:
        if condition.operator in ("null", "notnull"):
            return (value is None) == (condition.operator == "null")
        first = _like(value, condition.value)
        if condition.operator in _COMPARISONS:
            query, bound = f"SELECT ? {_COMPARISONS[condition.operator]} ?", (value, first)
        else:
            negation = "NOT " if condition.operator == "notbetween" else ""
            query, bound = f"SELECT ? {negation}BETWEEN ? AND ?", (value, first, _like(value, condition.end))
        return bool(self._db.execute(query, bound).fetchone()[0])

    def _indicate(self, deleted: Any, updated: Any, inserted: Any) -> Any:
        return {DELETE: deleted, UPDATE: updated, INSERT: inserted}[self._operation]


def names_in(expression: str) -> tuple[str, ...]:
    """The names an expression refers to with ``$``."""
    return tuple(dict.fromkeys(_PARAMETER.findall(expression)))


def _to_sqlite(value: Any) -> Any:
    """SQLite knows 64-bit integers, floats, text and bytes; a number that fits none of the first two goes as text."""
    if isinstance(value, Decimal):
        whole = int(value) if value.is_finite() and value == value.to_integral_value() else None
        if whole is not None:
            return whole if whole in _INTEGER else str(value)
        return float(value) if Decimal(repr(float(value))) == value else str(value)
    return str(value) if isinstance(value, int) and value not in _INTEGER else value


def _like(value: Any, given: str | None) -> Any:
    """A filter's operand, a number when the value it is compared with is one."""
    if given is None or not isinstance(value, int | float):
        return given
    try:
        return int(given)
    except ValueError:
        try:
            return float(given)
        except ValueError:
            return given


def _sha256(value: Any) -> str | None:
    if value is None:
        return None
    return hashlib.sha256(value if isinstance(value, bytes) else str(value).encode()).hexdigest()


def _replace_characters(text: Any, old: Any, new: Any) -> str | None:
    """Each character of ``old`` becomes the one at the same place in ``new``, or nothing when ``new`` is shorter."""
    if text is None or old is None or new is None:
        return None
    table = {ord(character): str(new)[i] if i < len(str(new)) else None for i, character in enumerate(str(old))}
    return str(text).translate(table)
