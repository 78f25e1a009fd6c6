"""PostgreSQL's types as DMS types and as the Oracle types DMS makes of them, with their values."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from lab.dms.ground.catalogue import SourceColumn, TargetColumn
from lab.dms.values.binding import TargetTraits, binder
from lab.dms.values.oracle_types import oracle_type
from lab.dms.values.texts import (
    array_text,
    composite_text,
    hstore_text,
    interval_text,
    moments_array_text,
)
from lab.dms.values.types import DmsType, SourceTraits, converter, dms_type


def column(name: str, modifier: int = -1, kind: str = "b") -> SourceColumn:
    return SourceColumn("c", name, modifier, kind)


def numeric(precision: int, scale: int) -> SourceColumn:
    return column("numeric", (precision << 16) + scale + 4)


def convert(source: SourceColumn, value: Any, **traits: Any) -> Any:
    function = converter(source, SourceTraits(**traits))
    return value if function is None else function(value)


@pytest.mark.parametrize(
    ("source", "dms", "oracle"),
    [
        (column("int2"), DmsType("int", precision=5), "NUMBER(5)"),
        (column("int4"), DmsType("int", precision=10), "NUMBER(10)"),
        (column("int8"), DmsType("int", precision=19), "NUMBER(19)"),
        (numeric(12, 3), DmsType("numeric", precision=12, scale=3), "NUMBER(12,3)"),
        (numeric(38, 0), DmsType("numeric", precision=38, scale=0), "NUMBER(38)"),
        (
            column("numeric", (5 << 16) + (-2 & 0x7FF) + 4),
            DmsType("numeric", precision=5, scale=-2),
            "NUMBER(5,-2)",
        ),
        (column("numeric"), DmsType("numeric", precision=28, scale=6), "NUMBER(28,6)"),
        (numeric(39, 2), DmsType("string"), "VARCHAR2(4000)"),
        (column("money"), DmsType("numeric", precision=38, scale=4), "NUMBER(38,4)"),
        (column("float4"), DmsType("real"), "FLOAT"),
        (column("float8"), DmsType("real"), "FLOAT"),
        (column("bool"), DmsType("string", 5), "VARCHAR2(5)"),
        (column("bpchar", 14), DmsType("wstring", 10), "NVARCHAR2(10)"),
        (column("varchar", 2004), DmsType("wstring", 2000), "NVARCHAR2(2000)"),
        (column("varchar", 2005), DmsType("wstring", 2001), "NCLOB"),
        (column("varchar"), DmsType("wstring", 8000), "NCLOB"),
        (column("text"), DmsType("nclob"), "NCLOB"),
        (column("citext"), DmsType("nclob"), "NCLOB"),
        (column("json"), DmsType("nclob"), "NCLOB"),
        (column("jsonb"), DmsType("nclob"), "NCLOB"),
        (column("_int4"), DmsType("nclob"), "NCLOB"),
        (column("address", kind="c"), DmsType("nclob"), "NCLOB"),
        (column("hstore"), DmsType("nclob"), "NCLOB"),
        (column("xml"), DmsType("clob"), "CLOB"),
        (column("tsvector"), DmsType("clob"), "CLOB"),
        (column("tsquery"), DmsType("clob"), "CLOB"),
        (column("path"), DmsType("clob"), "CLOB"),
        (column("polygon"), DmsType("clob"), "CLOB"),
        (column("bytea"), DmsType("blob"), "BLOB"),
        (column("uuid"), DmsType("string", 36), "VARCHAR2(36)"),
        (column("date"), DmsType("date"), "DATE"),
        (column("time"), DmsType("time"), "TIMESTAMP(0)"),
        (column("timetz"), DmsType("time"), "TIMESTAMP(0)"),
        (column("timestamp"), DmsType("datetime", scale=6), "TIMESTAMP(6)"),
        (column("timestamptz", 3), DmsType("datetime", scale=3), "TIMESTAMP(3)"),
        (column("interval"), DmsType("string", 128), "VARCHAR2(128)"),
        (column("mood", kind="e"), DmsType("string", 64), "VARCHAR2(64)"),
        (column("inet"), DmsType("string", 50), "VARCHAR2(50)"),
        (column("cidr"), DmsType("string", 50), "VARCHAR2(50)"),
        (column("macaddr"), DmsType("string", 18), "VARCHAR2(18)"),
        (column("bit", 7), DmsType("string", 7), "VARCHAR2(7)"),
        (column("int4range", kind="r"), DmsType("string", 255), "VARCHAR2(255)"),
        *(
            (column(name), DmsType("string", 255), "VARCHAR2(255)")
            for name in ("point", "line", "lseg", "box", "circle")
        ),
    ],
)
def test_types_on_both_sides(source: SourceColumn, dms: DmsType, oracle: str) -> None:
    assert dms_type(source, SourceTraits()) == dms
    assert oracle_type(dms) == oracle


def test_map_boolean_as_boolean() -> None:
    kind = dms_type(column("bool"), SourceTraits(boolean_as_boolean=True))
    assert (kind.kind, oracle_type(kind)) == ("boolean", "NUMBER(1)")


@pytest.mark.parametrize(
    ("wanted", "oracle"), [("wstring", "NCLOB"), ("clob", "CLOB"), ("nclob", "NCLOB")]
)
def test_map_long_varchar_as(wanted: str, oracle: str) -> None:
    kind = dms_type(column("varchar", 4 + 16388), SourceTraits(long_varchar=wanted))
    assert (kind.kind, kind.length, oracle_type(kind)) == (wanted, 16388, oracle)
    assert (
        dms_type(column("varchar", 4 + 16387), SourceTraits(long_varchar="clob")).kind == "wstring"
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            "1 year 2 mons 3 days 04:05:06",
            "1 YEAR, 2 MONTHS, 3 DAYS, 4 HOURS, 5 MINUTES, 6 SECONDS",
        ),
        ("2 years 1 mon", "2 YEARS, 1 MONTH"),
        ("1 day", "1 DAY"),
        ("00:00:01.5", "1.5 SECONDS"),
        ("00:00:00.25", "0.25 SECONDS"),
        ("-1 years +2 mons -01:00:00", "-1 YEAR, 2 MONTHS, -1 HOUR"),
        ("00:00:00", "0 SECONDS"),
        ("100:00:00", "100 HOURS"),
    ],
)
def test_intervals(given: str, expected: str) -> None:
    assert interval_text(given) == expected
    assert convert(column("interval"), given) == expected


def test_texts_of_structured_types() -> None:
    assert composite_text({"a": 1, "b": 'x "y"', "c": None, "d": "", "e": True, "f": [1, 2]}) == (
        '(1,"x ""y""",,"",t,"{1,2}")'
    )
    assert composite_text("(1,2)") == "(1,2)"
    assert hstore_text({"a": "1", 'b"': None}) == '"a"=>"1", "b\\""=>NULL'
    assert (
        moments_array_text(["2026-01-01T00:00:00+00:00", None]) == '{"2026-01-01 00:00:00+00",NULL}'
    )
    assert array_text([{"k": 1}]) == '{"{\\"k\\": 1}"}'
    assert convert(column("address", kind="c"), {"street": "a b", "number": 1}) == '("a b",1)'


