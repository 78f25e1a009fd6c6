"""Ranges of keys, and the SQL conditions that cut them out of a table on both sides.

Both databases have to put every row into exactly one range, and rows with the same key into the
same one. So bounds are canonical keys, written for each side as a literal of the column's own type,
and a type is only used here when both sides order its values alike: numbers, UUIDs, bytes, dates
and times, and text by code point (PostgreSQL's collation "C"; Oracle's NLS_COMP = BINARY, which the
session sets, and national text where the bytes of the database's character set have another order).

Sources: PostgreSQL documentation, "Row and Array Comparisons" (a row comparison is lexicographic
and uses an index) and "String Constants"; Oracle SQL Language Reference, "Literals" and "Data Type
Comparison Rules".
"""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from reconciliation.canonical import ColumnRule
from reconciliation.canonical.types import NUMBER_DIGITS, ordered_text, source_label, target_label
from reconciliation.canonical.values import of_type
from reconciliation.databases.quoting import quoted
from reconciliation.model import CatalogueColumn, Key, Value


class NoRange(Exception):  # noqa: N818 - the table is read in one piece instead
    """This key, or this bound, cannot be written in SQL so that both sides order it alike; says
    why.
    """


@dataclass(frozen=True)
class KeyRange:
    """The rows from ``low`` on and before ``high``, both canonical keys; None is open."""

    low: Key | None = None
    high: Key | None = None


def ranges_between(bounds: Sequence[Key]) -> list[KeyRange]:
    """The ranges that ascending bounds cut all keys into: one more than there are bounds."""
    edges = [None, *bounds, None]
    return [KeyRange(low, high) for low, high in itertools.pairwise(edges)]


@dataclass(frozen=True)
class _Part:
    """A key column on one side: the SQL that is compared, what writes a canonical value, whether it
    may be NULL.
    """

    expression: str
    literal: Callable[[Value], str]
    nullable: bool


def conditions(
    key: Sequence[ColumnRule], keys: KeyRange, *, oracle: bool = True
) -> tuple[str, str]:
    """The conditions of a range for the source and for the target, empty where it is open at both
    ends.

    ``key`` are the rules of the key's columns in order, ``oracle`` whether the target is one.
    Raises NoRange.
    """
    if keys == KeyRange():
        return "", ""  # the whole table: its key need not have bounds
    ours, theirs = (
        [_source_part(rule) for rule in key],
        [_target_part(rule, oracle) for rule in key],
    )
    compare = _spelled_out if oracle else _row_comparison
    return _condition(ours, keys, _row_comparison), _condition(theirs, keys, compare)


def beyond(key: Sequence[ColumnRule], bound: Key, *, above: bool) -> tuple[str, str]:
    """For Oracle the condition of the keys above a bound or below it, the bound aside, and the
    order in which those next to it come first. Raises NoRange.
    """
    parts = [_oracle(rule) for rule in key]
    condition = _spelled_out(parts, bound, ">" if above else "<", strict=True)
    direction = "" if above else " DESC"
    return condition, ", ".join(f"{part.expression}{direction}" for part in parts)


def check_key(key: Sequence[ColumnRule], *, oracle: bool = True) -> None:
    """Raises NoRange for a key with a column that cannot have bounds."""
    for rule in key:
        _source_part(rule)
        _target_part(rule, oracle)


def is_text(rule: ColumnRule) -> bool:
    """Whether a key column is ordered as text, which PostgreSQL's index only helps with in the
    collation "C".
    """
    return source_label(rule.source.type) in _TEXTS


Compare = Callable[[Sequence[_Part], Key, str], str]


def _condition(parts: Sequence[_Part], keys: KeyRange, compare: Compare) -> str:
    if keys.low is None and keys.high is None:
        return ""
    found = [
        compare(parts, bound, sign)
        for bound, sign in ((keys.low, ">"), (keys.high, "<"))
        if bound is not None
    ]
    # no range would hold a row with NULL in its key: it belongs to the last one
    nullable = [part.expression for part in parts if part.nullable]
    if not nullable:
        return " AND ".join(found)
    if keys.high is not None:
        return " AND ".join([*found, *(f"{name} IS NOT NULL" for name in nullable)])
    return f"({' AND '.join(found)}) OR {' OR '.join(f'{name} IS NULL' for name in nullable)}"


