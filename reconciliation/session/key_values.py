"""Canonical key values of any type as JSON, and back.

Whole numbers, texts, truth values and nothing are JSON's own; a value of several parts is a list of
them; everything else is an object that names its type, so that nothing comes back as something
else: {"decimal": "1.5"}, {"bytes": "00ff"}.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

from reconciliation.documents import elements, members, text
from reconciliation.model import Document, Key, Value

#: the exact class of a value -> what it is called in JSON, and how it is written there
_WRITTEN: dict[type, tuple[str, Callable[[Value], str]]] = {
    Decimal: ("decimal", str),
    float: ("float", repr),
    Fraction: ("fraction", str),
    bytes: ("bytes", lambda value: value.hex() if isinstance(value, bytes) else ""),
    dt.datetime: ("moment", lambda value: str(value)),
    dt.date: ("date", str),
    dt.time: ("time", str),
    uuid.UUID: ("uuid", str),
}
_READ: dict[str, Callable[[str], Value]] = {
    "decimal": Decimal,
    "float": float,
    "fraction": Fraction,
    "bytes": bytes.fromhex,
    "moment": dt.datetime.fromisoformat,
    "date": dt.date.fromisoformat,
    "time": dt.time.fromisoformat,
    "uuid": uuid.UUID,
}


def written(key: Key) -> list[Document]:
    """A key for JSON; ValueError for a value of a type that no key has."""
    return [_written(value) for value in key]


def read(key: Document) -> Key:
    """The key again; ValueError for what ``written`` does not write."""
    return tuple(_read(value) for value in elements(key, "a key"))


def _written(value: Value) -> Document:
    if value is None or isinstance(value, (bool, str)) or type(value) is int:
        return value
    if isinstance(value, tuple):  # an unusual moment, JSON
        return written(value)
    if type(value) not in _WRITTEN:
        raise ValueError(f"a key holds a {type(value).__name__}, which no journal can note")
    name, write = _WRITTEN[type(value)]
    return {name: write(value)}


def _read(value: Document) -> Value:
    if value is None or isinstance(value, (bool, str)) or type(value) is int:
        return value
    if isinstance(value, list):
        return read(value)
    [(name, spelling)] = members(value, "a value of a key").items()
    if name not in _READ:
        raise ValueError(f"{name!r} is no type of key values")
    try:
        return _READ[name](text(spelling, name))
    except ArithmeticError:
        raise ValueError(f"{spelling!r} is no {name}") from None
