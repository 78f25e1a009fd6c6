"""Rules beyond the common types: lengths of time, moments Python has no value for, floats as
PostgreSQL prints them.
"""

from __future__ import annotations

import datetime as dt
import math
import struct
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.canonical import conversion, intervals, natural_rule, values
from reconciliation.canonical.columns import rules_for
from reconciliation.canonical.rules import can_be_written
from reconciliation.canonical.types import read_moment, source_label, source_reading
from reconciliation.canonical.unusual import Unusual
from reconciliation.compare.streams.texts import _single_text
from reconciliation.errors import CanonicalError
from reconciliation.model import (
    CatalogueColumn,
    CatalogueTable,
    ColumnPair,
    ColumnType,
    TableContract,
)

DAY_TO_SECOND, YEAR_TO_MONTH = (
    ColumnType("INTERVAL DAY TO SECOND"),
    ColumnType("INTERVAL YEAR TO MONTH"),
)


# PostgreSQL documentation, "Interval Output", style postgres
@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("00:00:00", (0, 0, Decimal(0))),
        ("1 year 2 mons", (14, 0, Decimal(0))),
        ("3 days 04:05:06", (0, 3, Decimal(14_706))),
        ("-1 years -2 mons +3 days -04:05:06", (-14, 3, Decimal(-14_706))),
        ("-00:00:00.000001", (0, 0, Decimal("-0.000001"))),
        ("178000000 years", (2_136_000_000, 0, Decimal(0))),
    ],
)
def test_an_interval_is_months_days_and_seconds(text: str, parts: tuple[int, int, Decimal]) -> None:
    assert intervals.interval_parts(text) == parts


@pytest.mark.parametrize("text", ["", "infinity", "P1Y", "@ 1 year", "1 day 1"])
def test_what_is_no_interval_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no interval"):
        intervals.interval_parts(text)


@given(st.integers(-(10**9), 10**9), st.integers(-(10**12), 10**12))
def test_days_and_seconds_are_one_number_in_oracle(days: int, micros: int) -> None:
    sign, rest = "-" if micros < 0 else "", abs(micros)
    clock = (
        f"{sign}{rest // 3_600_000_000:02}:{rest // 60_000_000 % 60:02}:{rest // 1_000_000 % 60:02}"
    )
    rule = natural_rule(ColumnType("interval"), DAY_TO_SECOND)
    assert rule
    exact = Decimal(days * 86_400_000_000 + micros).scaleb(-6)
    assert rule.canonical_source(
        f"{days} days {clock}.{rest % 1_000_000:06}"
    ) == rule.canonical_target(exact)


def test_a_month_is_no_number_of_days() -> None:
    rule = natural_rule(ColumnType("interval"), DAY_TO_SECOND)
    assert rule
    assert rule.canonical_source("1 mon") != rule.canonical_target(Decimal(30 * 86_400))
    assert rule.canonical_source(None) is None


def test_an_interval_is_compared_but_not_expected_to_arrive_by_itself() -> None:
    for target in (DAY_TO_SECOND, YEAR_TO_MONTH):
        assert natural_rule(ColumnType("interval"), target)
        assert not can_be_written(ColumnType("interval"), target)
    assert can_be_written(ColumnType("enum"), ColumnType("VARCHAR2", length=64))


@pytest.mark.parametrize("source", ["time", "timetz", "interval", "oid", "macaddr8"])
def test_a_type_nobody_documents_has_no_rule_and_the_way_out_is_named(source: str) -> None:
    here = CatalogueTable("s", "t", {"v": CatalogueColumn("v", ColumnType(source), True)}, ("v",))
    there = CatalogueTable(
        "S", "T", {"V": CatalogueColumn("V", ColumnType("VARCHAR2", length=60), True)}, ("V",)
    )
    pairs = (ColumnPair("v", "V"),)
    with pytest.raises(CanonicalError, match=f"no rule compares {source} with .*name a conversion"):
        rules_for(TableContract("s.t", "S.T", ("v",), pairs, "v"), here, there)
    named = (ColumnPair("v", "V", "text"),)
    assert (
        rules_for(TableContract("s.t", "S.T", ("v",), named, "v"), here, there)["v"].rule.name
        == "text"
    )