def _literals(parts: Sequence[_Part], bound: Key) -> list[str]:
    return [part.literal(value) for part, value in zip(parts, bound, strict=True)]


def _row_comparison(parts: Sequence[_Part], bound: Key, sign: str) -> str:
    """PostgreSQL compares rows lexicographically itself."""
    literals = _literals(parts, bound)
    sign = ">=" if sign == ">" else "<"
    if len(parts) == 1:
        return f"{parts[0].expression} {sign} {literals[0]}"
    return f"ROW({', '.join(part.expression for part in parts)}) {sign} ROW({', '.join(literals)})"


def _spelled_out(parts: Sequence[_Part], bound: Key, sign: str, strict: bool = False) -> str:
    """The same column by column. The first column stands for itself as well, for the sake of its
    index. ``strict``: without the bound itself.
    """
    literals = _literals(parts, bound)
    names = [part.expression for part in parts]
    found = f"{names[-1]} {'>=' if sign == '>' and not strict else sign} {literals[-1]}"
    for name, literal in list(zip(names, literals, strict=True))[-2::-1]:
        found = f"{name} {sign} {literal} OR {name} = {literal} AND ({found})"
    return found if len(parts) == 1 else f"{names[0]} {sign}= {literals[0]} AND ({found})"


# ------------------------------------------------------------------ the columns

_INTEGERS = frozenset({"int2", "int4", "int8"})
_NUMBERS = _INTEGERS | {"numeric"}
_TEXTS = frozenset({"varchar", "text"})
_MOMENTS = frozenset({"date", "timestamp", "timestamptz"})


def _source_part(rule: ColumnRule) -> _Part:
    return _postgresql(rule, rule.pair.source, rule.source)


def _target_part(rule: ColumnRule, oracle: bool) -> _Part:
    return _oracle(rule) if oracle else _postgresql(rule, rule.pair.target, rule.target)


def _none(rule: ColumnRule) -> NoRange:
    return NoRange(
        f"the key column {rule.pair.source} ({rule.source.type}, "
        f"compared as {rule.rule.name}) has no order that both sides share"
    )


def _postgresql(rule: ColumnRule, column: str, described: CatalogueColumn) -> _Part:
    label, name = source_label(described.type), rule.rule.name
    expression, nullable = quoted(column), described.nullable
    if label in _NUMBERS and name == "number":
        return _Part(expression, _plain_number, nullable)
    if label in _TEXTS and name == "text":
        return _Part(f'{expression} COLLATE "C"', _plain_text, nullable)
    if label == "uuid" and name in ("uuid", "uuid_text", "uuid_raw"):
        return _Part(expression, _plain_uuid, nullable)
    if label == "bytea" and name == "bytes":
        return _Part(expression, lambda value: f"decode('{_bytes(value).hex()}', 'hex')", nullable)
    if label in _MOMENTS and name in ("date", "timestamp", "instant", "instant_as_utc", "value"):
        kind = "timestamptz" if label == "timestamptz" else "timestamp"
        return _Part(
            expression,
            lambda value: f"{kind} '{_moment(value)}{'+00' if kind != 'timestamp' else ''}'",
            nullable,
        )
    raise _none(rule)


def _oracle(rule: ColumnRule) -> _Part:
    label, name, nullable = target_label(rule.target.type), rule.rule.name, rule.target.nullable
    column = quoted(rule.pair.target)
    if (
        label == "VARCHAR2"
        and (ordered := ordered_text(rule.target.type, column)) != column
        and name in _TEXT_RULES
    ):
        return _Part(ordered, _oracle_national, nullable)
    for literal, labels, names in _ORACLE:
        if label in labels and name in names:
            return _Part(column, literal, nullable)
    raise _none(rule)


# ------------------------------------------------------------------ the literals


def _number(value: Value) -> Decimal | int:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise NoRange(f"{value!r} is no bound for a number")
    return value


def _plain_number(value: Value) -> str:
    return f"({_number(value):f})" if isinstance(value, Decimal) else f"({_number(value)})"


def _oracle_number(value: Value) -> str:
    digits = "".join(map(str, Decimal(_number(value)).as_tuple().digits))
    if len(digits.rstrip("0")) > NUMBER_DIGITS:
        raise NoRange(f"{value} has more digits than a number of Oracle")
    return _plain_number(value)