def test_text_longer_than_its_type_is_cut() -> None:
    labels = column("int8range", kind="r")
    assert convert(labels, "x" * 300) == "x" * 255
    assert convert(labels, "x" * 300, cut_to_type=False) == "x" * 300
    assert convert(column("varbit"), "1" * 300) == "1" * 300
    assert convert(column("bool"), False) == "false"


@pytest.mark.parametrize("name", ["numeric", "float4", "float8"])
def test_not_a_number_is_text_or_null(name: str) -> None:
    assert convert(column(name), "NaN") == "NaN"
    assert convert(column(name), "Infinity", nan_as_null=True) is None
    assert convert(column(name), Decimal("1.5"), nan_as_null=True) == Decimal("1.5")


def test_a_time_of_day_in_a_column_with_a_date() -> None:
    value = convert(column("timetz"), "23:59:59.999999+09")
    assert value == "23:59:59"
    stamped = binder(DmsType("time"), TargetColumn("C", "TIMESTAMP(0)"), TargetTraits())
    assert stamped(value) == ("timestamp", dt.datetime(1970, 1, 1, 23, 59, 59))
    older = binder(
        DmsType("time"), TargetColumn("C", "DATE"), TargetTraits(time_of_day="1900-01-01")
    )
    assert older(value) == ("date", dt.datetime(1900, 1, 1, 23, 59, 59))
    assert binder(DmsType("time"), TargetColumn("C", "VARCHAR2", 8), TargetTraits())(value) == (
        "text",
        "23:59:59",
    )


def test_what_the_target_charset_lacks_becomes_a_question_mark() -> None:
    narrow = TargetTraits(codec="cp1252")
    assert binder(DmsType("wstring"), TargetColumn("C", "VARCHAR2"), narrow)("é€가😀") == (
        "text",
        "é€¿¿",
    )
    assert binder(DmsType("wstring"), TargetColumn("C", "NVARCHAR2"), narrow)("é€가😀") == (
        "ntext",
        "é€가😀",
    )
    assert binder(DmsType("wstring"), TargetColumn("C", "VARCHAR2"), TargetTraits())("é€가😀") == (
        "text",
        "é€가😀",
    )
