"""SQLite expressions of transformation rules and source filters, evaluated by SQLite itself.

Source columns are named ``$column`` (AWS DMS user guide, "Using transformation rule expressions");
the functions that SQLite lacks are registered here.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from lab.dms.ground.changes import DELETE, INSERT, UPDATE
from lab.dms.mapping.headers import Headers
from lab.dms.mapping.rules import Filter, FilterCondition

_PARAMETER = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")
_NUMBER = re.compile(r"[ \t\r\n]*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?[ \t\r\n]*", re.ASCII)
_INDICATOR = re.compile(r"\boperation_indicator\s*\(", re.IGNORECASE)
_COMPARISONS = {"eq": "=", "noteq": "<>", "gte": ">=", "lte": "<=", "ste": "<="}
_INTEGER = range(-(2**63), 2**63)


class ExpressionError(Exception):
    """SQLite refuses the expression for this row; the text is SQLite's."""


class Expressions:
    """One SQLite in memory. Not to be used by two threads at once.

    ``headers`` are those of the changes that are being worked on.
    """

    def __init__(self) -> None:
        self.headers = Headers()
        self._operation = INSERT
        self._db = sqlite3.connect(
            ":memory:", isolation_level=None, cached_statements=256, check_same_thread=False
        )
        register = self._db.create_function
        register("operation_indicator", 3, self._indicate)
        register("hash_sha256", 1, _sha256, deterministic=True)
        register("replaceChars", 3, _replace_characters, deterministic=True)

    def evaluate(self, expression: str, values: Mapping[str, Any], operation: str = INSERT) -> Any:
        """The value of ``expression`` for DMS values by name; raises ExpressionError.

        The values are those of a row, and headers and metadata where the expression may use them.
        """
        self._operation = operation
        parameters = {
            name: _to_sqlite(values[name]) for name in names_in(expression) if name in values
        }
        try:
            # in parentheses, so that nothing but an expression is one; a comment ends with its line
            return self._db.execute(f"SELECT (\n{expression}\n)", parameters).fetchone()[0]
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise ExpressionError(f"expression {expression!r}: {error}") from None

    def accepts(self, groups: Sequence[Sequence[Filter]], values: Mapping[str, Any]) -> bool:
        """Whether a row passes one of the groups of filters; without groups every row does."""
        return not groups or any(
            all(self._passes(item, values) for item in group) for group in groups
        )

    def _passes(self, item: Filter, values: Mapping[str, Any]) -> bool:
        value = values.get(item.column)
        number = value if isinstance(value, int | float | Decimal) else None
        compared = _to_sqlite(value) if number is None else _number(number)
        return any(
            self._holds(condition, compared, number is not None) for condition in item.conditions
        )

    def _holds(self, condition: FilterCondition, value: Any, is_number: bool) -> bool:
        if condition.operator in ("null", "notnull"):
            return (value is None) == (condition.operator == "null")
        first = _operand(condition.value, is_number)
        bound: tuple[Any, ...]
        if condition.operator in _COMPARISONS:
            query, bound = f"SELECT ? {_COMPARISONS[condition.operator]} ?", (value, first)
        else:
            negation = "NOT " if condition.operator == "notbetween" else ""
            query, bound = (
                f"SELECT ? {negation}BETWEEN ? AND ?",
                (value, first, _operand(condition.end, is_number)),
            )
        return bool(self._db.execute(query, bound).fetchone()[0])

    def _indicate(self, deleted: Any, updated: Any, inserted: Any) -> Any:
        return {DELETE: deleted, UPDATE: updated, INSERT: inserted}[self._operation]


def names_in(expression: str) -> tuple[str, ...]:
    """The names an expression refers to with ``$``."""
    return tuple(dict.fromkeys(_PARAMETER.findall(expression)))


def flags_operations(expression: str) -> bool:
    """Whether an expression tells by ``operation_indicator`` what has happened to the row."""
    return _INDICATOR.search(expression) is not None


def _to_sqlite(value: Any) -> Any:
    """SQLite knows 64-bit integers, floats, text and bytes; a number that fits none of the first
    two goes as text.
    """
    if isinstance(value, Decimal):
        whole = int(value) if value.is_finite() and value == value.to_integral_value() else None
        if whole is not None:
            return whole if whole in _INTEGER else str(value)
        return float(value) if Decimal(repr(float(value))) == value else str(value)
    return str(value) if isinstance(value, int) and value not in _INTEGER else value


def _number(value: int | float | Decimal) -> int | float:
    """A number as SQLite keeps it in a column of numbers: whole where it is and fits, else as a
    float.
    """
    if isinstance(value, int):
        return value if value in _INTEGER else float(value)
    is_whole = (
        value.is_integer() if isinstance(value, float) else value == value.to_integral_value()
    )
    return int(value) if is_whole and -(2**63) <= value < 2**63 else float(value)


def _operand(given: str | None, is_number: bool) -> Any:
    """What a filter compares with: SQLite makes it a number beside a number
    when it reads like one.
    """
    if given is None or not is_number or not _NUMBER.fullmatch(given):
        return given
    try:
        return _number(int(given))
    except ValueError:
        return float(given)


def _sha256(value: Any) -> str | None:
    if value is None:
        return None
    return hashlib.sha256(value if isinstance(value, bytes) else str(value).encode()).hexdigest()


def _replace_characters(text: Any, old: Any, new: Any) -> str | None:
    """Each character of ``old`` becomes the one at the same place in ``new``, or nothing when
    ``new`` is shorter.
    """
    if text is None or old is None or new is None:
        return None
    table = {
        ord(character): str(new)[i] if i < len(str(new)) else None
        for i, character in enumerate(str(old))
    }
    return str(text).translate(table)
