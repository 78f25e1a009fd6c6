"""PostgreSQL's values as DMS holds them between the databases.

A DMS value is None, int, Decimal, str, bytes or bool; dates and times are text (``YYYY-MM-DD HH:MM:SS[.ffffff]``, in
UTC), as expressions see them. The types follow the AWS DMS user guide, "Source data types for PostgreSQL"; what it
does not establish is a switch.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from lab.dms.catalogue import SourceColumn
from lab.dms.mapping.rules import DataType

Converter = Callable[[Any], Any]
#: for numeric without precision and scale, which becomes NUMERIC(28,6)
_SIX_DIGITS = Decimal("0.000001")
_WIDE = Context(prec=140000)
LOB_KINDS = ("blob", "clob", "nclob")


@dataclass(frozen=True)
class DmsType:
    """``kind`` is one of int, numeric, real, string, wstring, boolean, date, time, datetime, bytes or a LOB_KIND."""

    kind: str
    length: int | None = None

    @property
    def is_lob(self) -> bool:
        return self.kind in LOB_KINDS


@dataclass(frozen=True)
class SourceTraits:
    """What the source endpoint's attributes and the task's switches decide about values."""

    boolean_as_boolean: bool = False
    jsonb_as_clob: bool = False
    unbounded_varchar_bytes: int = 8000
    trim_char: bool = True
    clamp_infinity: bool = True


def dms_type(column: SourceColumn, traits: SourceTraits) -> DmsType:
    """The DMS type of a PostgreSQL column."""
    name, modifier = column.type_name, column.modifier
    if column.kind == "e":
        return DmsType("string", 64)
    if name.startswith("_") or column.kind in ("c", "r", "m"):
        return DmsType("nclob")
    if name == "numeric":
        wide = modifier >= 4 and (modifier - 4) >> 16 >= 39
        return DmsType("string" if wide else "numeric")
    if name in ("varchar", "bpchar"):
        return DmsType("wstring", modifier - 4 if modifier >= 4 else None)
    if name == "boolean" or name == "bool":
        return DmsType("boolean")
    return DmsType("clob") if name == "jsonb" and traits.jsonb_as_clob else DmsType(_KINDS.get(name, "string"))


_KINDS = {
    "int2": "int",
    "int4": "int",
    "int8": "int",
    "oid": "int",
    "money": "numeric",
    "float4": "real",
    "float8": "real",
    "text": "nclob",
    "citext": "nclob",
    "json": "nclob",
    "jsonb": "nclob",
    "hstore": "nclob",
    "xml": "clob",
    "tsvector": "clob",
    "tsquery": "clob",
    "path": "clob",
    "polygon": "clob",
    "bytea": "blob",
    "date": "date",
    "time": "time",
    "timetz": "time",
    "timestamp": "datetime",
    "timestamptz": "datetime",
}


def converter(column: SourceColumn, traits: SourceTraits) -> Converter | None:
    """The function from a value of the stream to a DMS value; None when it is the same. Never called with None."""
    name = column.type_name
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
    if name in ("json", "jsonb"):
        return json_text
    if name.startswith("_"):
        return array_text
    return {"money": _money, "bytea": _bytes, "time": _time, "timetz": _time}.get(name)


def cast(wanted: DataType) -> tuple[DmsType, Converter]:
    """The type and conversion of a rule's ``data-type`` (for expressions and change-data-type).

    A value that cannot be converted is passed on as it is: the target then refuses it in its own words.
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
    return DmsType("string" if name == "string" else "wstring", wanted.length), _to_text(wanted.length)


def datetime_text(value: str) -> str:
    """``2026-01-01T00:00:00.5+00:00`` as ``2026-01-01 00:00:00.500000``; years before Christ keep their `` BC``."""
    era = " BC" if value.endswith(" BC") else ""
    text = value.removesuffix(" BC").removesuffix("+00:00").replace("T", " ", 1)
    whole, dot, fraction = text.partition(".")
    return f"{whole}.{fraction.ljust(6, '0')}{era}" if dot else f"{text}{era}"


def json_text(value: Any) -> str:
    """A JSON value as PostgreSQL prints a jsonb: digits kept, ``, `` and ``: `` as separators."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_quoted(key)}: {json_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(json_text(item) for item in value) + "]"
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return str(value) if isinstance(value, int | Decimal) else _quoted(value)


def array_text(value: Any) -> str:
    """An array as PostgreSQL prints it: ``{1,NULL,"a b"}``."""
    if isinstance(value, list):
        return "{" + ",".join("NULL" if item is None else array_text(item) for item in value) + "}"
    if isinstance(value, bool):
        return "t" if value else "f"
    text = json_text(value) if isinstance(value, dict) else str(value)
    if text and text.upper() != "NULL" and not any(character in text for character in '{},"\\ \t\r\n'):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _datetime_clamped(value: str) -> str:
    # "infinity becomes 9999-12-31 23:59:59 / 4713-01-01 BC": AWS DMS user guide, PostgreSQL source, limitations
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
    return value if isinstance(value, int | str) else value.quantize(_SIX_DIGITS, ROUND_HALF_UP, _WIDE).normalize(_WIDE)


def _numeric_of(kind: DmsType) -> Converter | None:
    return (lambda value: value if isinstance(value, str) else format(value, "f")) if kind.kind == "string" else None


def _money(value: Any) -> Any:
    text = str(value).replace("$", "").replace(",", "")
    return Decimal(text.strip("()-")) * (-1 if text.startswith(("-", "(")) else 1)


def _bytes(value: str) -> bytes:
    return bytes.fromhex(value.removeprefix("\\x"))


def _trim(value: str) -> str:
    return value.rstrip(" ")


def _cut_to(limit: int) -> Converter:
    def cut(value: str) -> str:
        if len(value) * 4 <= limit or len(encoded := value.encode()) <= limit:
            return value
        return encoded[:limit].decode(errors="ignore")

    return cut


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
