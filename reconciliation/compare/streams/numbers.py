"""How numbers and lengths of time are written by both databases: a column pair's rule in, its form
out.
"""

from __future__ import annotations

from reconciliation.canonical import ColumnRule
from reconciliation.canonical.types import (
    source_label,
    source_reading,
    target_label,
    target_reading,
)
from reconciliation.compare.streams.form import Form, Writer
from reconciliation.compare.streams.texts import (
    float_form,
    of_text,
    read_float,
    read_number,
    text_form,
)

NUMBER_BYTES = 64  # 40 digits, sign, point and exponent, with some room
_INTEGERS = ("int2", "int4", "int8")
_FLOATS = ("float4", "float8")
#: characters up to which Oracle writes a NUMBER as it is; what is longer it rounds to an exponent
#: form of this width
_PLAIN_NUMBER = 40


def oracle_number(rule: ColumnRule) -> Writer:
    """TO_CHAR without a format where the type leaves no room for more than 40 characters, TM9
    otherwise.

    "Exactly long enough to hold its significant digits" (SQL Language Reference, "TO_CHAR
    (number)"); TM9: fixed up to 64 characters, then scientific ("Number Format Models", TM).
    """
    kind = rule.target.type
    if target_label(kind) == "NUMBER" and kind.precision is not None:
        scale = kind.scale or 0
        if max(kind.precision, scale, kind.precision - scale) + 2 <= _PLAIN_NUMBER:
            return "TO_CHAR({})".format
    return "TO_CHAR({}, 'TM9')".format


def _numeric_text(column: str) -> str:
    # Oracle writes no zero before the point; only |x| < 1 has one
    plain = f"trim_scale({column})::text"
    return (
        f"CASE WHEN {column} > -1 AND {column} < 1 AND {column} <> 0 THEN replace({plain}, "
        f"'0.', '.') ELSE {plain} END"
    )


def exact_number(rule: ColumnRule) -> Form:
    whole = source_label(rule.source.type) in _INTEGERS
    if target_label(rule.target.type).startswith("BINARY"):
        source = "{}::text".format if whole else "trim_scale({})::text".format
        return float_form(rule, source, read_number)
    return Form(
        "{}::text".format if whole else _numeric_text,
        oracle_number(rule),
        NUMBER_BYTES,
        read_number,
        read_number,
    )


def money(rule: ColumnRule) -> Form:
    def source(column: str) -> str:
        return _numeric_text(source_reading(rule.source.type, column))

    return Form(source, oracle_number(rule), NUMBER_BYTES, read_number, read_number)


def from_float(rule: ColumnRule) -> Form:
    if target_label(rule.target.type).startswith("BINARY"):
        return float_form(rule, "{}::text".format, read_float)

    def source(column: str) -> str:
        # by way of its shortest decimal: the cast to numeric keeps 15 digits only
        number = _numeric_text(f"({column}::text)::numeric")
        return f"CASE WHEN abs({column}) < 'Infinity' THEN {number} ELSE {column}::text END"

    return Form(source, oracle_number(rule), NUMBER_BYTES, read_float, read_number)


def number_text(rule: ColumnRule) -> Form:
    read = read_float if source_label(rule.source.type) in _FLOATS else read_number
    return text_form(rule, "{}::text".format, read)


def boolean_number(rule: ColumnRule) -> Form:
    return Form(
        "({}::int4)::text".format,
        oracle_number(rule),
        NUMBER_BYTES,
        whole,
        read_number,
        converted=True,
    )


whole = of_text(int)


# ------------------------------------------------------------------ lengths of time

_TIME_OF = (
    "(extract(hour FROM {0}) * 3600 + extract(minute FROM {0}) * 60 + extract(second FROM {0}))"
)
_MONTHS_OF = "(extract(year FROM {0}) * 12 + extract(month FROM {0}))"


def _interval(rule: ColumnRule, number: str, foreign: str, reduced: str | None) -> Form:
    """``number`` of seconds or months unless the value has ``foreign`` parts, which Oracle's type
    has not.
    """

    def source(column: str) -> str:
        plain = _numeric_text(f"({number})::numeric".format(column))
        return f"CASE WHEN {foreign.format(column)} = 0 THEN {plain} ELSE {column}::text END"

    def target(column: str) -> str:
        return f"TO_CHAR({target_reading(rule.target.type, column)})"

    return Form(
        source,
        target,
        NUMBER_BYTES,
        read_number,
        read_number,
        converted=True,
        reduced=reduced.format if reduced else None,
    )


def interval_seconds(rule: ColumnRule) -> Form:
    time = f"(extract(day FROM {{0}}) * 86400 + {_TIME_OF})"
    merged = (
        f"{_MONTHS_OF} = 0 AND (abs{_TIME_OF} >= 86400 OR extract(day FROM {{0}}) * {_TIME_OF} < 0)"
    )
    return _interval(rule, time, _MONTHS_OF, merged)


def interval_months(rule: ColumnRule) -> Form:
    return _interval(rule, _MONTHS_OF, f"(abs(extract(day FROM {{0}})) + abs{_TIME_OF})", None)
