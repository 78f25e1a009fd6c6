"""Text, bytes, UUIDs, booleans, JSON, and what arrives as the text PostgreSQL prints."""

from __future__ import annotations

import uuid

from tests.type_pairs.case import Case, Column, columns, eq, ne, step

_VARYING = ("VARCHAR2(200 CHAR)", "NVARCHAR2(200)", "CLOB", "NCLOB")
_PADDED = ("CHAR(40 CHAR)", "NCHAR(40)")
#: the longest there is; a part of a row's text ends at 4000 bytes
_WIDE = ("VARCHAR2(4000)",)

_TEXT = [
    step("a", "a "),
    eq("a", "a"),
    eq("a ", "a "),
    eq(" ", " "),
    ne("a", "A"),
    step("é", "e\u0301"),
    eq("é", "é"),
    eq("e\u0301", "e\u0301"),
    eq("서울🛬", "서울🛬"),
    step("🛬", "🛫"),
    eq("1:a,", "1:a,"),
    ne("a,1:a", "1:a,a"),
    eq("'", "'"),
    eq("null", "null"),
    ne("0:", "0"),
    eq("\n\t\\", "\n\t\\"),
    ne("", "x"),
    ne("", None),
    ne("x", "\ufffd"),
    eq("\u007f\u0080\ud7ff\ue000\uffff\U0010ffff", "\u007f\u0080\ud7ff\ue000\uffff\U0010ffff"),
]
_LENGTHS = (3_989, 4_000, 32_767, 200_000)
_LONG_TEXT = [eq("한" * length, "한" * length) for length in _LENGTHS]
_LONG_TEXT += [step("한" * length, "한" * (length - 1) + "글") for length in _LENGTHS]
_FULL = [eq("x" * 4_000, "x" * 4_000), step("x" * 4_000, "x" * 3_999)]
_EXACTLY = "가나다" * 13 + "a"  # 40 characters: nothing is padded
_FIXED = [
    step(_EXACTLY, _EXACTLY[:-1] + "b"),
    eq(_EXACTLY, _EXACTLY),
    ne("a", "a"),
    eq(" " * 40, " " * 40),
]

_BLANKS = [
    step("ab", "ac"),
    eq("ab", "ab", reduced=True),
    eq("ab", "ab   ", reduced=False),
    eq("abcde", "abcde"),
    ne("ab", " ab"),
    ne("", "x"),
    eq("é🛬", "é🛬", reduced=True),
]
_BLANKS_FIXED = [
    Case(case.source, case.target, case.equal, case.equal, case.step) for case in _BLANKS
]
_BLANKS_SAME = [Case(case.source, case.target, case.equal, False, case.step) for case in _BLANKS]

_ID = "00000000-0000-0000-0000-00000000000a"
_FULL_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff"


def _boolean(yes: str, no: str, other: str) -> list[Case]:
    return [step("true", other), eq("true", yes), eq("false", no), ne("true", no), ne("false", yes)]


_DOCUMENT = '{"a": 1, "b": [true, null, ""]}'
_JSON = [
    step('{"a": 1}', '{"a": 1.00000000000000000000000001}'),
    eq(_DOCUMENT, _DOCUMENT),
    eq('{"a": 1}', '{"a":1}', reduced=True),
    eq('{"a": 1, "b": 2}', '{"b": 2, "a": 1}', reduced=True),
    ne('{"a": 1}', '{"a": "1"}'),
    ne("[]", "{}"),
    ne("[1, 2]", "[2, 1]"),
    ne("true", "1"),
    eq('"서울🛬"', '"서울🛬"'),
    eq('"\\u00e9"', '"é"', reduced=True),
    ne('{"a": 1}', '{"a": 1'),
    ne("null", None),
    eq("1.5", "1.50", reduced=True),
]
#: jsonb prints é as it is, so nothing is left out there
_JSONB = [
    Case(
        case.source,
        case.target,
        case.equal,
        case.reduced and "u00e9" not in (case.source or ""),
        case.step,
    )
    for case in _JSON
]

_ALL_BYTES = bytes(range(256))
_BYTES = [
    step("\\x00", b"\x01"),
    eq("\\x00", b"\x00"),
    eq("\\x" + _ALL_BYTES.hex(), _ALL_BYTES),
    step("\\xff", b"\xff\x00"),
    ne("\\x", b"\x00"),
    ne("\\x", None),
]
_LONG_BYTES = [eq("\\x" + "ab" * length, b"\xab" * length) for length in (4_000, 32_767, 200_000)]
_LONG_BYTES += [step("\\x" + "ab" * 200_000, b"\xab" * 199_999 + b"\xac")]

