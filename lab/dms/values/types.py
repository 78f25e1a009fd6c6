"""PostgreSQL's values as DMS holds them between the databases.

A DMS value is None, int, Decimal, str, bytes or bool; dates and times are text (``YYYY-MM-DD
HH:MM:SS[.ffffff]``, in UTC), as expressions see them. The types follow the AWS DMS user guide,
"Source data types for PostgreSQL"; what it does not establish is a switch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from lab.dms.ground.catalogue import SourceColumn
from lab.dms.mapping.rules import DataType
from lab.dms.values.texts import (
    array_text,
    composite_text,
    hstore_text,
    interval_text,
    json_text,
    moments_array_text,
)

Converter = Callable[[Any], Any]
#: for numeric without precision and scale, which becomes NUMERIC(28,6)
_SIX_DIGITS = Decimal("0.000001")
_WIDE = Context(prec=140000)
LOB_KINDS = ("blob", "clob", "nclob")
#: the longest varchar(n) that MapLongVarcharAs leaves alone, in characters
LONG_VARCHAR = 16387


@dataclass(frozen=True)
class DmsType:
    """``kind`` is one of int, numeric, real, string, wstring, boolean, date, time, datetime, bytes
    or a LOB_KIND.

    ``length`` is that of texts, in characters; ``precision`` and ``scale`` are those of numbers, in
    digits; the scale of a datetime is its digits of a second.
    """

    kind: str
    length: int | None = None
    precision: int | None = None
    scale: int | None = None

    @property
    def is_lob(self) -> bool:
        return self.kind in LOB_KINDS


@dataclass(frozen=True)
class SourceTraits:
    """What the source endpoint's attributes and the task's switches decide about values.

    ``long_varchar`` is MapLongVarcharAs: the kind of a varchar(n) beyond LONG_VARCHAR characters.
    """

    boolean_as_boolean: bool = False
    jsonb_as_clob: bool = False
    unbounded_varchar_bytes: int = 8000
    trim_char: bool = True
    clamp_infinity: bool = True
    long_varchar: str = "wstring"
    nan_as_null: bool = False
    cut_to_type: bool = True


def dms_type(column: SourceColumn, traits: SourceTraits) -> DmsType:
    """The DMS type of a PostgreSQL column."""
    name, modifier = column.type_name, column.modifier
    if column.kind == "e":
        return DmsType("string", 64)
    if column.kind == "r":
        return DmsType("string", 255)
    if name.startswith("_") or column.kind in ("c", "m"):
        return DmsType("nclob")
    if name == "numeric":
        return _numeric_type(modifier)
    if name in ("varchar", "bpchar"):
        return _character_type(name, modifier, traits)
    if name == "bool":
        return DmsType("boolean") if traits.boolean_as_boolean else DmsType("string", 5)
    if name in ("bit", "varbit"):
        return DmsType("string", modifier if modifier > 0 else None)
    if name in ("timestamp", "timestamptz"):
        return DmsType("datetime", scale=modifier if modifier >= 0 else 6)
    return (
        DmsType("clob")
        if name == "jsonb" and traits.jsonb_as_clob
        else _TYPES.get(name, DmsType("string"))
    )


def _numeric_type(modifier: int) -> DmsType:
    if modifier < 4:
        return DmsType("numeric", precision=28, scale=6)
    precision, scale = (modifier - 4) >> 16, (modifier - 4) & 0x7FF
    scale = scale - 0x800 if scale >= 0x400 else scale
    return (
        DmsType("string")
        if precision >= 39
        else DmsType("numeric", precision=precision, scale=scale)
    )


def _character_type(name: str, modifier: int, traits: SourceTraits) -> DmsType:
    if modifier < 4:
        return DmsType("wstring", traits.unbounded_varchar_bytes)
    length = modifier - 4
    long = name == "varchar" and length > LONG_VARCHAR
    return DmsType(traits.long_varchar, length) if long else DmsType("wstring", length)


_TYPES = {
    "int2": DmsType("int", precision=5),
    "int4": DmsType("int", precision=10),
    "int8": DmsType("int", precision=19),
    "oid": DmsType("int", precision=10),
    "money": DmsType("numeric", precision=38, scale=4),
    "float4": DmsType("real"),
    "float8": DmsType("real"),
    "bytea": DmsType("blob"),
    "date": DmsType("date"),
    "time": DmsType("time"),
    "timetz": DmsType("time"),
    "uuid": DmsType("string", 36),
    "interval": DmsType("string", 128),
    "inet": DmsType("string", 50),
    "cidr": DmsType("string", 50),
    "macaddr": DmsType("string", 18),
    **dict.fromkeys(("text", "citext", "json", "jsonb", "hstore"), DmsType("nclob")),
    **dict.fromkeys(("xml", "tsvector", "tsquery", "path", "polygon"), DmsType("clob")),
    **dict.fromkeys(("point", "line", "lseg", "box", "circle"), DmsType("string", 255)),
}
_NUMBERS = ("numeric", "float4", "float8")


def converter(column: SourceColumn, traits: SourceTraits) -> Converter | None:
    """The function from a value of the stream to a DMS value; None when it is the same. Never
    called with None.
    """
    convert = _converter(column, traits)
    if traits.nan_as_null and column.type_name in _NUMBERS:
        return _without_nan(convert or _same)
    kind = dms_type(column, traits)
    if traits.cut_to_type and kind.kind == "string" and kind.length and column.type_name != "bool":
        return _within(convert or _same, kind.length)
    return convert


def _converter(column: SourceColumn, traits: SourceTraits) -> Converter | None:
    name = column.type_name
    if column.kind == "c":
        return composite_text
    if name == "numeric":
        return _unbounded_numeric if column.modifier < 4 else _numeric_of(dms_type(column, traits))
    if name == "varchar":
        return None if column.modifier >= 4 else _cut_to(traits.unbounded_varchar_bytes)
    if name == "bpchar":
        return _trim if traits.trim_char else None
    if name == "bool":
        return None if traits.boolean_as_boolean else _boolean_text
    if name in ("timestamp", "timestamptz"):
        return _datetime_clamped if traits.clamp_infinity else datetime_text
    if name == "date":
        return _date_clamped if traits.clamp_infinity else None
    if name in ("_timestamp", "_timestamptz"):
        return moments_array_text
    return array_text if name.startswith("_") else _CONVERTERS.get(name)


def cast(wanted: DataType) -> tuple[DmsType, Converter]:
    """The type and conversion of a rule's ``data-type`` (for expressions and change-data-type).

    A value that cannot be converted is passed on as it is: the target then refuses it in its own
    words.
    """
    name = wanted.name
    if name.startswith(("int", "uint")):
        return DmsType("int"), _to_int
    if name == "numeric":
        return DmsType("numeric"), _to_decimal
    if name.startswith("real"):
        return DmsType("real"), _to_decimal
    if name in ("date", "time", "datetime", *LOB_KINDS):
        return DmsType(name), _same
    if name == "boolean":
        return DmsType("boolean"), _same
    if name == "bytes":
        return DmsType("bytes", wanted.length), _same
    return DmsType("string" if name == "string" else "wstring", wanted.length), _to_text(
        wanted.length
    )


def datetime_text(value: str) -> str:
    """``2026-01-01T00:00:00.5+00:00`` as ``2026-01-01 00:00:00.500000``; years before Christ keep
    their `` BC``.
    """
    era = " BC" if value.endswith(" BC") else ""
    text = value.removesuffix(" BC").removesuffix("+00:00").replace("T", " ", 1)
    whole, dot, fraction = text.partition(".")
    return f"{whole}.{fraction.ljust(6, '0')}{era}" if dot else f"{text}{era}"


def _datetime_clamped(value: str) -> str:
    # "infinity becomes 9999-12-31 23:59:59 / 4713-01-01 BC": AWS DMS user guide, PostgreSQL source,
    # limitations
    if value == "infinity":
        return "9999-12-31 23:59:59"
    return "4713-01-01 00:00:00 BC" if value == "-infinity" else datetime_text(value)


def _date_clamped(value: str) -> str:
    return {"infinity": "9999-12-31", "-infinity": "4713-01-01 BC"}.get(value, value)


def _time(value: str) -> str:
    return value[:8]  # TIME knows neither a fraction nor a zone


def _boolean_text(value: Any) -> str:
    return "true" if value else "false"


def _unbounded_numeric(value: Any) -> Any:
    return (
        value
        if isinstance(value, int | str)
        else value.quantize(_SIX_DIGITS, ROUND_HALF_UP, _WIDE).normalize(_WIDE)
    )


def _numeric_of(kind: DmsType) -> Converter | None:
    return (
        (lambda value: value if isinstance(value, str) else format(value, "f"))
        if kind.kind == "string"
        else None
    )


def _money(value: Any) -> Any:
    text = str(value).replace("$", "").replace(",", "")
    return Decimal(text.strip("()-")) * (-1 if text.startswith(("-", "(")) else 1)


def _bytes(value: str) -> bytes:
    return bytes.fromhex(value.removeprefix("\\x"))


def _trim(value: str) -> str:
    return value.rstrip(" ")


def _without_nan(convert: Converter) -> Converter:
    return lambda value: None if isinstance(value, str) else convert(value)


def _within(convert: Converter, length: int) -> Converter:
    return lambda value: convert(value)[:length]


def _cut_to(limit: int) -> Converter:
    def cut(value: str) -> str:
        if len(value) * 4 <= limit or len(encoded := value.encode()) <= limit:
            return value
        return encoded[:limit].decode(errors="ignore")

    return cut


_CONVERTERS: dict[str, Converter] = {
    "money": _money,
    "bytea": _bytes,
    "time": _time,
    "timetz": _time,
    "json": json_text,
    "jsonb": json_text,
    "hstore": hstore_text,
    "interval": interval_text,
}


def _same(value: Any) -> Any:
    return value


def _to_int(value: Any) -> Any:
    try:
        return int(value)
    except (TypeError, ValueError):
        return value


def _to_decimal(value: Any) -> Any:
    try:
        return value if isinstance(value, int) else Decimal(str(value))
    except ArithmeticError:
        return value


def _to_text(length: int | None) -> Converter:
    return lambda value: str(value)[:length] if not isinstance(value, bytes) else value