def _text(value: Value) -> str:
    # an unpaired surrogate is no character, and PostgreSQL keeps no NUL
    if (
        not isinstance(value, str)
        or "\0" in value
        or any("\ud800" <= character <= "\udfff" for character in value)
    ):
        raise NoRange(f"{value!r} is no bound for text")
    return value


def _plain_text(value: Value) -> str:
    text = _text(value).replace("'", "''")
    # whatever standard_conforming_strings is
    return "E'" + text.replace("\\", "\\\\") + "'" if "\\" in text else f"'{text}'"


def _oracle_bound(value: Value) -> str:
    text = _text(value)
    if not text or len(text.encode()) > 4000:
        raise NoRange("Oracle has no empty text, and none beyond 4000 bytes, to compare a key with")
    return text


def _oracle_text(value: Value) -> str:
    return "'" + _oracle_bound(value).replace("'", "''") + "'"


def _oracle_national(value: Value) -> str:
    """In ASCII: a literal with N goes through the character set of the database."""
    text = _oracle_bound(value)
    if any(character > "\uffff" for character in text):
        raise NoRange(f"{text!r} stands elsewhere in the order of UTF-16")
    written = "".join(
        one if one.isalnum() and one.isascii() else f"\\{ord(one):04X}" for one in text
    )
    return f"UNISTR('{written}')"


def _plain_uuid(value: Value) -> str:
    try:
        if isinstance(value, bytes):
            return f"uuid '{uuid.UUID(bytes=value)}'"
        return f"uuid '{uuid.UUID(of_type(str, value))}'"
    except (ValueError, TypeError):
        raise NoRange(f"{value!r} is no bound for a UUID") from None


def _bytes(value: Value) -> bytes:
    if not isinstance(value, bytes):
        raise NoRange(f"{value!r} is no bound for bytes")
    return value


def _oracle_raw(value: Value) -> str:
    octets = _bytes(value)
    if not 0 < len(octets) <= 2000:
        raise NoRange(
            "Oracle has no empty RAW, and no literal beyond 2000 bytes, to compare a key with"
        )
    return f"HEXTORAW('{octets.hex().upper()}')"


def _moment(value: Value) -> str:
    """Without zone; a moment with a zone in UTC."""
    if not isinstance(value, dt.date):
        raise NoRange(f"{value!r} is no bound for a date or time")
    moment = (
        value if isinstance(value, dt.datetime) else dt.datetime(value.year, value.month, value.day)
    )
    if moment.tzinfo is not None:
        moment = moment.astimezone(dt.UTC).replace(tzinfo=None)
    return moment.isoformat(sep=" ", timespec="microseconds")


def _oracle_date(value: Value) -> str:
    """DATE has whole seconds: from the bound on is from the next whole second on."""
    moment = dt.datetime.fromisoformat(_moment(value))
    try:
        whole = moment.replace(microsecond=0) + dt.timedelta(seconds=1 if moment.microsecond else 0)
    except OverflowError:
        raise NoRange(f"there is no whole second after {moment}") from None
    return f"TO_DATE('{whole.isoformat(sep=' ')}', 'YYYY-MM-DD HH24:MI:SS')"


def _oracle_timestamp(value: Value) -> str:
    return f"TIMESTAMP '{_moment(value)}'"


def _oracle_instant(value: Value) -> str:
    return f"TIMESTAMP '{_moment(value)} +00:00'"


_TEXT_RULES = frozenset({"text", "uuid_text"})
_MOMENT_RULES = frozenset({"date", "timestamp", "instant", "instant_as_utc"})
_ZONED = frozenset({"TIMESTAMP WITH TIME ZONE", "TIMESTAMP WITH LOCAL TIME ZONE"})
#: literal, Oracle's types, rules
_ORACLE: tuple[tuple[Callable[[Value], str], frozenset[str], frozenset[str]], ...] = (
    (_oracle_number, frozenset({"NUMBER", "FLOAT"}), frozenset({"number"})),
    (_oracle_text, frozenset({"VARCHAR2"}), _TEXT_RULES),
    (_oracle_raw, frozenset({"RAW"}), frozenset({"bytes", "uuid_raw"})),
    (_oracle_date, frozenset({"DATE"}), _MOMENT_RULES),
    (_oracle_timestamp, frozenset({"TIMESTAMP"}), _MOMENT_RULES),
    (_oracle_instant, _ZONED, _MOMENT_RULES),
)
