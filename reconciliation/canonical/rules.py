"""The table of canonical rules: one per pair of a PostgreSQL type and an Oracle type.

A pair that is absent here needs a conversion named in the contract; there is no fallback. What the
replication writes for a type: AWS DMS user guide, "Source data types for PostgreSQL" and "Target
data types for Oracle".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from reconciliation.canonical import intervals, values
from reconciliation.canonical.types import source_label, target_label, type_label
from reconciliation.model import ColumnType, Value

__all__ = ["NATURAL", "Rule", "can_be_written", "natural_rule", "type_label"]


def _nothing_lost(source: Value, target: Value) -> bool:
    return False


@dataclass(frozen=True)
class Rule:
    """How one pair of types is compared.

    The canonical functions take a driver value and give a hashable value; the pair agrees exactly
    when both are equal. ``reduction`` says in words what the comparison leaves out, and
    ``loses(source, target)`` whether that happened for a pair of driver values. With ``by_source``
    the value in PostgreSQL alone decides that, and every such value counts; otherwise equal pairs
    that are unlike do. ``written`` is false for a pair that the replication is not documented to
    fill by itself.
    """

    name: str
    source_type: str
    target_type: str
    canonical_source: Callable[[Value], Value]
    canonical_target: Callable[[Value], Value]
    reduction: str | None = None
    loses: Callable[[Value, Value], bool] = _nothing_lost
    by_source: bool = False
    written: bool = True


_INTEGERS = ("int2", "int4", "int8")
_EXACT_NUMBERS = (*_INTEGERS, "numeric")
_FLOATS = ("float4", "float8")
_TEXTS = ("varchar", "text", "citext")
_DECIMAL = ("NUMBER", "FLOAT")
_BINARY = ("BINARY_FLOAT", "BINARY_DOUBLE")
_VARYING = ("VARCHAR2", "NVARCHAR2", "CLOB", "NCLOB")
_PADDED = ("CHAR", "NCHAR")
_SHORT = ("VARCHAR2", "NVARCHAR2", *_PADDED)
#: types that reach Oracle as the text PostgreSQL prints, by their DMS type: short (STRING) or a LOB
#: (CLOB, NCLOB)
_PRINTED_SHORT = (
    "enum",
    "inet",
    "cidr",
    "macaddr",
    "bit",
    "varbit",
    "point",
    "line",
    "lseg",
    "box",
    "circle",
    "int4range",
    "int8range",
    "numrange",
    "tsrange",
    "tstzrange",
    "daterange",
)
_PRINTED_LONG = ("xml", "array", "composite", "hstore", "tsvector", "tsquery", "path", "polygon")
_ZONED = ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP WITH LOCAL TIME ZONE")
_NAIVE = ("DATE", "TIMESTAMP")


def _blanks_differ(source: Value, target: Value) -> bool:
    return isinstance(source, str) and isinstance(target, str) and source != target


def _other_digits(source: Value, target: Value) -> bool:
    return (
        source is not None and target is not None and values.number(source) != values.number(target)
    )


def _other_spelling(source: Value, target: Value) -> bool:
    return source is not None and target is not None and target not in values.spellings(source)


def _other_document(source: Value, target: Value) -> bool:
    return source is not None and target is not None and source != target


def boolean_as_text(value: Value) -> str | None:
    """PostgreSQL's boolean as the replication writes it by default: the words true and false."""
    flag = values.boolean(value)
    return None if flag is None else str(flag).lower()


NATURAL: dict[tuple[str, str], Rule] = {}


def _add(sources: Iterable[str], targets: Iterable[str], rule: Rule) -> None:
    for source in sources:
        for target in targets:
            NATURAL[source, target] = replace(rule, source_type=source, target_type=target)


def _rule(
    name: str,
    source: Callable[[Value], Value],
    target: Callable[[Value], Value],
    reduction: str | None = None,
    loses: Callable[[Value, Value], bool] = _nothing_lost,
) -> Rule:
    return Rule(name, "", "", source, target, reduction, loses)