#: type -> how PostgreSQL prints a value (its documentation, "Data Types"), and another value's text
_PRINTED = {
    "mood": ("happy", "happy ", "sad"),
    "inet": ("192.168.1.1", "192.168.1.1/32", "192.168.1.2"),
    "cidr": ("10.0.0.0/8", "10.0.0.0", "10.0.0.0/9"),
    "macaddr": ("08:00:2b:01:02:03", "08-00-2b-01-02-03", "08:00:2b:01:02:04"),
    "bit(4)": ("1010", "101", "1011"),
    "varbit(8)": ("1010", "10100", "1011"),
    "point": ("(1.5,-2)", "(1.5, -2)", "(1.5,-2.1)"),
    "line": ("{1,2,3}", "{1, 2, 3}", "{1,2,4}"),
    "lseg": ("[(0,0),(1,1)]", "((0,0),(1,1))", "[(0,0),(1,2)]"),
    "box": ("(1,1),(0,0)", "(0,0),(1,1)", "(1,2),(0,0)"),
    "circle": ("<(0,0),1>", "((0,0),1)", "<(0,0),2>"),
    "int4range": ("[1,3)", "[1,2]", "[1,4)"),
    "int8range": ("[1,3)", "[1,2]", "[1,4)"),
    "numrange": ("[1.5,3)", "[1.50,3)", "[1.5,4)"),
    "tsrange": (
        '["2026-03-01 00:00:00","2026-03-02 00:00:00")',
        "empty",
        '["2026-03-01 00:00:00","2026-03-02 00:00:00"]',
    ),
    "tstzrange": (
        '["2026-03-01 00:00:00+00","2026-03-02 00:00:00+00")',
        "empty",
        '["2026-03-01 00:00:00+00","2026-03-02 00:00:01+00")',
    ),
    "daterange": ("[2026-03-01,2026-03-02)", "empty", "[2026-03-01,2026-03-03)"),
    "xml": ("<a b='1'/>", '<a b="1"/>', "<a b='2'/>"),
    "int4[]": ("{1,NULL,3}", "{1, NULL, 3}", "{1,NULL,4}"),
    "text[]": ('{a,"b c",""}', '{a,b c,""}', '{a,"b d",""}'),
    "place": ("(1,서울)", "(1, 서울)", "(2,서울)"),
    "tsvector": ("'a':1 'b':2", "'a' 'b'", "'a':1 'b':3"),
    "tsquery": ("'a' & 'b'", "'a'&'b'", "'a' | 'b'"),
    "hstore": ('"a"=>"1", "b"=>NULL', '"a"=>"1","b"=>NULL', '"a"=>"2", "b"=>NULL'),
    "path": ("[(0,0),(1,1)]", "((0,0),(1,1))", "[(0,0),(1,2)]"),
    "polygon": ("((0,0),(1,1),(2,0))", "((0,0),(1,1))", "((0,0),(1,1),(2,1))"),
}
_PRINTED_LOBS = (
    "xml",
    "int4[]",
    "text[]",
    "place",
    "tsvector",
    "tsquery",
    "hstore",
    "path",
    "polygon",
)


def _printed(texts: tuple[str, str, str]) -> list[Case]:
    value, spelled, other = texts
    return [
        step(value, other),
        eq(value, value),
        *([ne(value, spelled)] if spelled.rstrip(" ") != value else []),
    ]


def _printed_columns() -> list[Column]:
    found: list[Column] = []
    for source, texts in _PRINTED.items():
        cases = _printed(texts)
        if source == "place":  # an empty field does not make a row NULL
            cases += [eq("(1,)", "(1,)"), ne("(1,)", None), eq("(,)", "(,)")]
        found += columns(source, _VARYING, cases)
        if source not in _PRINTED_LOBS:
            found += columns(source, ("CHAR(60 CHAR)", "NCHAR(60)"), _printed(texts))
    return found


