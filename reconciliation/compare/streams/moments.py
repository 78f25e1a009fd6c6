"""How dates and times are written by both databases: a column pair's rule in, its form out."""

from __future__ import annotations

import datetime as dt

from reconciliation.canonical import ColumnRule, conversion
from reconciliation.canonical.types import fraction_digits, source_label, target_label
from reconciliation.compare.streams.form import Form, Reader, Writer
from reconciliation.compare.streams.numbers import NUMBER_BYTES, oracle_number, whole
from reconciliation.compare.streams.texts import literal, of_text, read_number

_MOMENT_BYTES = 40


def _postgresql_moment(expression: str, digits: int) -> Writer:
    """``expression`` holds {0} for the column. What has no year between 1 and 9999 is left in
    PostgreSQL's words.
    """
    fraction = '.US"000"' if digits > 6 else ".US"

    def write(column: str) -> str:
        value = expression.format(column)
        plain = f"to_char({value}, ' YYYY-MM-DD HH24:MI:SS{fraction}')"
        return (
            f"CASE WHEN {value} BETWEEN '0001-01-01' AND '9999-12-31 23:59:59.999999' THEN {plain} "
            f"ELSE {column}::text END"
        )

    return write


def _oracle_moment(rule: ColumnRule) -> Writer:
    """SYYYY writes a sign for years before Christ and a blank for others."""
    digits = fraction_digits(rule.target.type)
    label = target_label(rule.target.type)
    value = "SYS_EXTRACT_UTC({0})" if "TIME ZONE" in label else "{0}"
    fraction = '".000000"' if label == "DATE" else ".FF9" if digits > 6 else ".FF6"
    return f"TO_CHAR({value}, 'SYYYY-MM-DD HH24:MI:SS{fraction}')".format


def _moment_form(
    rule: ColumnRule,
    expression: str,
    read_source: Reader,
    reduced: Writer | None = None,
    converted: bool = False,
) -> Form:
    read_target = _utc_moment if "TIME ZONE" in target_label(rule.target.type) else _moment
    source = _postgresql_moment(expression, fraction_digits(rule.target.type))
    return Form(
        source,
        _oracle_moment(rule),
        _MOMENT_BYTES,
        read_source,
        read_target,
        converted=converted,
        reduced=reduced,
    )


def wall_clock(rule: ColumnRule) -> Form:
    return _moment_form(rule, "{0}::timestamp", _moment)


def instant(rule: ColumnRule) -> Form:
    zoned = source_label(rule.source.type) == "timestamptz"
    return _moment_form(rule, "({0} AT TIME ZONE 'UTC')" if zoned else "{0}", _utc_moment)


_EPOCHS = {
    "epoch_seconds": ("second", 1),
    "epoch_millis": ("milliseconds", 1_000),
    "epoch_micros": ("microseconds", 1_000_000),
}


def epoch(rule: ColumnRule) -> Form:
    unit, per_second = _EPOCHS[rule.rule.name]
    moment = "{0}" if source_label(rule.source.type) == "timestamptz" else "({0}::timestamp)"

    def source(column: str) -> str:
        value = moment.format(column)
        count = f"(extract(epoch FROM date_trunc('{unit}', {value})) * {per_second})::int8::text"
        return f"CASE WHEN isfinite({column}) THEN {count} ELSE {column}::text END"

    def reduced(column: str) -> str:
        value = moment.format(column)
        return f"isfinite({column}) AND date_trunc('{unit}', {value}) <> {value}"

    return Form(
        source,
        oracle_number(rule),
        NUMBER_BYTES,
        whole,
        read_number,
        converted=True,
        reduced=None if unit == "microseconds" else reduced,
    )


def whole_seconds(rule: ColumnRule) -> Form:
    zoned = source_label(rule.source.type) == "timestamptz"
    utc = "({0} AT TIME ZONE 'UTC')" if zoned else "{0}"
    reduced = "isfinite({0}) AND date_trunc('second', {0}) <> {0}".format
    return _moment_form(rule, f"date_trunc('second', {utc})", _utc_moment, reduced, converted=True)


def in_zone(rule: ColumnRule) -> Form:
    """An hour that comes twice is one whose other moment shows the same clock: the offset of a day
    away decides.
    """
    _, zone = conversion(rule.rule.name)
    name = literal(zone or "")

    def reduced(column: str) -> str:
        def clock(moment: str) -> str:
            return f"({moment} AT TIME ZONE {name})"

        def offset(moment: str) -> str:
            return f"({clock(moment)} - ({moment} AT TIME ZONE 'UTC'))"

        days = (f"({column} {sign} interval '1 day')" for sign in "+-")
        twins = (f"({column} + ({offset(column)} - {offset(day)}))" for day in days)
        twice = " OR ".join(
            f"({twin} <> {column} AND {clock(twin)} = {clock(column)})" for twin in twins
        )
        return f"isfinite({column}) AND ({twice})"

    return _moment_form(rule, f"({{0}} AT TIME ZONE {name})", _moment, reduced, converted=True)


# ------------------------------------------------------------------ reading fields back


def _clock(text: str) -> dt.datetime:
    seconds, _, fraction = text.strip(" ").partition(".")
    if fraction[6:].strip("0"):
        raise ValueError(f"{text} has nanoseconds")
    return dt.datetime.fromisoformat(f"{seconds}.{fraction[:6]}")


_moment = of_text(_clock)
_utc_moment = of_text(lambda text: _clock(text).replace(tzinfo=dt.UTC))
