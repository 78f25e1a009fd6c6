"""Random contracted tables with random rows on both sides, and random changes of one side that are
known one by one.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

_ALPHABET = [
    "a",
    "B",
    " ",
    ",",
    ":",
    "1:",
    "'",
    "\\",
    "é",
    "e\u0301",
    "서",
    "🛬",
    "%",
    "0",
    "<null>",
    "null",
    '"',
    "{",
    "\n",
]


@dataclass(frozen=True)
class Kind:
    """A pair of types: random values, their literals on both sides, and a change that is a
    different value for sure.
    """

    here: str
    there: str
    conversion: str | None
    value: Callable[[random.Random], Any]
    literal_here: Callable[[Any], str]
    literal_there: Callable[[Any], str]
    changed: Callable[[random.Random, Any], Any]
    is_text: bool = True  # whether both databases can write it as a text of the row


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _escaped(text: str) -> str:
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def _random_text(longest: int) -> Callable[[random.Random], str]:
    def value(chance: random.Random) -> str:
        return "".join(chance.choices(_ALPHABET, k=chance.randint(1, longest)))

    return value


def _other_text(chance: random.Random, text: str) -> str:
    swapped = text.swapcase()
    others = [
        text + " ",
        " " + text,
        text + ",",
        text.replace("é", "e\u0301"),
        text[:-1],
        swapped,
        text + "\u200b",
    ]
    return chance.choice([other for other in others if other and other != text])


def _decimal(chance: random.Random) -> Decimal:
    digits = chance.randint(1, 30)
    return Decimal(chance.randint(-(10**digits), 10**digits)).scaleb(-chance.randint(0, 20))


def _last_digit(chance: random.Random, value: Decimal) -> Decimal:
    exponent = int(value.as_tuple().exponent)
    return value + Decimal((0, (1,), exponent)) if len(value.as_tuple().digits) < 38 else -value


def _moment(chance: random.Random) -> dt.datetime:
    day = dt.timedelta(
        days=chance.randrange(3_650_000), microseconds=chance.randrange(86_400_000_000)
    )
    return dt.datetime(1, 1, 2) + day


def _millisecond(chance: random.Random) -> dt.datetime:
    moment = _moment(chance)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _later(step: dt.timedelta) -> Callable[[random.Random, Any], Any]:
    return lambda chance, value: value + step * chance.choice((1, -1, 1000))


def _naive(value: dt.datetime) -> str:
    return value.isoformat(sep=" ", timespec="microseconds")


def _epoch_millis(value: dt.datetime) -> int:
    return (value - dt.datetime(1970, 1, 1)) // dt.timedelta(milliseconds=1)


def _timestamp(value: dt.datetime) -> str:
    return f"TIMESTAMP '{_naive(value)}'"


def _in_seoul(value: dt.datetime) -> str:
    return f"TIMESTAMP '{_naive(value + dt.timedelta(hours=9))} +09:00'"


def _zoned(value: dt.datetime) -> str:
    return f"'{_naive(value)}+00'"


def _document(chance: random.Random) -> Any:
    return {
        "a": chance.randrange(100),
        "b": [chance.choice([None, True, "서"]), chance.randrange(5)],
    }


_MICRO, _MILLI, _DAY = (
    dt.timedelta(microseconds=1),
    dt.timedelta(milliseconds=1),
    dt.timedelta(days=1),
)

KINDS = (
    Kind(
        "int8",
        "NUMBER(19)",
        None,
        lambda c: c.randint(-(2**62), 2**62),
        str,
        str,
        lambda c, v: v + c.choice((1, -1)),
    ),
    Kind("int4", "NUMBER", None, lambda c: c.randint(-99, 99), str, str, lambda c, v: v + 1),
    Kind("numeric", "NUMBER", None, _decimal, "{:f}".format, "{:f}".format, _last_digit),
    Kind("varchar(60)", "VARCHAR2(240)", None, _random_text(8), _escaped, _quoted, _other_text),
    Kind("text", "VARCHAR2(900 CHAR)", None, _random_text(40), _escaped, _quoted, _other_text),
    Kind("text", "CLOB", None, _random_text(40), _escaped, _quoted, _other_text, False),
    Kind(
        "bool",
        "VARCHAR2(5)",
        None,
        lambda c: c.random() < 0.5,
        str,
        lambda v: f"'{str(v).lower()}'",
        lambda c, v: not v,
    ),
    Kind(
        "bool",
        "NUMBER(1)",
        "boolean_number",
        lambda c: c.random() < 0.5,
        str,
        lambda v: str(int(v)),
        lambda c, v: not v,
    ),
    Kind(
        "uuid",
        "VARCHAR2(36)",
        None,
        lambda c: uuid.UUID(int=c.getrandbits(128)),
        lambda v: f"'{v}'",
        lambda v: f"'{v}'",
        lambda c, v: uuid.UUID(int=v.int ^ 1 << c.randrange(128)),
    ),
    Kind(
        "uuid",
        "RAW(16)",
        "uuid_raw",
        lambda c: uuid.UUID(int=c.getrandbits(128)),
        lambda v: f"'{v}'",
        lambda v: f"HEXTORAW('{v.hex}')",
        lambda c, v: uuid.UUID(int=v.int ^ 1 << c.randrange(128)),
    ),
    Kind(
        "bytea",
        "RAW(40)",
        None,
        lambda c: c.randbytes(c.randint(1, 20)),
        lambda v: rf"'\x{v.hex()}'",
        lambda v: f"HEXTORAW('{v.hex()}')",
        lambda c, v: c.choice((v + b"\0", bytes([v[0] ^ 1]) + v[1:])),
    ),
    Kind(
        "date",
        "DATE",
        None,
        lambda c: _moment(c).date(),
        lambda v: f"'{v.isoformat()}'",
        lambda v: f"DATE '{v.isoformat()}'",
        lambda c, v: v + _DAY,
    ),
    Kind(
        "timestamp",
        "TIMESTAMP(6)",
        None,
        _moment,
        lambda v: f"'{_naive(v)}'",
        _timestamp,
        _later(_MICRO),
    ),
    Kind("timestamptz", "TIMESTAMP(6)", None, _moment, _zoned, _timestamp, _later(_MICRO)),
    Kind(
        "timestamptz",
        "TIMESTAMP(6) WITH TIME ZONE",
        None,
        _moment,
        _zoned,
        _in_seoul,
        _later(_MICRO),
    ),
    Kind(
        "timestamptz",
        "NUMBER(19)",
        "epoch_millis",
        _millisecond,
        _zoned,
        lambda v: str(_epoch_millis(v)),
        _later(_MILLI),
    ),
    Kind(
        "jsonb",
        "CLOB",
        None,
        _document,
        lambda v: _quoted(json.dumps(v)),
        lambda v: _quoted(json.dumps(v, indent=1, sort_keys=True)),
        lambda c, v: v | {"a": v["a"] + 1},
        False,
    ),
)


@dataclass
class Table:
    """Rows by key as both sides should hold them; ``wrong`` are (kind, key, column) that were made
    so.
    """

    kinds: dict[str, Kind]
    rows: dict[int, dict[str, Any]]
    changed: dict[str, dict[int, dict[str, Any] | None]] = field(
        default_factory=lambda: {"here": {}, "there": {}}
    )
    wrong: set[tuple[str, int, str | None]] = field(default_factory=set)

    @property
    def has_texts(self) -> bool:
        return all(kind.is_text for kind in self.kinds.values())

    def create_here(self, name: str) -> str:
        columns = ", ".join(f"{column} {kind.here}" for column, kind in self.kinds.items())
        return f"CREATE TABLE {name} (id int8 PRIMARY KEY, {columns})"

    def create_there(self, name: str) -> str:
        columns = ", ".join(f"{column} {kind.there}" for column, kind in self.kinds.items())
        return f"CREATE TABLE {name} (id NUMBER(19) PRIMARY KEY, {columns})"

    def insert(self, name: str, side: str, key: int) -> str | None:
        """The row of one side as it is to be there, or None when it has none."""
        row = self.changed[side].get(key, self.rows.get(key))
        if row is None:
            return None
        values = [self._literal(side, column, row[column]) for column in self.kinds]
        return f"INSERT INTO {name} VALUES ({', '.join([str(key), *values])})"

    def _literal(self, side: str, column: str, value: Any) -> str:
        kind = self.kinds[column]
        return (
            "NULL"
            if value is None
            else (kind.literal_here if side == "here" else kind.literal_there)(value)
        )


def table_of_all_kinds(seed: int, rows: int = 30) -> Table:
    """A column of every kind, nothing wrong."""
    chance = random.Random(seed)
    kinds = {f"c{number}": kind for number, kind in enumerate(KINDS)}
    return Table(kinds, {key: _row(chance, kinds) for key in range(rows)})


def random_table(seed: int, rows: int = 40, changes: int = 8, only_texts: bool = False) -> Table:
    """A table of 2 to 7 columns; about a sixth of its values are NULL."""
    chance = random.Random(seed)
    kinds = [kind for kind in KINDS if kind.is_text or not only_texts]
    chosen = {
        f"c{number}": kind
        for number, kind in enumerate(chance.choices(kinds, k=chance.randint(2, 7)))
    }
    keys = chance.sample(range(-500, 500), rows)
    table = Table(chosen, {key: _row(chance, chosen) for key in keys})
    for key in chance.sample(keys, changes):
        _spoil(chance, table, key)
    return table


def _row(chance: random.Random, kinds: dict[str, Kind]) -> dict[str, Any]:
    return {
        column: None if chance.random() < 1 / 6 else kind.value(chance)
        for column, kind in kinds.items()
    }


def _spoil(chance: random.Random, table: Table, key: int) -> None:
    side = chance.choice(("here", "there"))
    what = chance.choice(("cells", "cells", "cells", "row"))
    if what == "row":
        table.changed[side][key] = None
        table.wrong.add(("missing" if side == "there" else "extra", key, None))
        return
    row = dict(table.rows[key])
    for column in chance.sample(sorted(table.kinds), chance.randint(1, min(3, len(table.kinds)))):
        kind, value = table.kinds[column], row[column]
        if value is None:
            row[column] = kind.value(chance)
        else:
            row[column] = None if chance.random() < 0.3 else kind.changed(chance, value)
        table.wrong.add(("changed", key, column))
    table.changed[side][key] = row