def _printed_natives() -> list[Column]:
    """Conversion ``text``: what PostgreSQL's output functions print."""
    found: list[Column] = []
    for source, value, other in (
        ("int8", "-9223372036854775808", "-9223372036854775807"),
        ("numeric", "1.50", "1.51"),
        ("bool", "t", "f"),
        ("numeric", "0.00000001", "1E-8"),
        ("bytea", "\\x00ff", "\\x00fe"),
        ("date", "2026-03-01", "2026-03-02"),
        ("timestamp", "2026-03-01 12:34:56.78", "2026-03-01 12:34:56.79"),
        ("time", "24:00:00", "23:59:59.999999"),
        ("timestamptz", "2026-03-01 12:34:56+00", "2026-03-01 12:34:57+00"),
        ("timetz", "01:02:03+09", "01:02:03+08"),
        ("interval", "1 mon -1 days +02:03:04.5", "30 days"),
        ("text", "a", "a "),
    ):
        cases = [step(value, other), eq(value, value)]
        found += columns(source, ("VARCHAR2(60)", "NVARCHAR2(60)", "CLOB", "NCLOB"), cases, "text")
    return found


def all_columns() -> list[Column]:
    """Every pair whose target is text or bytes, numbers aside."""
    found: list[Column] = []
    for source in ("varchar", "text", "citext"):
        found += columns(source, _VARYING[:2], _TEXT) + columns(
            source, _VARYING[2:], _TEXT + _LONG_TEXT
        )
        found += columns(source, ("LONG",), _TEXT + _LONG_TEXT)
        found += columns(source, _WIDE, _TEXT + _FULL) + columns(source, _PADDED, _FIXED)
    found += columns("char(5)", _VARYING, _BLANKS) + columns("char(5)", _PADDED, _BLANKS_FIXED)
    found += columns("char(5)", ("CHAR(5 CHAR)",), _BLANKS_SAME)
    found += columns(
        "bool",
        ("VARCHAR2(5)", "NVARCHAR2(5)", "CHAR(5)", "NCHAR(5)"),
        _boolean("true", "false", "True"),
    )
    found += columns(
        "bool",
        ("VARCHAR2(5)", "NVARCHAR2(5)", "CHAR(5)", "NCHAR(5)", "CLOB", "NCLOB"),
        _boolean("true", "false", "true!"),
        "boolean_text",
    )
    found += columns(
        "bool",
        ("VARCHAR2(1)", "NVARCHAR2(1)", "CHAR(1)", "NCHAR(1)", "CLOB", "NCLOB"),
        _boolean("Y", "N", "y"),
        "boolean_text:Y/N",
    )
    found += columns(
        "bool",
        ("NUMBER(1)", "NUMBER"),
        [step("true", 2), eq("true", 1), eq("false", 0), ne("true", 0)],
        "boolean_number",
    )
    ids = [
        step(_ID, _ID[:-1] + "b"),
        eq(_ID, _ID),
        eq(_FULL_ID, _FULL_ID),
        ne(_ID, _ID.upper()),
        ne(_ID, _ID[1:]),
    ]
    found += columns("uuid", ("VARCHAR2(36)", "NVARCHAR2(36)", "CHAR(36)", "NCHAR(36)"), ids)
    found += columns(
        "uuid",
        ("VARCHAR2(36)", "CLOB", "NCLOB", "NVARCHAR2(36)", "CHAR(36)", "NCHAR(36)"),
        ids,
        "text",
    )
    digits = uuid.UUID(_ID).hex
    found += columns(
        "uuid",
        ("VARCHAR2(32)", "NVARCHAR2(32)", "CHAR(32)", "NCHAR(32)", "CLOB", "NCLOB"),
        [
            step(_ID, digits[:-1] + "b"),
            eq(_ID, digits),
            eq(_ID, digits.upper(), reduced=True),
            ne(_ID, digits[1:]),
        ],
        "uuid_hex",
    )
    raw = uuid.UUID(_ID).bytes
    found += columns(
        "uuid",
        ("RAW(16)",),
        [step(_ID, raw[:-1] + b"\x0b"), eq(_ID, raw), ne(_ID, b"\x0a")],
        "uuid_raw",
    )
    found += columns("json", _VARYING, _JSON) + columns("jsonb", _VARYING, _JSONB)
    for source in ("json", "jsonb", "text", "varchar"):
        cases = _JSONB if source == "jsonb" else _JSON
        found += columns(source, (*_VARYING,), cases, "json")
        padded = [
            Case(case.source, case.target, case.equal, case.equal, case.step) for case in cases
        ]
        found += columns(source, _PADDED, padded, "json")
    found += columns("bytea", ("RAW(300)", "RAW(2000)"), _BYTES)
    found += columns("bytea", ("BLOB", "LONG RAW"), _BYTES + _LONG_BYTES)
    return found + _printed_natives() + _printed_columns()