_add(_EXACT_NUMBERS, (*_DECIMAL, *_BINARY), _rule("number", values.number, values.number))
_AS_FLOAT = "decimal digits beyond the float are not compared"
_add(("float8",), _DECIMAL, _rule("float8", values.double, values.double, _AS_FLOAT, _other_digits))
_add(("float8",), _BINARY, _rule("float8", values.double, values.double))
_add(
    ("float4",),
    (*_DECIMAL, "BINARY_DOUBLE"),
    _rule("float4", values.single, values.single, _AS_FLOAT, _other_digits),
)
_add(("float4",), ("BINARY_FLOAT",), _rule("float4", values.single, values.single))
_add(("money",), _DECIMAL, _rule("money", values.number, values.number))
_NUMBER_TEXT = _rule(
    "number_text",
    values.number,
    values.number_from_text,
    "the spelling of the number (.71, 0.71)",
    _other_spelling,
)
_add((*_EXACT_NUMBERS, *_FLOATS), _SHORT, _NUMBER_TEXT)

_add(_TEXTS, (*_VARYING, *_PADDED, "LONG"), _rule("text", values.text, values.text))
_PADDED_TEXT = _rule(
    "padded_text",
    values.unpadded,
    values.unpadded,
    "trailing blanks of a blank-padded column",
    _blanks_differ,
)
_add(("bpchar",), (*_VARYING, *_PADDED), _PADDED_TEXT)

_add(("bool",), ("VARCHAR2", "NVARCHAR2"), _rule("boolean_text", boolean_as_text, values.text))
_add(("bool",), _PADDED, _rule("boolean_text", boolean_as_text, values.unpadded))
_add(("uuid",), ("VARCHAR2", "NVARCHAR2"), _rule("uuid_text", values.identifier, values.text))
_add(("uuid",), _PADDED, _rule("uuid_text", values.identifier, values.unpadded))
_JSON = _rule(
    "json",
    values.document,
    values.document,
    "white space and the order of keys in JSON",
    _other_document,
)
_add(("json", "jsonb"), _VARYING, _JSON)
_add(_PRINTED_SHORT, _VARYING, _rule("printed", values.text, values.text))
_add(_PRINTED_SHORT, _PADDED, _rule("printed", values.text, values.unpadded))
_add(_PRINTED_LONG, _VARYING, _rule("printed", values.text, values.text))
_add(("bytea",), ("RAW", "BLOB", "LONG RAW"), _rule("bytes", values.octets, values.octets))

_add(("date",), _NAIVE, _rule("date", values.wall_clock, values.wall_clock))
_add(("timestamp",), _NAIVE, _rule("timestamp", values.wall_clock, values.wall_clock))
# The replication knows no zone: it writes the instant's UTC wall clock, and reads a naive value as
# UTC.
_add(("timestamptz",), _NAIVE, _rule("instant_as_utc", values.instant, values.instant))
_add(("timestamp", "timestamptz"), _ZONED, _rule("instant", values.instant, values.instant))
_DAYS = "days are 24 hours: 1 day is not told from 24:00:00"
_add(
    ("interval",),
    ("INTERVAL DAY TO SECOND",),
    replace(
        _rule(
            "interval_seconds",
            intervals.seconds_of,
            values.number,
            _DAYS,
            intervals.days_and_hours_merge,
        ),
        by_source=True,
        written=False,
    ),
)
_add(
    ("interval",),
    ("INTERVAL YEAR TO MONTH",),
    replace(_rule("interval_months", intervals.months_of, values.number), written=False),
)


def natural_rule(source_type: ColumnType, target_type: ColumnType) -> Rule | None:
    """The rule for a pair of types that needs no conversion, or None."""
    return NATURAL.get((source_label(source_type), target_label(target_type)))


def can_be_written(source_type: ColumnType, target_type: ColumnType) -> bool:
    """Whether the replication can write the source type into the legacy type as it is, without an
    expression.
    """
    rule = natural_rule(source_type, target_type)
    return rule is not None and rule.written
