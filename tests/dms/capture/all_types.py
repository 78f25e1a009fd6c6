"""A table with a column of every type, and rows of random values for it."""

from __future__ import annotations

import datetime as dt
import json
import random
import string
import struct
from collections.abc import Callable, Mapping

DDL = """
CREATE TYPE s.mood AS ENUM ('so so', 'glad', 'it''s "fine"');
CREATE TYPE s.pair AS (x int, "Y y" text);
CREATE DOMAIN s.amount AS numeric(12, 3);
CREATE TABLE s.every (id int PRIMARY KEY, {columns},
                      twice int GENERATED ALWAYS AS (id * 2) STORED)
"""
_NASTY = "ab '\"\\,{}()[]:;\t\né가😀NULL%$"


def _text(random: random.Random) -> str:
    length = random.choice((0, 1, 3, 12, 40))
    return "".join(random.choice(_NASTY + string.ascii_letters) for _ in range(length))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _json(random: random.Random, depth: int = 2) -> object:
    kind = random.randrange(6 if depth else 4)
    if kind == 4:
        return [_json(random, depth - 1) for _ in range(random.randrange(3))]
    if kind == 5:
        return {
            f"k{number}{_text(random)[:3]}": _json(random, depth - 1)
            for number in range(random.randrange(3))
        }
    return (None, True, random.randint(-(10**18), 10**18), _text(random).replace("\0", ""))[kind]


def _digits(random: random.Random, count: int) -> str:
    return "".join(random.choice(string.digits) for _ in range(random.randint(1, count)))


def _date(random: random.Random) -> str:
    if random.random() < 0.2:
        return random.choice(("infinity", "-infinity", "0044-03-15 BC", "0001-01-01", "9999-12-31"))
    return str(dt.date.fromordinal(random.randint(1, 3652059)))


def _moment(random: random.Random) -> str:
    day = _date(random)
    if day.endswith("infinity"):
        return day
    day, _, era = day.partition(" ")
    fraction = random.choice(("", ".5", ".123456", ".000001", ".100000"))
    return f"{day} {random.randrange(24):02}:{random.randrange(60):02}:{random.randrange(60):02}{fraction} {era}".strip()  # noqa: E501


def _zone(random: random.Random) -> str:
    return random.choice(("+00", "+09", "-03:30", "+05:45"))


def _timestamptz(random: random.Random) -> str:
    moment = _moment(random)
    if moment.endswith("infinity"):
        return moment
    return (
        moment.replace(" BC", f"{_zone(random)} BC")
        if moment.endswith("BC")
        else moment + _zone(random)
    )


def _float(random: random.Random) -> str:
    value = struct.unpack(">d", random.randbytes(8))[0]
    return random.choice(
        ("NaN", "Infinity", "-Infinity", "0", "-0", repr(value), repr(random.random()))
    )


def _array(random: random.Random, element: Callable[[random.Random], str], of: str) -> str:
    if random.random() < 0.2:
        return f"ARRAY[]::{of}[]"
    items = (
        "NULL" if random.random() < 0.2 else _quoted(element(random))
        for _ in range(random.randint(1, 4))
    )
    return f"ARRAY[{', '.join(items)}]::{of}[]"


def _literal(make: Callable[[random.Random], str]) -> Callable[[random.Random], str]:
    return lambda random: _quoted(make(random))


def _integer(bits: int) -> Callable[[random.Random], str]:
    return lambda random: str(
        random.choice((0, 1, -1, random.randint(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)))
    )


def _numeric(random: random.Random) -> str:
    return random.choice(
        ("NaN", "0.000", "-1.50", f"{_digits(random, 30)}.{_digits(random, 20)}", "1e30")
    )


