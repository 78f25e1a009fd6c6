"""Pairs of types an engineer would choose for one column, with values that both sides write alike.

By hand, from the two databases' own documentation and DMS's "Source data types for PostgreSQL" and
"Target data types for Oracle": nothing here asks the judge what it thinks of a pair.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pair:
    """``source`` and ``target`` are types as CREATE TABLE takes them.

    ``values`` are literals of one value each, PostgreSQL's and Oracle's; a key takes them in their
    order. ``conversion`` is what the contract has to name, where the types alone do not tell.
    """

    source: str
    target: str
    values: tuple[tuple[str, str], ...]
    conversion: str = ""


def _same(*literals: str) -> tuple[tuple[str, str], ...]:
    return tuple((one, one) for one in literals)


_NUMBERS = _same("1", "2", "3", "4", "5", "6")
_MOMENTS = ("2024-01-31 09:30:00", "2024-02-29 23:59:59.5", "2025-07-01 00:00:00.000001")
_UUIDS = tuple(f"6f1c2b7e-0d3a-4c58-9a41-0000000000{number:02d}" for number in range(1, 7))
_DAYS = tuple(f"2023-03-{day:02d}" for day in range(1, 7))
_WORDS = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta")

SMALL = Pair("smallint", "NUMBER(5)", _NUMBERS)
INTEGER = Pair("integer", "NUMBER(10)", _NUMBERS)
BIG = Pair("bigint", "NUMBER(19)", _NUMBERS)
WHOLE = Pair("numeric(12,0)", "NUMBER(12)", _NUMBERS)
MONEY = Pair("numeric(18,4)", "NUMBER(18,4)", _same("0.0001", "12.5", "99999.9999", "0", "7", "8"))
WORD = Pair("varchar(40)", "VARCHAR2(40 CHAR)", _same(*(f"'{word}'" for word in _WORDS)))
CODE = Pair("char(3)", "CHAR(3 CHAR)", _same("'EUR'", "'KRW'", "'USD'", "'AUD'", "'JPY'", "'GBP'"))
UUID = Pair("uuid", "VARCHAR2(36)", _same(*(f"'{one}'" for one in _UUIDS)))
RAW_UUID = Pair(
    "uuid",
    "RAW(16)",
    tuple((f"'{one}'", f"HEXTORAW('{one.replace('-', '')}')") for one in _UUIDS),
    "uuid_raw",
)
DAY = Pair("date", "DATE", tuple((f"'{day}'", f"DATE '{day}'") for day in _DAYS))
MOMENT = Pair(
    "timestamp(6)",
    "TIMESTAMP(6)",
    tuple((f"'{moment}'", f"TIMESTAMP '{moment}'") for moment in _MOMENTS),
)
INSTANT = Pair(
    "timestamptz",
    "TIMESTAMP(6) WITH TIME ZONE",
    tuple((f"'{moment}+00'", f"TIMESTAMP '{moment} +00:00'") for moment in _MOMENTS),
)
FLAG = Pair("boolean", "VARCHAR2(5)", (("true", "'true'"), ("false", "'false'")))
LONG_TEXT = Pair("text", "CLOB", _same("'a long one'", "'another'", "'서울'"))
SHORT_TEXT = Pair("text", "VARCHAR2(4000)", _same("'short'", "'O''Hare'", "'Zürich'"))
BYTES = Pair(
    "bytea",
    "BLOB",
    (("'\\x00ff'", "HEXTORAW('00FF')"), ("'\\x5a'", "HEXTORAW('5A')")),
)
DOUBLE = Pair("double precision", "BINARY_DOUBLE", _same("0.5", "-2.25", "1024"))
DOCUMENT = Pair("jsonb", "CLOB", _same("""'{"a": 1}'""", "'[]'"))

#: what a key of one column may be
KEYS = (SMALL, INTEGER, BIG, WHOLE, WORD, UUID, DAY)
#: what one of several key columns may be
PARTS = (SMALL, INTEGER, BIG, WORD, CODE, DAY, UUID)
PLAIN = (
    SMALL, INTEGER, BIG, WHOLE, MONEY, WORD, WORD, CODE, UUID, DAY, MOMENT, INSTANT,
    FLAG, LONG_TEXT, SHORT_TEXT, BYTES, DOUBLE, DOCUMENT,
)  # fmt: skip
