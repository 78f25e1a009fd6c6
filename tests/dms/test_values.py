"""From PostgreSQL's stream through DMS's types and expressions to Oracle's binds."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from lab.dms.ground.catalogue import SourceColumn, TargetColumn
from lab.dms.mapping.expressions import ExpressionError, Expressions
from lab.dms.mapping.rules import DataType, Filter, FilterCondition
from lab.dms.values.binding import TargetTraits, binder
from lab.dms.values.texts import array_text, json_text
from lab.dms.values.types import DmsType, SourceTraits, cast, converter, datetime_text, dms_type
from tests.dms.worlds import mapping

EPOCH = next(rule["expression"] for rule in mapping()["rules"] if "expression" in rule)


def convert(type_name: str, value: Any, modifier: int = -1, **traits: Any) -> Any:
    function = converter(SourceColumn("c", type_name, modifier), SourceTraits(**traits))
    return value if function is None else function(value)


@pytest.mark.parametrize(
    ("stream", "text"),
    [
        ("2026-01-01T00:00:00+00:00", "2026-01-01 00:00:00"),
        ("2026-01-01T00:00:00.5+00:00", "2026-01-01 00:00:00.500000"),
        ("1969-12-31T23:59:59.000001", "1969-12-31 23:59:59.000001"),
        ("0044-03-15T00:00:00+00:00 BC", "0044-03-15 00:00:00 BC"),
    ],
)
def test_dates_with_a_time(stream: str, text: str) -> None:
    assert datetime_text(stream) == text
    assert convert("timestamptz", stream) == text


@pytest.mark.parametrize(
    ("type_name", "modifier", "value", "expected"),
    [
        ("numeric", -1, Decimal("0.611111104488373"), Decimal("0.611111")),
        ("numeric", -1, Decimal("0.0000005"), Decimal("0.000001")),
        (
            "numeric",
            -1,
            Decimal("12345678901234567890123456789012345678.5"),
            Decimal("12345678901234567890123456789012345678.5"),
        ),
        ("numeric", -1, "NaN", "NaN"),
        ("numeric", (10 << 16) + 4 + 8, Decimal("0.12345678"), Decimal("0.12345678")),
        ("numeric", (40 << 16) + 4 + 2, Decimal("1E+3"), "1000"),
        ("bool", -1, True, "true"),
        ("bool", -1, False, "false"),
        ("bpchar", 9, "ab   ", "ab"),
        ("bytea", -1, "\\x00ff", b"\x00\xff"),
        ("money", -1, "-$1,234.50", Decimal("-1234.50")),
        ("time", -1, "12:00:01.5", "12:00:01"),
        ("timestamptz", -1, "infinity", "9999-12-31 23:59:59"),
        ("_int4", -1, [1, None, [2]], "{1,NULL,{2}}"),
        ("jsonb", -1, {"a": [1, Decimal("1.10")]}, '{"a": [1, 1.10]}'),
        ("varchar", 259, "x" * 9000, "x" * 9000),
        ("varchar", -1, "é" * 5000, "é" * 4000),
        ("int8", -1, 2**62, 2**62),
    ],
)
def test_types(type_name: str, modifier: int, value: Any, expected: Any) -> None:
    converted = convert(type_name, value, modifier)
    assert (type(converted), converted) == (type(expected), expected)


def test_traits_of_the_source_endpoint() -> None:
    assert convert("bool", True, boolean_as_boolean=True) is True
    assert convert("bpchar", "ab ", 7, trim_char=False) == "ab "
    assert convert("timestamptz", "infinity", clamp_infinity=False) == "infinity"
    assert dms_type(SourceColumn("c", "jsonb"), SourceTraits(jsonb_as_clob=True)).kind == "clob"


def test_texts_of_arrays_and_json() -> None:
    assert array_text(["a b", "NULL", "", 'q"\\', True]) == '{"a b","NULL","","q\\"\\\\",t}'
    assert json_text(["é", None, True, {"k": "v\n"}]) == '["é", null, true, {"k": "v\\n"}]'


@pytest.mark.parametrize(
    ("moment", "milliseconds"),
    [
        ("2026-11-21T12:00:00+00:00", 1795262400000),
        ("2026-11-21T12:00:00.123456+00:00", 1795262400123),
        ("2026-11-21T12:00:00.5+00:00", 1795262400500),
        ("1970-01-01T00:00:00+00:00", 0),
        ("1969-12-31T23:59:59.999+00:00", -1),
        ("1969-12-31T23:59:59.9999+00:00", -1),
        ("0001-01-01T00:00:00+00:00", -62135596800000),
        ("9999-12-31T23:59:59.999999+00:00", 253402300799999),
        (None, None),
    ],
)
def test_epoch_milliseconds(moment: str | None, milliseconds: int | None) -> None:
    value = None if moment is None else convert("timestamptz", moment)
    assert Expressions().evaluate(EPOCH, {"expiry_date": value}) == milliseconds


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("$a + 1", 8),
        ("$big", "12345678901234567890"),
        ("$d * 2", 3.0),
        ("upper($t) || $t", "Xéxé"),  # SQLite's upper knows ASCII only, as DMS's does
        ("replaceChars('abc', 'ab', 'x')", "xc"),
        ("operation_indicator('D', 'U', 'I')", "U"),
        ("hash_sha256('x')", "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"),
        ("coalesce($nothing, 'none')", "none"),
    ],
)
def test_expressions(expression: str, expected: Any) -> None:
    row = {
        "a": 7,
        "big": Decimal("12345678901234567890"),
        "d": Decimal("1.5"),
        "t": "xé",
        "nothing": None,
    }
    assert Expressions().evaluate(expression, row, "U") == expected


def test_a_broken_expression_says_so() -> None:
    with pytest.raises(ExpressionError, match="no such function: nonsense"):
        Expressions().evaluate("nonsense($a)", {"a": 1})


@pytest.mark.parametrize(
    ("operator", "value", "end", "accepted"),
    [
        ("eq", "5", None, [5]),
        ("noteq", "5", None, [4, 10]),
        ("gte", "5", None, [5, 10]),
        ("lte", "5", None, [4, 5]),
        ("between", "5", "10", [5, 10]),
        ("notbetween", "5", "10", [4]),
        ("null", None, None, [None]),
        ("notnull", None, None, [4, 5, 10]),
    ],
)
def test_filters(operator: str, value: str | None, end: str | None, accepted: list[Any]) -> None:
    groups = ((Filter("n", (FilterCondition(operator, value, end),)),),)
    expressions = Expressions()
    assert [n for n in (4, 5, 10, None) if expressions.accepts(groups, {"n": n})] == accepted


def test_casts_of_rules() -> None:
    assert cast(DataType("int8"))[1]("12") == 12
    assert cast(DataType("int8"))[1]("twelve") == "twelve"
    assert cast(DataType("numeric"))[1](1.5) == Decimal("1.5")
    assert cast(DataType("string", 3))[1](12345) == "123"


@pytest.mark.parametrize(
    ("kind", "data_type", "value", "expected"),
    [
        ("int", "NUMBER", 5, ("number", 5)),
        ("int", "NUMBER", None, ("number", None)),
        ("wstring", "VARCHAR2", "x", ("text", "x")),
        ("wstring", "NVARCHAR2", "x", ("ntext", "x")),
        ("wstring", "VARCHAR2", "", ("text", " ")),
        ("datetime", "NUMBER", "2026-01-01 00:00:00", ("text", "2026-01-01 00:00:00")),
        (
            "datetime",
            "DATE",
            "2026-01-01 00:00:00.5",
            ("date", dt.datetime(2026, 1, 1, 0, 0, 0, 500000)),
        ),
        ("datetime", "TIMESTAMP(6)", "2026-01-01 00:00:00", ("timestamp", dt.datetime(2026, 1, 1))),
        ("datetime", "TIMESTAMP(6)", "0044-03-15 00:00:00 BC", ("text", "0044-03-15 00:00:00 BC")),
        ("datetime", "TIMESTAMP(6)", None, ("timestamp", None)),
        ("boolean", "NUMBER", "true", ("text", "true")),
        ("boolean", "NUMBER", True, ("number", 1)),
        ("nclob", "CLOB", "short", ("text", "short")),
        ("nclob", "CLOB", "x" * 40000, ("clob", "x" * 40000)),
        ("nclob", "NCLOB", "x" * 40000, ("nclob", "x" * 40000)),
        ("blob", "BLOB", b"x", ("raw", b"x")),
        ("blob", "BLOB", b"x" * 40000, ("blob", b"x" * 40000)),
        ("numeric", "NUMBER", "NaN", ("text", "NaN")),
        ("numeric", "BINARY_DOUBLE", "Infinity", ("double", float("inf"))),
        ("numeric", "BINARY_DOUBLE", Decimal("0.1"), ("number", Decimal("0.1"))),
        ("real", "BINARY_FLOAT", "-Infinity", ("double", float("-inf"))),
        ("real", "BINARY_DOUBLE", Decimal("1E+300"), ("double", 1e300)),
        ("real", "BINARY_DOUBLE", None, ("double", None)),
        ("real", "NUMBER", 0.5, ("number", 0.5)),
    ],
)
def test_binds(kind: str, data_type: str, value: Any, expected: Any) -> None:
    assert binder(DmsType(kind), TargetColumn("C", data_type), TargetTraits())(value) == expected


def test_switches_of_binds() -> None:
    assert binder(
        DmsType("wstring"), TargetColumn("C", "VARCHAR2"), TargetTraits(empty_string=None)
    )("") == (
        "text",
        None,
    )
    as_timestamp = TargetTraits(datetime_into_number="timestamp")
    bound = binder(DmsType("datetime"), TargetColumn("C", "NUMBER"), as_timestamp)(
        "2026-01-01 00:00:00"
    )
    assert bound == ("timestamp", dt.datetime(2026, 1, 1))
