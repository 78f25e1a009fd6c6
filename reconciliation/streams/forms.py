"""How a column pair is written as text by both databases, so that equal texts mean equal canonical values.

The other direction need not hold: two texts may differ for one value (a number spelled in another way, a time beyond
the years Oracle knows). Such rows are taken apart and compared by the rules of ``canonical``, which decide.

A field is ``text,`` where the text never holds a comma (plain), or ``length:text,`` (counted). An empty plain field
and a counted one without length are NULL; ``0:,`` is the empty string, which Oracle does not have.

Sources of the formats: PostgreSQL documentation, "Data Type Formatting Functions"; Oracle SQL Language Reference,
"Format Models" and TO_CHAR. PostgreSQL's session must have UTC as its time zone and ISO as its
date style, Oracle's a point as its decimal character (``NLS_NUMERIC_CHARACTERS``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from reconciliation.canonical import ColumnRule, conversion
from reconciliation.canonical.types import fraction_digits, source_label, source_reading, target_label, target_reading
from reconciliation.streams.form import Form, Reader, Writer
from reconciliation.streams.texts import bytes_form, float_form, read_float, read_number, text_form

__all__ = ["Form", "canonical_pair", "form_of"]

def form_of(rule: ColumnRule) -> Form | None:
    """The form of a column pair, or None when the pair can only be compared in memory."""
    maker = _FORMS.get(rule.rule.name.split(":")[0])
    return maker(rule) if maker else None


# ------------------------------------------------------------------ reading fields back


def _whole(text: str | None) -> Any:
    return None if text is None else int(text)


def _moment(text: str | None) -> Any:
    if text is None:
        return None
    seconds, _, fraction = text.strip(" ").partition(".")
    if fraction[6:].strip("0"):
        raise ValueError(f"{text} has nanoseconds")
    return dt.datetime.fromisoformat(f"{seconds}.{fraction[:6]}")


def _utc_moment(text: str | None) -> Any:
    return None if text is None else _moment(text).replace(tzinfo=dt.UTC)


def _octets(text: str | None) -> Any:
    return None if text is None else bytes.fromhex(text)


# ------------------------------------------------------------------ numbers

_NUMBER_BYTES = 64  # 40 digits, sign, point and exponent, with some room
_INTEGERS = ("int2", "int4", "int8")
_FLOATS = ("float4", "float8")
#: characters up to which Oracle writes a NUMBER as it is; what is longer it rounds to an exponent form of this width
_PLAIN_NUMBER = 40


def _oracle_number(rule: ColumnRule) -> Writer:
    """TO_CHAR without a format where the type leaves no room for more than 40 characters, TM9 otherwise.

    "Exactly long enough to hold its significant digits" (SQL Language Reference, "TO_CHAR (number)"); TM9: fixed up to
    64 characters, then scientific ("Number Format Models", TM).
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
        f"CASE WHEN {column} > -1 AND {column} < 1 AND {column} <> 0 THEN replace({plain}, '0.', '.') ELSE {plain} END"
    )


def _exact_number(rule: ColumnRule) -> Form:
    whole = source_label(rule.source.type) in _INTEGERS
    if target_label(rule.target.type).startswith("BINARY"):
        source = "{}::text".format if whole else "trim_scale({})::text".format
        return float_form(rule, source, read_number)
    return Form("{}::text".format if whole else _numeric_text, _oracle_number(rule), _NUMBER_BYTES,
                read_number, read_number)  # fmt: skip


def _money(rule: ColumnRule) -> Form:
    def source(column: str) -> str:
        return _numeric_text(source_reading(rule.source.type, column))

    return Form(source, _oracle_number(rule), _NUMBER_BYTES, read_number, read_number)


def _float(rule: ColumnRule) -> Form:
    if target_label(rule.target.type).startswith("BINARY"):
        return float_form(rule, "{}::text".format, read_float)

    def source(column: str) -> str:
        # by way of its shortest decimal: the cast to numeric keeps 15 digits only
        number = _numeric_text(f"({column}::text)::numeric")
        return f"CASE WHEN abs({column}) < 'Infinity' THEN {number} ELSE {column}::text END"

    return Form(source, _oracle_number(rule), _NUMBER_BYTES, read_float, read_number)


def _number_text(rule: ColumnRule) -> Form:
    read = read_float if source_label(rule.source.type) in _FLOATS else read_number
    return text_form(rule, "{}::text".format, read)


# ------------------------------------------------------------------ text


