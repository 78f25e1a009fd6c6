"""The row filters of a mapping in the words of SQL, as a suggestion for a contract's filters."""

from __future__ import annotations

from collections.abc import Iterator

from reconciliation.mapping import ColumnFilter, FilterCondition, ResolvedTable

_SIGNS = {"eq": "=", "noteq": "<>", "gte": ">=", "ste": "<=", "lte": "<="}


def filter_words(table: ResolvedTable) -> Iterator[str]:
    """``source_filter = ...`` and ``target_filter = ...``, values as the mapping spells them."""
    targets = {column.source: column.target for column in table.columns}
    for side, names in (("source_filter", {}), ("target_filter", targets)):
        parts = [_filter(entry, names.get(entry.column) or entry.column) for entry in table.filters]
        condition = " AND ".join(parts)
        yield f"{side} = {_toml(condition)}"


def _filter(entry: ColumnFilter, column: str) -> str:
    name = f'"{column}"'
    return "(" + " OR ".join(_condition(name, one) for one in entry.conditions) + ")"


def _condition(name: str, condition: FilterCondition) -> str:
    if condition.operator in _SIGNS:
        return f"{name} {_SIGNS[condition.operator]} {_literal(condition.value)}"
    if condition.operator in ("between", "notbetween"):
        words = "BETWEEN" if condition.operator == "between" else "NOT BETWEEN"
        return (
            f"{name} {words} {_literal(condition.start_value)} AND {_literal(condition.end_value)}"
        )
    return f"{name} IS NULL" if condition.operator == "null" else f"{name} IS NOT NULL"


def _literal(value: object) -> str:
    text = str(value)
    return text if text.lstrip("-").isdigit() else "'" + text.replace("'", "''") + "'"


def _toml(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
