"""Conversions a contract may name for a column pair, as ``name`` or ``name:argument``."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass, replace

from reconciliation.canonical import values
from reconciliation.canonical.rules import Rule, boolean_as_text
from reconciliation.canonical.types import source_label, target_label
from reconciliation.errors import CanonicalError
from reconciliation.model import ColumnType, Value

MOMENTS = frozenset({"date", "timestamp", "timestamptz"})
_TEXT = frozenset({"VARCHAR2", "NVARCHAR2", "CHAR", "NCHAR", "CLOB", "NCLOB"})
NUMBERS = frozenset({"int2", "int4", "int8", "numeric", "float4", "float8"})


@dataclass(frozen=True)
class Conversion:
    """``needs_expression``: the replication does not do it by itself, the mapping must fill the
    column.

    ``sources`` and ``targets`` name the types it connects; an empty set stands for any.
    """

    name: str
    meaning: str
    sources: frozenset[str]
    targets: frozenset[str]
    needs_expression: bool
    build: Callable[[str, str | None], Rule]


def _epoch(unit: str, per_unit: int) -> Callable[[str, str | None], Rule]:
    def source(value: Value) -> Value:
        if value is None:
            return None
        # floor division rounds down before 1970 as well: -0.5 ms is -1 ms
        return values.microseconds(values.at_midnight(value)) // per_unit

    def loses(value: Value, _target: Value) -> bool:
        return value is not None and values.microseconds(values.at_midnight(value)) % per_unit != 0

    def build(name: str, _argument: str | None) -> Rule:
        reduction = None if per_unit == 1 else f"rounded down to whole {unit}"
        return Rule(name, "", "", source, values.number, reduction, loses, by_source=True)

    return build


def _wall_clock(name: str, argument: str | None) -> Rule:
    try:
        zone = zoneinfo.ZoneInfo(argument or "")
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise CanonicalError(f"conversion {name}: there is no time zone {argument!r}") from error

    def source(value: Value) -> Value:
        if value is None:
            return None
        return values.of_type(dt.datetime, value).astimezone(zone).replace(tzinfo=None, fold=0)

    def loses(value: Value, _target: Value) -> bool:
        if value is None:
            return False
        local = values.of_type(dt.datetime, value).astimezone(zone)
        return bool(local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset())

    return Rule(
        name,
        "",
        "",
        source,
        values.wall_clock,
        "which of the two hours when clocks go back",
        loses,
        by_source=True,
    )


def _whole_seconds(name: str, _argument: str | None) -> Rule:
    def source(value: Value) -> Value:
        if value is None:
            return None
        return values.instant(values.of_type(dt.datetime, value).replace(microsecond=0))

    def loses(value: Value, _target: Value) -> bool:
        return value is not None and bool(values.of_type(dt.datetime, value).microsecond)

    return Rule(
        name, "", "", source, values.instant, "rounded down to whole seconds", loses, by_source=True
    )


def _boolean_text(name: str, argument: str | None) -> Rule:
    if argument is None:
        return Rule(name, "", "", boolean_as_text, values.unpadded)
    yes, slash, no = argument.partition("/")
    if not slash or not yes or not no or yes == no:
        raise CanonicalError(
            f"conversion {name} takes the texts for true and false as in boolean_text:Y/N"
        )

    def source(value: Value) -> Value:
        flag = values.boolean(value)
        return None if flag is None else (yes if flag else no)

    return Rule(name, "", "", source, values.unpadded)


def _boolean_number(name: str, _argument: str | None) -> Rule:
    def source(value: Value) -> Value:
        flag = values.boolean(value)
        return None if flag is None else int(flag)

    return Rule(name, "", "", source, values.number)


def _uuid_raw(name: str, _argument: str | None) -> Rule:
    def source(value: Value) -> Value:
        found = values.unique(value)
        return None if found is None else found.bytes

    return Rule(name, "", "", source, values.octets)


def _uuid_hex(name: str, _argument: str | None) -> Rule:
    def source(value: Value) -> Value:
        found = values.unique(value)
        return None if found is None else found.hex

    def target(value: Value) -> Value:
        kept = values.unpadded(value)
        return None if kept is None else kept.lower()

    def loses(_source: Value, value: Value) -> bool:
        return isinstance(value, str) and value != value.lower()

    return Rule(name, "", "", source, target, "the case of hexadecimal digits", loses)


def _like(
    source: Callable[[Value], Value], target: Callable[[Value], Value], reduction: str | None
) -> Callable[..., Rule]:
    def loses(value: Value, kept: Value) -> bool:
        return (
            reduction is not None
            and value is not None
            and kept is not None
            and kept not in values.spellings(value)
        )

    def build(name: str, _argument: str | None) -> Rule:
        return Rule(name, "", "", source, target, reduction, loses)

    return build


_ALL = (
    Conversion(
        "epoch_seconds",
        "whole seconds since 1970-01-01T00:00:00Z, rounded down",
        MOMENTS,
        frozenset({"NUMBER"}),
        True,
        _epoch("seconds", 1_000_000),
    ),
    Conversion(
        "epoch_millis",
        "whole milliseconds since 1970-01-01T00:00:00Z, rounded down",
        MOMENTS,
        frozenset({"NUMBER"}),
        True,
        _epoch("milliseconds", 1_000),
    ),
    Conversion(
        "epoch_micros",
        "microseconds since 1970-01-01T00:00:00Z",
        MOMENTS,
        frozenset({"NUMBER"}),
        True,
        _epoch("microseconds", 1),
    ),
    Conversion(
        "wall_clock",
        "the local date and time in the zone named by the argument",
        frozenset({"timestamptz"}),
        frozenset({"DATE", "TIMESTAMP"}),
        False,
        _wall_clock,
    ),
    Conversion(
        "whole_seconds",
        "the UTC date and time, the fraction of a second cut",
        frozenset({"timestamp", "timestamptz"}),
        frozenset({"DATE", "TIMESTAMP"}),
        False,
        _whole_seconds,
    ),
    Conversion(
        "boolean_text",
        "true and false as words, or as the argument says (Y/N)",
        frozenset({"bool"}),
        _TEXT,
        False,
        _boolean_text,
    ),
    Conversion(
        "boolean_number",
        "1 and 0",
        frozenset({"bool"}),
        frozenset({"NUMBER"}),
        False,
        _boolean_number,
    ),
    Conversion(
        "number_text",
        "a number kept as text",
        NUMBERS,
        _TEXT,
        False,
        _like(values.number, values.number_from_text, "the spelling of the number (.71, 0.71)"),
    ),
    Conversion(
        "uuid_raw",
        "the 16 bytes of a UUID",
        frozenset({"uuid"}),
        frozenset({"RAW"}),
        True,
        _uuid_raw,
    ),
    Conversion(
        "uuid_hex",
        "the 32 hexadecimal digits of a UUID",
        frozenset({"uuid"}),
        _TEXT,
        True,
        _uuid_hex,
    ),
    Conversion(
        "json",
        "JSON by content",
        frozenset({"json", "jsonb", "text", "varchar"}),
        _TEXT,
        False,
        _like(values.document, values.document, "white space and the order of keys in JSON"),
    ),
    Conversion(
        "text",
        "the text PostgreSQL prints for the value",
        frozenset(),
        _TEXT,
        False,
        _like(values.printed, values.text, None),
    ),
)

CONVERSIONS: dict[str, Conversion] = {entry.name: entry for entry in _ALL}


def conversion(spelled: str) -> tuple[Conversion, str | None]:
    """The conversion a contract means by ``name`` or ``name:argument``; CanonicalError when there
    is none.
    """
    name, colon, argument = spelled.partition(":")
    if name not in CONVERSIONS:
        raise CanonicalError(
            f"conversion {spelled!r} is unknown; known are {', '.join(sorted(CONVERSIONS))}"
        )
    found = CONVERSIONS[name]
    found.build(spelled, argument if colon else None)  # refuses a wrong argument
    return found, (argument if colon else None)


def conversion_rule(spelled: str, source_type: ColumnType, target_type: ColumnType) -> Rule:
    """The rule of a conversion for two types; CanonicalError when it does not connect them."""
    found, argument = conversion(spelled)
    source, target = source_label(source_type), target_label(target_type)
    if (found.sources and source not in found.sources) or (
        found.targets and target not in found.targets
    ):
        raise CanonicalError(
            f"conversion {spelled} does not lead from {source_type} to {target_type}"
        )
    if found.name == "text" and source in ("float4", "float8", "money"):
        raise CanonicalError(
            f"conversion {spelled} does not lead from {source_type}, whose text is not the same "
            "everywhere; a float is compared by number_text"
        )
    rule = found.build(spelled, argument)
    return replace(rule, source_type=source, target_type=target)


def needs_expression(spelled: str) -> bool:
    """Whether the mapping must fill the column by an expression for this conversion to happen."""
    found, argument = conversion(spelled)
    return found.needs_expression or (found.name == "boolean_text" and argument is not None)