def _boolean_text(rule: ColumnRule) -> Form:
    _, argument = conversion(rule.rule.name)
    yes, no = (_literal(word) for word in (argument or "true/false").split("/", 1))
    source = f"CASE WHEN {{0}} THEN {yes} WHEN NOT {{0}} THEN {no} END"
    return text_form(rule, source.format, converted=True)


def _boolean_number(rule: ColumnRule) -> Form:
    return Form("({}::int4)::text".format, _oracle_number(rule), _NUMBER_BYTES, _whole, read_number, converted=True)


def _literal(word: str) -> str:
    return "'" + word.replace("'", "''").replace("{", "{{").replace("}", "}}") + "'"


def _printed(rule: ColumnRule) -> Form | None:
    """What conversion ``text`` means for a type whose driver value is no text is not known before it is read."""
    native = ("int2", "int4", "int8", "numeric", "float4", "float8", "bool", "bytea", "date", "timestamp",
              "timestamptz", "oid")  # fmt: skip
    return None if source_label(rule.source.type) in native else text_form(rule)


# ------------------------------------------------------------------ bytes


def _bytes(rule: ColumnRule) -> Form:
    return bytes_form(rule, "{}".format, False, _octets)


def _uuid_raw(rule: ColumnRule) -> Form:
    return bytes_form(rule, "decode(replace({}::text, '-', ''), 'hex')".format, True, _octets)


def _uuid_hex(rule: ColumnRule) -> Form:
    return text_form(rule, "replace({}::text, '-', '')".format, converted=True)


# ------------------------------------------------------------------ lengths of time

_TIME_OF = "(extract(hour FROM {0}) * 3600 + extract(minute FROM {0}) * 60 + extract(second FROM {0}))"
_MONTHS_OF = "(extract(year FROM {0}) * 12 + extract(month FROM {0}))"


def _interval(rule: ColumnRule, number: str, foreign: str, reduced: str | None) -> Form:
    """``number`` of seconds or months unless the value has ``foreign`` parts, which Oracle's type has not."""

    def source(column: str) -> str:
        plain = _numeric_text(f"({number})::numeric".format(column))
        return f"CASE WHEN {foreign.format(column)} = 0 THEN {plain} ELSE {column}::text END"

    def target(column: str) -> str:
        return f"TO_CHAR({target_reading(rule.target.type, column)})"

    return Form(source, target, _NUMBER_BYTES, read_number, read_number, converted=True,
                reduced=reduced.format if reduced else None)  # fmt: skip


def _interval_seconds(rule: ColumnRule) -> Form:
    time = f"(extract(day FROM {{0}}) * 86400 + {_TIME_OF})"
    merged = f"{_MONTHS_OF} = 0 AND (abs{_TIME_OF} >= 86400 OR extract(day FROM {{0}}) * {_TIME_OF} < 0)"
    return _interval(rule, time, _MONTHS_OF, merged)


def _interval_months(rule: ColumnRule) -> Form:
    return _interval(rule, _MONTHS_OF, f"(abs(extract(day FROM {{0}})) + abs{_TIME_OF})", None)


# ------------------------------------------------------------------ dates and times

_MOMENT_BYTES = 40


def _postgresql_moment(expression: str, digits: int) -> Writer:
    """``expression`` holds {0} for the column. What has no year between 1 and 9999 is left in PostgreSQL's words."""
    fraction = '.US"000"' if digits > 6 else ".US"

    def write(column: str) -> str:
        value = expression.format(column)
        plain = f"to_char({value}, ' YYYY-MM-DD HH24:MI:SS{fraction}')"
        return f"CASE WHEN {value} BETWEEN '0001-01-01' AND '9999-12-31 23:59:59.999999' THEN {plain} " \
               f"ELSE {column}::text END"  # fmt: skip

    return write


def _oracle_moment(rule: ColumnRule) -> Writer:
    """SYYYY writes a sign for years before Christ and a blank for others."""
    digits = fraction_digits(rule.target.type)
    label = target_label(rule.target.type)
    value = "SYS_EXTRACT_UTC({0})" if "TIME ZONE" in label else "{0}"
    fraction = '".000000"' if label == "DATE" else ".FF9" if digits > 6 else ".FF6"
    return f"TO_CHAR({value}, 'SYYYY-MM-DD HH24:MI:SS{fraction}')".format


