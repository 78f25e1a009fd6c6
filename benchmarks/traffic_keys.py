"""Keys right beside those that a profile and its contracts keep free for the suite's runs."""

from __future__ import annotations

import datetime as dt
import random
import tomllib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.traffic_tables import Column, Table

#: the highest whole numbers by type
_HIGHEST = {"int2": 2**15 - 1, "int4": 2**31 - 1, "int8": 2**63 - 1}
#: where the suite's days begin unless a contract says otherwise
_RESERVED_DAY = dt.date(2900, 1, 1)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Reserved:
    """``numbers``: the first and the last whole number of the profile; ``own``: what a contract
    reserves, by table and column.
    """

    numbers: tuple[int, int]
    own: Mapping[tuple[str, str], tuple[Any, Any]]

    def of(self, table: Table, column: Column) -> tuple[Any, Any] | None:
        """The first and the last reserved value of a column of numbers or days."""
        found = self.own.get((table.full_name, column.name))
        if found is not None:
            return found
        if column.kind in _HIGHEST or column.kind == "numeric":
            return self.numbers
        if column.kind in ("date", "timestamp", "timestamptz"):
            return (_RESERVED_DAY, dt.date.max)
        return None


def schema_of(root: Path, environment: str) -> str:
    """The schema in PostgreSQL that a profile below ``root`` speaks of."""
    schema: str = _profile(root, environment)["source"]["schema"]
    return schema


def read_reserved(root: Path, environment: str) -> Reserved:
    """Of a profile below ``root`` and the contracts it names."""
    profile = _profile(root, environment)
    first, last = profile["environment"]["reserved_keys"]
    own = {
        (name, column): (span[0], span[1])
        for name, document in contracts(root, environment).items()
        for column, span in document.get("reserved", {}).items()
    }
    return Reserved((first, last), own)


def contracts(root: Path, environment: str) -> dict[str, dict[str, Any]]:
    """The contracts of a profile's mapped tables, by the table's name in PostgreSQL."""
    profile = _profile(root, environment)
    found = {}
    for path in sorted((root / profile["contract"]["directory"]).glob("*.toml")):
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        if "table" in document:
            found[document["table"]["source"]] = document
    return found


def _profile(root: Path, environment: str) -> dict[str, Any]:
    return tomllib.loads((root / f"environments/{environment}.toml").read_text(encoding="utf-8"))


def beside(table: Table, column: Column, reserved: Reserved, number: int) -> str | None:
    """The value that is ``number`` places away from the reserved ones, on either side in turns, as
    PostgreSQL writes it; None for a type that has no such neighbours.
    """
    span = reserved.of(table, column)
    if column.kind == "uuid":
        return str(uuid.UUID(int=random.Random(f"{table.name} {number}").getrandbits(128)))
    if column.kind in ("text", "varchar", "bpchar"):
        return _text(column.length, number)
    if span is None:
        return None
    if isinstance(span[0], dt.date):
        first = dt.date(span[0].year, span[0].month, span[0].day)
        return (first - dt.timedelta(days=1 + number)).isoformat()
    return _whole(*span, _highest(column), number)


def _highest(column: Column) -> int:
    if column.kind == "numeric":
        return 10 ** ((column.precision or 38) - (column.scale or 0)) - 1
    return _HIGHEST[column.kind]


def _whole(first: int, last: int, highest: int, number: int) -> str:
    if first > highest:  # the suite takes the highest ones there are
        return str(highest // 2 - number)
    if last + 1 + number > highest:  # nothing behind them
        return str(first - 1 - number)
    away = number // 2
    return str(last + 1 + away if number % 2 else first - 1 - away)


def _text(length: int | None, number: int) -> str:
    """Texts of the suite begin with zz or ZZ, short ones with z or Z: these with zY, or y."""
    if length is not None and length < 4:
        return "y"[: length - 1] + _base36(number, max(1, length - 1))
    return "zY" + _base36(number, 2 if length is not None and length < 6 else 4)


def _base36(number: int, width: int) -> str:
    written = ""
    for _ in range(width):
        number, digit = divmod(number, 36)
        written = _DIGITS[digit] + written
    return written
