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
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from reconciliation.canonical import ColumnRule, conversion
from reconciliation.canonical.types import fraction_digits, source_label, target_label

#: writes a column's SQL expression
Writer = Callable[[str], str]
#: reads a field's text; None stands for NULL
Reader = Callable[[str | None], Any]


@dataclass(frozen=True)
class Form:
    """``source`` and ``target`` give SQL for the text of a quoted column; ``longest`` is the target's text in bytes.

    ``read_source`` and ``read_target`` turn field texts back into driver values; where ``converted`` is set the
    source's text is canonical already. ``reduced`` is a SQL condition in PostgreSQL: the conversion loses something.
    """

    source: Writer
    target: Writer
    longest: int
    read_source: Reader
    read_target: Reader
    counted: bool = False
    converted: bool = False
    reduced: Writer | None = None


def form_of(rule: ColumnRule) -> Form | None:
    """The form of a column pair, or None when the pair can only be compared in memory."""
    maker = _FORMS.get(rule.rule.name.split(":")[0])
    return maker(rule) if maker else None


# ------------------------------------------------------------------ reading fields back


def _as_is(text: str | None) -> Any:
    return text


def _number(text: str | None) -> Any:
    return None if text is None else Decimal(text)


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


def _oracle_number(column: str) -> str:
    # without a format: "exactly long enough to hold its significant digits" (SQL Language Reference, TO_CHAR (number))
    return f"TO_CHAR({column})"


def _postgresql_numeric(column: str) -> str:
    # Oracle writes no zero before the point; only |x| < 1 has one
    plain = f"trim_scale({column})::text"
    return (
        f"CASE WHEN {column} > -1 AND {column} < 1 AND {column} <> 0 THEN replace({plain}, '0.', '.') ELSE {plain} END"
    )


def _exact_number(rule: ColumnRule) -> Form | None:
    if target_label(rule.target.type) not in ("NUMBER", "FLOAT"):
        return None
    whole = source_label(rule.source.type) in _INTEGERS
    source: Writer = "{}::text".format if whole else _postgresql_numeric
    return Form(source, _oracle_number, _NUMBER_BYTES, _number, _number)


# ------------------------------------------------------------------ text


def _varchar(rule: ColumnRule) -> int | None:
    """The longest value of a VARCHAR2 in bytes, or None for another type."""
    kind = rule.target.type
    if target_label(kind) != "VARCHAR2":
        return None
    return kind.length * (1 if kind.byte_length else 4) if kind.length else 4000


def _text(rule: ColumnRule) -> Form | None:
    longest = _varchar(rule)
    return None if longest is None else Form("{}".format, "{}".format, longest, _as_is, _as_is, counted=True)


def _identifier(rule: ColumnRule) -> Form | None:
    longest = _varchar(rule)
    if longest is None:
        return None
    return Form("{}::text".format, "{}".format, longest, _as_is, _as_is, counted=True)


def _boolean_text(rule: ColumnRule) -> Form | None:
    longest = _varchar(rule)
    if longest is None:
        return None
    _, argument = conversion(rule.rule.name)
    yes, no = (_literal(word) for word in (argument or "true/false").split("/", 1))
    source = f"CASE WHEN {{0}} THEN {yes} WHEN NOT {{0}} THEN {no} END"
    return Form(source.format, "{}".format, longest, _as_is, _as_is, counted=True, converted=True)


def _boolean_number(rule: ColumnRule) -> Form:
    return Form("({}::int4)::text".format, _oracle_number, _NUMBER_BYTES, _whole, _number, converted=True)


def _literal(word: str) -> str:
    return "'" + word.replace("'", "''").replace("{", "{{").replace("}", "}}") + "'"


# ------------------------------------------------------------------ bytes


def _bytes(rule: ColumnRule) -> Form | None:
    kind = rule.target.type
    if target_label(kind) != "RAW":
        return None
    return Form("upper(encode({}, 'hex'))".format, "RAWTOHEX({})".format, 2 * (kind.length or 2000), _octets, _octets,
                counted=True)  # fmt: skip


def _uuid_raw(rule: ColumnRule) -> Form:
    source = "upper(replace({}::text, '-', ''))".format
    return Form(source, "RAWTOHEX({})".format, 2 * (rule.target.type.length or 16), _octets, _octets, converted=True)


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


def _epoch(rule: ColumnRule) -> Form | None:
    if target_label(rule.target.type) != "NUMBER":
        return None
    unit, per_second = _EPOCHS[rule.rule.name]
    moment = "{0}" if source_label(rule.source.type) == "timestamptz" else "({0}::timestamp)"

    def source(column: str) -> str:
        value = moment.format(column)
        count = f"(extract(epoch FROM date_trunc('{unit}', {value})) * {per_second})::int8::text"
        return f"CASE WHEN isfinite({column}) THEN {count} ELSE {column}::text END"

    def reduced(column: str) -> str:
        value = moment.format(column)
        return f"isfinite({column}) AND date_trunc('{unit}', {value}) <> {value}"

    return Form(source, _oracle_number, _NUMBER_BYTES, _whole, _number, converted=True,
                reduced=None if unit == "microseconds" else reduced)  # fmt: skip


_FORMS: dict[str, Callable[[ColumnRule], Form | None]] = {
    "number": _exact_number,
    "text": _text,
    "uuid_text": _identifier,
    "uuid_raw": _uuid_raw,
    "bytes": _bytes,
    "boolean_text": _boolean_text,
    "boolean_number": _boolean_number,
    "date": _wall_clock,
    "timestamp": _wall_clock,
    "instant": _instant,
    "instant_as_utc": _instant,
    "epoch_seconds": _epoch,
    "epoch_millis": _epoch,
    "epoch_micros": _epoch,
}


def canonical_pair(rule: ColumnRule, form: Form, source: str | None, target: str | None) -> tuple[Any, Any]:
    """The canonical values behind two field texts. ValueError or ArithmeticError where a text is of no such value."""
    left = form.read_source(source)
    return (left if form.converted else rule.canonical_source(left)), rule.canonical_target(form.read_target(target))