def _moment_form(rule: ColumnRule, expression: str, read_source: Reader, reduced: Writer | None = None,
                 converted: bool = False) -> Form:  # fmt: skip
    read_target = _utc_moment if "TIME ZONE" in target_label(rule.target.type) else _moment
    source = _postgresql_moment(expression, fraction_digits(rule.target.type))
    return Form(source, _oracle_moment(rule), _MOMENT_BYTES, read_source, read_target,
                converted=converted, reduced=reduced)  # fmt: skip


def _wall_clock(rule: ColumnRule) -> Form:
    return _moment_form(rule, "{0}::timestamp", _moment)


def _instant(rule: ColumnRule) -> Form:
    zoned = source_label(rule.source.type) == "timestamptz"
    return _moment_form(rule, "({0} AT TIME ZONE 'UTC')" if zoned else "{0}", _utc_moment)


_EPOCHS = {"epoch_seconds": ("second", 1), "epoch_millis": ("milliseconds", 1_000),
           "epoch_micros": ("microseconds", 1_000_000)}  # fmt: skip


def _epoch(rule: ColumnRule) -> Form:
    unit, per_second = _EPOCHS[rule.rule.name]
    moment = "{0}" if source_label(rule.source.type) == "timestamptz" else "({0}::timestamp)"

    def source(column: str) -> str:
        value = moment.format(column)
        count = f"(extract(epoch FROM date_trunc('{unit}', {value})) * {per_second})::int8::text"
        return f"CASE WHEN isfinite({column}) THEN {count} ELSE {column}::text END"

    def reduced(column: str) -> str:
        value = moment.format(column)
        return f"isfinite({column}) AND date_trunc('{unit}', {value}) <> {value}"

    return Form(source, _oracle_number(rule), _NUMBER_BYTES, _whole, read_number, converted=True,
                reduced=None if unit == "microseconds" else reduced)  # fmt: skip


def _whole_seconds(rule: ColumnRule) -> Form:
    zoned = source_label(rule.source.type) == "timestamptz"
    utc = "({0} AT TIME ZONE 'UTC')" if zoned else "{0}"
    reduced = "isfinite({0}) AND date_trunc('second', {0}) <> {0}".format
    return _moment_form(rule, f"date_trunc('second', {utc})", _utc_moment, reduced, converted=True)


def _in_zone(rule: ColumnRule) -> Form:
    """An hour that comes twice is one whose other moment shows the same clock: the offset of a day away decides."""
    _, zone = conversion(rule.rule.name)
    name = _literal(zone or "")

    def reduced(column: str) -> str:
        def clock(moment: str) -> str:
            return f"({moment} AT TIME ZONE {name})".format(column)

        def offset(moment: str) -> str:
            return f"({clock(moment)} - ({moment} AT TIME ZONE 'UTC'))"

        twins = (f"({column} + ({offset(column)} - {offset(f'({column} {sign} interval {day})')}))"
                 for sign in "+-" for day in ("'1 day'",))  # fmt: skip
        twice = " OR ".join(f"({twin} <> {column} AND {clock(twin)} = {clock(column)})" for twin in twins)
        return f"isfinite({column}) AND ({twice})"

    return _moment_form(rule, f"({{0}} AT TIME ZONE {name})", _moment, reduced, converted=True)


_FORMS: dict[str, Callable[[ColumnRule], Form | None]] = {
    "number": _exact_number,
    "money": _money,
    "float4": _float,
    "float8": _float,
    "number_text": _number_text,
    "text": _printed,
    "padded_text": text_form,
    "printed": text_form,
    "json": text_form,
    "uuid_text": text_form,
    "uuid_raw": _uuid_raw,
    "uuid_hex": _uuid_hex,
    "bytes": _bytes,
    "boolean_text": _boolean_text,
    "boolean_number": _boolean_number,
    "date": _wall_clock,
    "timestamp": _wall_clock,
    "instant": _instant,
    "instant_as_utc": _instant,
    "wall_clock": _in_zone,
    "whole_seconds": _whole_seconds,
    "epoch_seconds": _epoch,
    "epoch_millis": _epoch,
    "epoch_micros": _epoch,
    "interval_seconds": _interval_seconds,
    "interval_months": _interval_months,
}


def canonical_pair(rule: ColumnRule, form: Form, source: Any, target: Any) -> tuple[Any, Any]:
    """The canonical values behind two field texts. ValueError or ArithmeticError where a text is of no such value."""
    left = form.read_source(source)
    return (left if form.converted else rule.canonical_source(left)), rule.canonical_target(form.read_target(target))
