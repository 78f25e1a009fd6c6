"""Which values of one row the legacy schema refuses, with the ORA code it must be refused with."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from decimal import Decimal

from reconciliation.canonical import ColumnRule
from reconciliation.canonical import values as canonical_values
from reconciliation.canonical.types import (
    fits,
    power_of_ten,
    stored_moment,
    stored_number,
    target_label,
    text_length,
)
from reconciliation.model import Refusal, Row, Value

CANNOT_INSERT_NULL = 1400
VALUE_TOO_LARGE = 12899
BEYOND_PRECISION = 1438
NUMERIC_OVERFLOW = 1426
INVALID_NUMBER = 1722
BEYOND_YEARS = 1841

#: the first magnitude NUMBER does not have (SQL Language Reference, NUMBER: up to 9.99...9 x
#: 10^125)
NUMBER_LIMIT = Decimal("1E126")

_TEXT = ("VARCHAR2", "NVARCHAR2", "CHAR", "NCHAR", "CLOB", "NCLOB")


def refusals(rules: Mapping[str, ColumnRule], row: Row) -> tuple[Refusal, ...]:
    """Every value of the row the legacy schema cannot hold; empty means that it can hold the row.

    ``rules`` are those of the row's table by source column, as ``rules_for`` gives them; ``row``
    holds PostgreSQL driver values by source column, and columns it lacks are not judged. Oracle
    reports one error per statement, so a row with several refusals is refused with the code of any
    of them.
    """
    found = (column_refusal(rule, row[name]) for name, rule in rules.items() if name in row)
    return tuple(refusal for refusal in found if refusal is not None)


def column_refusal(rule: ColumnRule, value: Value) -> Refusal | None:
    """Why the legacy column refuses one PostgreSQL driver value, or None when it holds it."""
    label = target_label(rule.target.type)
    written = _written(rule, value)
    if written is None:
        return _null(rule, value, "refused_null", "NULL")
    if label in _TEXT:
        return _text(rule, value, canonical_values.of_type(str, written))
    if label in ("RAW", "LONG RAW", "BLOB"):
        return _octets(rule, value, canonical_values.of_type(bytes, written))
    if label in ("NUMBER", "FLOAT", "BINARY_FLOAT", "BINARY_DOUBLE"):
        return _number(rule, value, written)
    if label == "DATE" or label.startswith("TIMESTAMP"):
        return _moment(rule, value, written)
    return None


def _written(rule: ColumnRule, value: Value) -> Value:
    """The value as the replication hands it to Oracle."""
    name = rule.rule.name.partition(":")[0]
    if value is None:
        return None
    if name == "number_text":
        return str(value)
    if name == "json":
        return (
            value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
        )
    return rule.canonical_source(value)


def _refusal(rule: ColumnRule, value: Value, code: int, accepted_rule: str, reason: str) -> Refusal:
    accepted = next((entry for entry in rule.accepted if entry.rule == accepted_rule), None)
    return Refusal(rule.pair.source, rule.pair.target, value, code, reason, accepted)


def _null(rule: ColumnRule, value: Value, accepted_rule: str, what: str) -> Refusal | None:
    if rule.target.nullable:
        return None
    return _refusal(
        rule,
        value,
        CANNOT_INSERT_NULL,
        accepted_rule,
        f"{rule.pair.target} is NOT NULL and gets {what}",
    )


def _text(rule: ColumnRule, value: Value, written: str) -> Refusal | None:
    if not written:
        return _null(rule, value, "refused_empty_string", "'', which is NULL in Oracle")
    if fits(rule.target.type, written):
        return None
    unit = "bytes" if rule.target.type.byte_length else "characters"
    length = text_length(rule.target.type, written)
    reason = f"{length} {unit} do not fit {rule.pair.target} {rule.target.type}"
    return _refusal(rule, value, VALUE_TOO_LARGE, "refused_byte_length", reason)


def _octets(rule: ColumnRule, value: Value, written: bytes) -> Refusal | None:
    if not written:
        return _null(rule, value, "refused_empty_string", "an empty value, which is NULL in Oracle")
    limit = rule.target.type.length
    if limit is None or len(written) <= limit:
        return None
    reason = f"{len(written)} bytes do not fit {rule.pair.target} {rule.target.type}"
    return _refusal(rule, value, VALUE_TOO_LARGE, "refused_byte_length", reason)


def _number(rule: ColumnRule, value: Value, written: Value) -> Refusal | None:
    label = target_label(rule.target.type)
    if isinstance(written, str):
        if label.startswith("BINARY_"):
            return None
        reason = f"{written} is no number for {rule.pair.target} {rule.target.type}"
        return _refusal(rule, value, INVALID_NUMBER, "refused_not_a_number", reason)
    code = _overflow(rule, label, canonical_values.exact(written))
    if code is None:
        return None
    reason = f"{value} is beyond {rule.pair.target} {rule.target.type}"
    return _refusal(rule, value, code, "refused_out_of_range", reason)


def _overflow(rule: ColumnRule, label: str, exact: Decimal) -> int | None:
    if label in ("BINARY_FLOAT", "BINARY_DOUBLE"):
        canonical = canonical_values.single if label == "BINARY_FLOAT" else canonical_values.double
        return NUMERIC_OVERFLOW if _overflows(canonical, exact) else None
    column_type = rule.target.type
    if label == "NUMBER" and column_type.precision is not None:
        limit = power_of_ten(column_type.precision - (column_type.scale or 0))
        return BEYOND_PRECISION if stored_number(column_type, exact).copy_abs() >= limit else None
    return (
        NUMERIC_OVERFLOW if stored_number(column_type, exact).copy_abs() >= NUMBER_LIMIT else None
    )


def _overflows(canonical: Callable[[Value], Value], exact: Decimal) -> bool:
    try:
        return isinstance(canonical(exact), str)
    except OverflowError:
        return True


def _moment(rule: ColumnRule, value: Value, written: Value) -> Refusal | None:
    try:
        if isinstance(written, dt.datetime):
            stored_moment(rule.target.type, written)
            return None
    except OverflowError:
        pass
    reason = f"{value} is beyond the years of {rule.pair.target} {rule.target.type}"
    return _refusal(rule, value, BEYOND_YEARS, "refused_out_of_range", reason)
