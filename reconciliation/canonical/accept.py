"""Differences that may be accepted, and the exact test of each: an accepted difference is one
value, not a range.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from decimal import Decimal

from reconciliation.canonical import charsets, values
from reconciliation.canonical.types import (
    fits,
    lacking,
    padded,
    replicated_number,
    source_label,
    stored_moment,
    stored_number,
    target_label,
)
from reconciliation.model import AcceptedDifference, ColumnType, Value

#: the types of a column pair: PostgreSQL's, Oracle's
_Types = tuple[ColumnType, ColumnType]
#: rules of accepted differences, each with what it accepts
ACCEPTABLE: dict[str, str] = {
    "empty_string_is_null": "'' in PostgreSQL, NULL in Oracle",
    "rounded_to_scale": (
        "digits beyond the legacy scale are rounded half away from zero, as Oracle does; of a "
        "numeric without a precision the replication keeps six digits behind the point"
    ),
    "fraction_of_second_lost": "the fraction of a second beyond the legacy precision is cut "
    "(DATE) or rounded (TIMESTAMP), as Oracle does",
    "character_replaced": "a character that the legacy database's character set lacks "
    "is stored as a replacement character",
    "blank_padded": "text in a legacy CHAR column is padded with blanks to its length",
    "refused_empty_string": "a row with '' in this column is refused with ORA-01400",
    "refused_null": "a row with NULL in this column is refused with ORA-01400",
    "refused_byte_length": (
        "a value longer than the legacy column in bytes is refused with ORA-12899"
    ),
    "refused_out_of_range": "a number beyond the legacy precision is refused with ORA-01438, "
    "a time beyond the legacy range with ORA-01841",
    "refused_not_a_number": "NaN and the infinities are refused with ORA-01722",
}


#: U+FFFD is in none of the sets that lack a character: there it says that what is stored is no text
_STORED = charsets.REPLACEMENTS.replace(charsets.UNCONVERTED, "")


def _is_empty(kind: ColumnType, source: Value) -> bool:
    if isinstance(source, str) and source_label(kind) == "bpchar":
        return not source.rstrip(" ")  # the blanks of a char(n) are no part of its text
    return isinstance(source, (str, bytes, bytearray, memoryview)) and len(source) == 0


def _empty_is_null(types: _Types, source: Value, target: Value) -> bool:
    return target is None and _is_empty(types[0], source)


def _rounded(types: _Types, source: Value, target: Value) -> bool:
    source_type, target_type = types
    if target_label(target_type) not in ("NUMBER", "FLOAT"):
        return False
    if not isinstance(source, (int, float, Decimal)) or isinstance(source, bool):
        return False
    exact = values.exact(source)
    return (
        exact.is_finite()
        and target is not None
        and values.number(target)
        in (
            stored_number(target_type, exact),
            stored_number(target_type, replicated_number(source_type, exact)),
        )
    )


def _fraction_lost(types: _Types, source: Value, target: Value) -> bool:
    target_type = types[1]
    if not isinstance(source, dt.datetime) or not isinstance(target, dt.datetime):
        return False
    try:
        stored = stored_moment(target_type, source)
        return bool(values.instant(stored) == values.instant(target))
    except OverflowError:
        return False


def _padded(types: _Types, source: Value, target: Value) -> bool:
    target_type = types[1]
    if target_label(target_type) not in ("CHAR", "NCHAR") or not isinstance(source, str):
        return False
    return fits(target_type, source) and padded(target_type, source) == target


def _replaced(types: _Types, source: Value, target: Value) -> bool:
    target_type = types[1]
    if not isinstance(source, str) or not isinstance(target, str):
        return False
    if not lacking(target_type, source):
        return False
    there = target.rstrip(" ") if target_label(target_type) == "CHAR" else target
    # a character beyond U+FFFF is one or, where it comes as a pair of UTF-16, two characters
    return any(_stands_for(target_type, source, there, width) for width in (1, 2))


def _stands_for(target_type: ColumnType, source: str, target: str, width: int) -> bool:
    """Whether ``target`` is ``source`` with every lacking character replaced, one beyond U+FFFF by
    ``width``.
    """
    place = 0
    for character in source:
        if charsets.has(target_type.charset, character):
            size, is_kept = 1, target[place : place + 1] == character
        else:
            size = width if character > "\uffff" else 1
            stored = target[place : place + size]
            is_kept = len(stored) == size and all(one in _STORED for one in stored)
        if not is_kept:
            return False
        place += size
    return place == len(target)


_TESTS: dict[str, Callable[[_Types, Value, Value], bool]] = {
    "empty_string_is_null": _empty_is_null,
    "rounded_to_scale": _rounded,
    "fraction_of_second_lost": _fraction_lost,
    "character_replaced": _replaced,
    "blank_padded": _padded,
}


def accepted_rule(
    accepted: Iterable[AcceptedDifference],
    source_type: ColumnType,
    target_type: ColumnType,
    source: Value,
    target: Value,
) -> AcceptedDifference | None:
    """The accepted difference that covers two differing driver values of one
    column pair, or None.
    """
    types = (source_type, target_type)
    for entry in accepted:
        test = _TESTS.get(entry.rule)
        if test is not None and test(types, source, target):
            return entry
    return None