@pytest.mark.parametrize("source", ["float4", "float8", "money"])
def test_a_text_that_is_not_the_same_everywhere_is_refused(source: str) -> None:
    here = CatalogueTable("s", "t", {"v": CatalogueColumn("v", ColumnType(source), True)}, ("v",))
    there = CatalogueTable(
        "S", "T", {"V": CatalogueColumn("V", ColumnType("VARCHAR2", length=60), True)}, ("V",)
    )
    assert conversion("text")
    with pytest.raises(CanonicalError, match="conversion text does not lead from"):
        rules_for(
            TableContract("s.t", "S.T", ("v",), (ColumnPair("v", "V", "text"),), "v"), here, there
        )


# Oracle: 29 February 1500 exists (Julian calendar), as do years before Christ and nine digits of a
# second
@pytest.mark.parametrize(
    "text", ["-0044-03-15 00:00:00", " 1500-02-29 00:00:00.0", " 2026-03-01 00:00:00.000000001"]
)
def test_a_moment_python_does_not_have_equals_nothing(text: str) -> None:
    for name in ("DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"):
        kept = read_moment(ColumnType(name), text)
        assert isinstance(kept, Unusual)
        for canonical in (values.instant, values.wall_clock):
            assert canonical(kept) not in (
                None,
                canonical(dt.datetime(2026, 3, 1)),
                canonical(dt.datetime(1, 1, 1)),
            )


def test_a_moment_is_read_with_its_zone() -> None:
    moment = dt.datetime(2026, 3, 1, 12, 34, 56, 789012)
    assert read_moment(ColumnType("TIMESTAMP"), " 2026-03-01 12:34:56.789012000") == moment
    zoned = read_moment(ColumnType("TIMESTAMP WITH TIME ZONE"), " 2026-03-01 12:34:56.789012000")
    assert zoned == moment.replace(tzinfo=dt.UTC)
    assert read_moment(ColumnType("DATE"), " 9999-12-31 23:59:59") == dt.datetime(
        9999, 12, 31, 23, 59, 59
    )


# PostgreSQL documentation, "Floating-Point Types"; exponents as printf's %g with 15 and 6 digits
@pytest.mark.parametrize(
    ("value", "double", "single"),
    [
        (0.1, "0.1", "0.1"),
        (1.0, "1", "1"),
        (1e14, "100000000000000", "1e+14"),
        (1e15, "1e+15", "1e+15"),
        (123456.0, "123456", "123456"),
        (1234567.0, "1234567", "1.234567e+06"),
        (0.0001, "0.0001", "0.0001"),
        (0.00001, "1e-05", "1e-05"),
        (-0.0, "-0", "-0"),
        (-1.5e300, "-1.5e+300", "-1.5e+300"),
        (5e-324, "5e-324", "5e-324"),
        (math.inf, "Infinity", "Infinity"),
        (math.nan, "NaN", "NaN"),
    ],
)
def test_a_float_is_written_as_postgresql_prints_it(value: float, double: str, single: str) -> None:
    assert values.float_text(value) == double
    assert values.float_text(value, 6) == single


@given(st.floats())
def test_every_float_reads_back_as_itself(value: float) -> None:
    back = float(values.float_text(value))
    assert back == value or (math.isnan(back) and math.isnan(value))


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_every_single_reads_back_as_itself(value: float) -> None:
    text = _single_text(value)
    assert struct.unpack("<f", struct.pack("<f", float(text)))[0] == value
    assert len(Decimal(text).normalize().as_tuple().digits) <= 9, (
        "nine digits tell any two 32-bit floats apart"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "t"),
        (-5, "-5"),
        (Decimal("1E-8"), "0.00000001"),
        (b"\x00\xff", "\\x00ff"),
        ("a ", "a "),
        (None, None),
        (dt.date(44, 3, 15), "0044-03-15"),
        (dt.datetime(2026, 3, 1, 12, 0, 0, 500_000), "2026-03-01 12:00:00.5"),
        (
            dt.datetime(2026, 3, 1, tzinfo=dt.timezone(dt.timedelta(hours=9))),
            "2026-02-28 15:00:00+00",
        ),
    ],
)
def test_values_as_postgresql_prints_them(value: object, text: str | None) -> None:
    assert values.printed(value) == text


def test_arrays_are_one_type_and_read_as_text() -> None:
    assert source_label(ColumnType("_int4")) == source_label(ColumnType("text[]")) == "array"
    assert (
        source_reading(ColumnType("inet"), '"c"')
        == 'CASE WHEN "c" IS DISTINCT FROM NULL THEN concat("c") END'
    )
    assert source_reading(ColumnType("money"), '"c"') == '"c"::numeric'
    assert source_reading(ColumnType("int8"), '"c"') == '"c"'