#: column -> its type and a maker of an SQL expression for a value
COLUMNS: Mapping[str, tuple[str, Callable[[random.Random], str]]] = {
    "c_bool": ("boolean", lambda random: random.choice(("true", "false"))),
    "c_int2": ("smallint", _literal(_integer(16))),
    "c_int4": ("integer", _literal(_integer(32))),
    "c_int8": ("bigint", _literal(_integer(64))),
    "c_numeric": ("numeric", _literal(_numeric)),
    "c_scaled": (
        "numeric(20, 6)",
        _literal(lambda random: f"-{_digits(random, 12)}.{_digits(random, 6)}"),
    ),
    "c_wide": (
        "numeric(45, 5)",
        _literal(lambda random: f"{_digits(random, 40)}.{_digits(random, 5)}"),
    ),
    "c_float4": ("real", lambda random: f"{random.choice((0, 1.5, -2e10, 3.1e-5))}::real"),
    "c_float8": ("double precision", _literal(_float)),
    "c_money": ("money", _literal(lambda random: f"{random.randint(-(10**9), 10**9)}.25")),
    "c_text": ("text", _literal(_text)),
    "c_varchar": ("varchar(60)", _literal(_text)),
    "c_char": ("char(45)", _literal(_text)),
    "Mixed Case": ("varchar", _literal(_text)),
    "c_bytea": ("bytea", lambda random: f"'\\x{random.randbytes(random.randrange(9)).hex()}'"),
    "c_date": ("date", _literal(_date)),
    "c_timestamp": ("timestamp", _literal(_moment)),
    "c_timestamptz": ("timestamptz", _literal(_timestamptz)),
    "c_time": ("time", _literal(lambda random: f"{random.randrange(24):02}:15:30.250")),
    "c_timetz": (
        "timetz",
        _literal(lambda random: f"{random.randrange(24):02}:15:30{_zone(random)}"),
    ),
    "c_interval": (
        "interval",
        _literal(lambda random: f"{random.randint(-40, 40)} months 3 days -01:02:03.5"),
    ),
    "c_uuid": ("uuid", _literal(lambda random: random.randbytes(16).hex())),
    "c_json": ("json", lambda random: f"{_quoted(json.dumps(_json(random)))}"),
    "c_jsonb": (
        "jsonb",
        lambda random: f"{_quoted(json.dumps(_json(random), ensure_ascii=False))}",
    ),
    "c_inet": ("inet", _literal(lambda random: f"10.{random.randrange(256)}.0.1/24")),
    "c_macaddr": ("macaddr", _literal(lambda random: random.randbytes(6).hex())),
    "c_bit": ("bit(5)", lambda random: f"B'{random.randrange(32):05b}'"),
    "c_point": ("point", lambda random: f"'({random.randrange(9)},-1.5)'"),
    "c_range": ("int4range", lambda random: f"'[{random.randrange(9)},20)'"),
    "c_mood": ("s.mood", lambda random: _quoted(random.choice(("so so", "glad", 'it\'s "fine"')))),
    "c_pair": (
        "s.pair",
        lambda random: f"ROW({random.randrange(99)}, {_quoted(_text(random))})::s.pair",
    ),
    "c_amount": ("s.amount", _literal(lambda random: f"{_digits(random, 6)}.5")),
    "c_ints": ("int[]", lambda random: _array(random, _integer(32), "int")),
    "c_texts": ("text[]", lambda random: _array(random, _text, "text")),
    "c_grid": ("int[]", lambda random: f"'{{{{{random.randrange(9)},2}},{{3,NULL}}}}'"),
    "c_bools": ("bool[]", lambda random: random.choice(("'{t,f,NULL}'", "'{}'"))),
    "c_moments": ("timestamptz[]", lambda random: _array(random, _timestamptz, "timestamptz")),
    "c_numerics": ("numeric[]", lambda random: _array(random, _numeric, "numeric")),
    "c_tsvector": ("tsvector", _literal(lambda random: f"a:1 {random.choice('bcd')}:2A")),
    "c_xml": ("xml", _literal(lambda random: f'<a b="{random.randrange(9)}">\'</a>')),
}


def ddl() -> str:
    return DDL.format(columns=", ".join(f'"{name}" {kind}' for name, (kind, _) in COLUMNS.items()))


def values(random: random.Random) -> dict[str, str]:
    """SQL expressions for a row, some of them NULL."""
    return {
        name: "NULL" if random.random() < 0.15 else make(random)
        for name, (_, make) in COLUMNS.items()
    }


def insert(key: int, row: Mapping[str, str]) -> str:
    columns = ", ".join(f'"{name}"' for name in row)
    return f"INSERT INTO s.every (id, {columns}) VALUES ({key}, {', '.join(row.values())})"


def update(key: int, row: Mapping[str, str]) -> str:
    assigned = ", ".join(f'"{name}" = {value}' for name, value in row.items())
    return f"UPDATE s.every SET {assigned} WHERE id = {key}"
