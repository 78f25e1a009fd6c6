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
    order. ``conversion`` is what the contract has to name, where the types alone do not tell;
    ``expression`` what the mapping makes of the column, ``{0}``, for so many characters: of one
    with a plain name, and never of a key (DMS, "Using transformation rule expressions").
    """

    source: str
    target: str
    values: tuple[tuple[str, str], ...]
    conversion: str = ""
    expression: str = ""
    characters: int = 0

    @property
    def is_lob(self) -> bool:
        """Whether DMS writes the column behind its row: Oracle has to take NULL there, and it is no
        key (AWS DMS user guide, best practices, "Migrating large binary objects").
        """
        return self.source in ("text", "bytea", "jsonb")


def _same(*literals: str) -> tuple[tuple[str, str], ...]:
    return tuple((one, one) for one in literals)


#: every schema has this type
STATES = ("open", "closed", "on hold")

_NUMBERS = _same("1", "2", "3", "4", "5", "6")
_MOMENTS = tuple(f"2024-0{month}-28 09:30:00{part}" for month, part in enumerate(
    ("", ".5", ".000001", ".25", ".999999", ""), 1
))  # fmt: skip
_UUIDS = tuple(f"6f1c2b7e-0d3a-4c58-9a41-0000000000{number:02d}" for number in range(1, 7))
_DAYS = tuple(f"2023-03-{day:02d}" for day in range(1, 7))
_WORDS = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta")
_TEXTS = _same(*(f"'{word}'" for word in _WORDS))

SMALL = Pair("smallint", "NUMBER(5)", _NUMBERS)
INTEGER = Pair("integer", "NUMBER(10)", _NUMBERS)
BIG = Pair("bigint", "NUMBER(19)", _NUMBERS)
WHOLE = Pair("numeric(12,0)", "NUMBER(12)", _NUMBERS)
PRICE = Pair("numeric(9,2)", "NUMBER(9,2)", _same("0.01", "0.1", "1", "1.5", "20.25", "100"))
MONEY = Pair("numeric(18,4)", "NUMBER(18,4)", _same("0.0001", "12.5", "99999.9999", "0", "7", "8"))
WORD = Pair("varchar(40)", "VARCHAR2(40 CHAR)", _TEXTS)
TITLE = Pair("varchar(200)", "VARCHAR2(200)", _TEXTS)
NAME = Pair("text", "VARCHAR2(200 CHAR)", _TEXTS)
NATIONAL = Pair("varchar(60)", "NVARCHAR2(60)", _same("'Ostsee'", "'서울'", "'Zürich'"))
CODE = Pair("char(3)", "CHAR(3 CHAR)", _same("'EUR'", "'KRW'", "'USD'", "'AUD'", "'JPY'", "'GBP'"))
LETTER = Pair("char(1)", "CHAR(1)", _same("'Y'", "'N'"))
UUID = Pair("uuid", "VARCHAR2(36)", _same(*(f"'{one}'" for one in _UUIDS)))
RAW_UUID = Pair(
    "uuid",
    "RAW(16)",
    tuple((f"'{one}'", f"HEXTORAW('{one.replace('-', '')}')") for one in _UUIDS),
    "uuid_raw",
    "replace({0}, '-', '')",
    32,
)
DAY = Pair("date", "DATE", tuple((f"'{day}'", f"DATE '{day}'") for day in _DAYS))
MOMENT = Pair(
    "timestamp(6)",
    "TIMESTAMP(6)",
    tuple((f"'{moment}'", f"TIMESTAMP '{moment}'") for moment in _MOMENTS),
)
SECOND = Pair(
    "timestamp(0)",
    "DATE",
    tuple((f"'{day} 23:59:59'", f"TIMESTAMP '{day} 23:59:59'") for day in _DAYS),
)
INSTANT = Pair(
    "timestamptz",
    "TIMESTAMP(6) WITH TIME ZONE",
    tuple((f"'{moment}+00'", f"TIMESTAMP '{moment} +00:00'") for moment in _MOMENTS),
)
FLAG = Pair("boolean", "VARCHAR2(5)", (("true", "'true'"), ("false", "'false'")))
YES_OR_NO = Pair(
    "boolean",
    "CHAR(1)",
    (("true", "'Y'"), ("false", "'N'")),
    "boolean_text:Y/N",
    "CASE {0} WHEN 'true' THEN 'Y' WHEN 'false' THEN 'N' END",
    1,
)
STATE = Pair("{schema}.state_of_things", "VARCHAR2(20)", _same(*(f"'{one}'" for one in STATES)))
LONG_TEXT = Pair("text", "CLOB", _same("'a long one'", "'another'", "'서울'"))
LONG_NATIONAL = Pair("text", "NCLOB", _same("'a national one'", "'부산'"))
SHORT_TEXT = Pair("text", "VARCHAR2(4000)", _same("'short'", "'O''Hare'", "'Zürich'"))
BYTES = Pair(
    "bytea",
    "BLOB",
    (("'\\x00ff'", "HEXTORAW('00FF')"), ("'\\x5a'", "HEXTORAW('5A')")),
)
DIGEST = Pair(
    "bytea",
    "RAW(32)",
    (("'\\x00ff'", "HEXTORAW('00FF')"), ("'\\x5a'", "HEXTORAW('5A')")),
)
DOUBLE = Pair("double precision", "BINARY_DOUBLE", _same("0.5", "-2.25", "1024"))
REAL = Pair("real", "BINARY_FLOAT", _same("0.5", "-2.25", "1024"))
DOCUMENT = Pair("jsonb", "CLOB", _same("""'{"a": 1}'""", "'[]'"))
ADDRESS = Pair("inet", "VARCHAR2(43)", _same("'192.0.2.1'", "'198.51.100.7'"))

#: counted by PostgreSQL itself, if it is to be
COUNTED = (SMALL, INTEGER, BIG)
#: what a key of one column may be
KEYS = (*COUNTED, WHOLE, PRICE, WORD, TITLE, CODE, UUID, DAY, MOMENT)
#: what one of several key columns may be
PARTS = (SMALL, INTEGER, BIG, PRICE, WORD, TITLE, CODE, DAY, MOMENT, UUID)
#: what two rows may be told apart by beside their key
TOLD_APART = (WORD, TITLE, INTEGER, BIG, UUID)
PLAIN = (
    SMALL, INTEGER, BIG, WHOLE, PRICE, MONEY, WORD, TITLE, NAME, NATIONAL, CODE, LETTER, UUID,
    RAW_UUID, DAY, MOMENT, SECOND, INSTANT, FLAG, YES_OR_NO, STATE, LONG_TEXT, LONG_NATIONAL,
    SHORT_TEXT, BYTES, DIGEST, DOUBLE, REAL, DOCUMENT, ADDRESS,
)  # fmt: skip
