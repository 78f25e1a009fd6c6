"""What a PostgreSQL column may hold that its legacy column cannot, type by type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from reconciliation.canonical import ColumnRule, charsets
from reconciliation.canonical.types import (
    NUMBER_DIGITS,
    VARCHAR2_BYTES,
    fraction_digits,
    power_of_ten,
    source_label,
    stored_number,
    target_label,
)
from reconciliation.capacity.rows import (
    BEYOND_PRECISION,
    BEYOND_YEARS,
    CANNOT_INSERT_NULL,
    INVALID_NUMBER,
    NUMBER_LIMIT,
    NUMERIC_OVERFLOW,
    VALUE_TOO_LARGE,
)
from reconciliation.model import ColumnType

#: the widest character of UTF-16 in units of two bytes
_UTF16_UNITS = 2
#: types of PostgreSQL whose text may hold any character
_TEXTS = frozenset({"varchar", "text", "citext", "bpchar", "json", "jsonb", "name", "enum", "xml"})
INTEGER_BITS = {"int2": 16, "int4": 32, "int8": 64}
_EXACT_BITS = {"BINARY_FLOAT": 24, "BINARY_DOUBLE": 53}


@dataclass(frozen=True)
class Hazard:
    """``code`` is the ORA number of the refusal, None when Oracle alters the value silently.

    ``what`` is the value as this column pair has it, ``brief`` the same for every pair.
    """

    accepted_rule: str
    code: int | None
    what: str
    brief: str


def hazards(rule: ColumnRule) -> Iterator[Hazard]:
    """Every kind of value that is refused or altered on its way, whether accepted or not."""
    label = target_label(rule.target.type)
    if rule.source.nullable and not rule.target.nullable:
        what = f"NULL, which {rule.pair.target} NOT NULL cannot hold,"
        yield Hazard("refused_null", CANNOT_INSERT_NULL, what, "NULL")
    if label in ("NUMBER", "FLOAT", "BINARY_FLOAT", "BINARY_DOUBLE"):
        yield from _number_hazards(rule, label)
    elif label == "DATE" or label.startswith("TIMESTAMP"):
        yield from _moment_hazards(rule)
    elif label in ("RAW", "LONG RAW", "BLOB"):
        yield from _octet_hazards(rule, label)
    else:
        yield from _text_hazards(rule, label)


# ------------------------------------------------------------------ text


def _text_hazards(rule: ColumnRule, label: str) -> Iterator[Hazard]:
    yield from _charset_hazards(rule)
    if source_label(rule.source.type) in ("varchar", "text", "citext", "bpchar"):
        yield _empty_hazard(rule, "''")
        if label in ("CHAR", "NCHAR") and source_label(rule.source.type) != "bpchar":
            yield Hazard(
                "blank_padded",
                None,
                f"text shorter than {rule.target.type}",
                "text shorter than the column",
            )
    if label in ("CLOB", "NCLOB", "LONG") or rule.target.type.length is None:
        return
    characters = _longest_text(rule)
    what = _too_long(rule.target.type, label, characters, _is_ascii(rule))
    if what:
        fits = characters is not None and characters <= rule.target.type.length
        brief = "multi-byte text" if fits else "text that is too long"
        yield Hazard("refused_byte_length", VALUE_TOO_LARGE, what, brief)


def _is_ascii(rule: ColumnRule) -> bool:
    """Whether every value is ASCII as text."""
    labels = rule.source.type.labels
    if labels:
        return all(map(str.isascii, labels))
    return source_label(rule.source.type) not in _TEXTS


def _charset_hazards(rule: ColumnRule) -> Iterator[Hazard]:
    charset = rule.target.type.charset
    if not charsets.is_complete(charset) and not _is_ascii(rule):
        what = f"a character that the database's character set {charset} lacks"
        yield Hazard("character_replaced", None, what, what)


def _empty_hazard(rule: ColumnRule, what: str) -> Hazard:
    if rule.target.nullable:
        return Hazard("empty_string_is_null", None, f"{what}, which is NULL in Oracle,", what)
    into = f"{what}, which is NULL in Oracle, into {rule.pair.target} NOT NULL"
    return Hazard("refused_empty_string", CANNOT_INSERT_NULL, into, what)


def _too_long(
    target: ColumnType, label: str, characters: int | None, ascii_only: bool
) -> str | None:
    limit = target.length or 0
    if characters is None:
        return f"text longer than {target}"
    if label in ("NVARCHAR2", "NCHAR"):
        longest = characters * (1 if ascii_only else _UTF16_UNITS)
        return f"text of up to {longest} UTF-16 units" if longest > limit else None
    longest = characters * (1 if ascii_only else charsets.widest(target.charset))
    if target.byte_length:
        return (
            f"text of {characters} characters, up to {longest} bytes," if longest > limit else None
        )
    if characters > limit:
        return f"text of {characters} characters"
    return f"text of up to {longest} bytes" if longest > VARCHAR2_BYTES else None


def _longest_text(rule: ColumnRule) -> int | None:
    """Characters of the longest text the source can send, None without a limit."""
    label = source_label(rule.source.type)
    if label == "enum" and rule.source.type.labels:
        return max(map(len, rule.source.type.labels))
    if label in INTEGER_BITS:
        return len(str(-(2 ** (INTEGER_BITS[label] - 1))))
    if label == "bool":
        return max(len(str(rule.canonical_source(flag))) for flag in (True, False))
    if label == "numeric" and rule.source.type.precision is not None:
        # sign, point and a zero before the point
        return rule.source.type.precision + 3
    fixed = {"uuid": 32 if rule.rule.name == "uuid_hex" else 36, "float4": 15, "float8": 24}
    if label in fixed:
        return fixed[label]
    return rule.source.type.length if label in ("varchar", "bpchar") else None


# ------------------------------------------------------------------ numbers


def _number_hazards(rule: ColumnRule, label: str) -> Iterator[Hazard]:
    if rule.rule.name.startswith("epoch_"):
        # agreed bounds keep infinity out, which no number stands for
        if not _bounded(rule):
            yield Hazard(
                "refused_not_a_number", INVALID_NUMBER, "infinity, which is no number,", "infinity"
            )
        return
    source = source_label(rule.source.type)
    if source == "bool":
        return
    if (
        source in ("numeric", "float4", "float8")
        and label in ("NUMBER", "FLOAT")
        and not _bounded(rule)
    ):
        yield Hazard(
            "refused_not_a_number", INVALID_NUMBER, "NaN or an infinity", "NaN or an infinity"
        )
    yield from _range_hazard(rule, label, source)
    if _loses_digits(rule, label, source):
        what = "a number with more digits than the legacy column keeps"
        yield Hazard("rounded_to_scale", None, what, what)


def _bounded(rule: ColumnRule) -> bool:
    return rule.pair.minimum is not None and rule.pair.maximum is not None


def source_bounds(rule: ColumnRule) -> tuple[Decimal | None, Decimal | None]:
    """Lowest and highest number the source column may hold by its type and the contract; None
    without a limit.
    """
    label, column_type = source_label(rule.source.type), rule.source.type
    low = high = None
    if label in INTEGER_BITS:
        reach = 2 ** (INTEGER_BITS[label] - 1)
        low, high = Decimal(-reach), Decimal(reach - 1)
    elif label == "numeric" and column_type.precision is not None:
        high = Decimal((0, (9,) * column_type.precision, -(column_type.scale or 0)))
        low = high.copy_negate()
    elif label == "float4":
        high = Decimal("3.4028235E38")
        low = high.copy_negate()
    if rule.pair.minimum is not None:
        low = (
            max(low, Decimal(str(rule.pair.minimum)))
            if low is not None
            else Decimal(str(rule.pair.minimum))
        )
    if rule.pair.maximum is not None:
        high = (
            min(high, Decimal(str(rule.pair.maximum)))
            if high is not None
            else Decimal(str(rule.pair.maximum))
        )
    return low, high


def _range_hazard(rule: ColumnRule, label: str, source: str) -> Iterator[Hazard]:
    if label in _EXACT_BITS:
        if source == "numeric" and rule.source.type.precision is None and not _bounded(rule):
            what = f"a number beyond {rule.target.type}"
            yield Hazard(
                "refused_out_of_range", NUMERIC_OVERFLOW, what, "a number that is too large"
            )
        return
    target = rule.target.type
    limit, code = NUMBER_LIMIT, NUMERIC_OVERFLOW
    if label == "NUMBER" and target.precision is not None:
        limit, code = power_of_ten(target.precision - (target.scale or 0)), BEYOND_PRECISION
    for bound in source_bounds(rule):
        if bound is None or stored_number(target, bound).copy_abs() >= limit:
            example = "a number" if bound is None else f"{bound}, a number"
            yield Hazard(
                "refused_out_of_range",
                code,
                f"{example} beyond {target}",
                "a number that is too large",
            )
            return


def _loses_digits(rule: ColumnRule, label: str, source: str) -> bool:
    kept, target = rule.source.type, rule.target.type
    if label in _EXACT_BITS:
        low, high = source_bounds(rule)
        if source not in INTEGER_BITS or low is None or high is None:
            return source == "numeric"
        return bool(max(low.copy_abs(), high.copy_abs()) > 2 ** _EXACT_BITS[label])
    if source in INTEGER_BITS:
        return label == "NUMBER" and target.precision is not None and (target.scale or 0) < 0
    constrained = label == "NUMBER" and (target.precision is not None or target.scale is not None)
    if source in ("float4", "float8"):
        return constrained
    if kept.precision is None:
        return True
    if constrained:
        return (kept.scale or 0) > (target.scale or 0)
    return kept.precision > NUMBER_DIGITS


# ------------------------------------------------------------------ times and bytes


def _moment_hazards(rule: ColumnRule) -> Iterator[Hazard]:
    if not _bounded(rule):
        what = "infinity or a year beyond 9999"
        yield Hazard("refused_out_of_range", BEYOND_YEARS, what, what)
    if source_label(rule.source.type) == "date" or rule.rule.name == "whole_seconds":
        return
    stated = (
        rule.source.type.precision
        if rule.source.type.precision is not None
        else rule.source.type.scale
    )
    if (6 if stated is None else stated) > fraction_digits(rule.target.type):
        what = f"a fraction of a second finer than {rule.target.type}"
        yield Hazard(
            "fraction_of_second_lost", None, what, "a fraction of a second finer than the column"
        )


def _octet_hazards(rule: ColumnRule, label: str) -> Iterator[Hazard]:
    if source_label(rule.source.type) != "bytea":
        return
    yield _empty_hazard(rule, "an empty bytea")
    if label != "BLOB" and rule.target.type.length is not None:
        what = f"a value longer than {rule.target.type}"
        yield Hazard("refused_byte_length", VALUE_TOO_LARGE, what, "a value that is too long")
