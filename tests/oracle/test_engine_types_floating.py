"""BINARY_FLOAT and BINARY_DOUBLE, and arithmetic with intervals.

Expected: IEEE 754 arithmetic as Python and struct do it, with Oracle's own rules (SQL Language
Reference, "Floating- Point Numbers"): NaN equals NaN and is greater than everything, there is no
negative zero, NUMBER gives way.
"""

from __future__ import annotations

import datetime
import math
import struct
from collections.abc import Iterator

import oracledb
import pytest

from tests.oracle.conftest import WireServer

SINGLE, DOUBLE = oracledb.DB_TYPE_BINARY_FLOAT, oracledb.DB_TYPE_BINARY_DOUBLE


def single(value: float) -> float:
    """The nearest BINARY_FLOAT."""
    return struct.unpack(">f", struct.pack(">f", value))[0]


@pytest.fixture
def cursor(oracle_server: WireServer) -> Iterator[oracledb.Cursor]:
    with oracle_server.connect() as connection, connection.cursor() as cursor:
        yield cursor


@pytest.mark.parametrize(
    ("expression", "kind", "value"),
    [
        ("1.5f", SINGLE, 1.5),
        ("0.1F", SINGLE, single(0.1)),
        ("0.1d", DOUBLE, 0.1),
        ("1e300D", DOUBLE, 1e300),
        ("binary_double_infinity", DOUBLE, math.inf),
        ("-binary_float_infinity", SINGLE, -math.inf),
        ("binary_double_nan", DOUBLE, math.nan),
        ("to_binary_double('-INF')", DOUBLE, -math.inf),
        ("to_binary_float('NaN')", SINGLE, math.nan),
        ("to_binary_double('1.5e200')", DOUBLE, 1.5e200),
        ("to_binary_float(0.1)", SINGLE, single(0.1)),
        ("0.1d * 3", DOUBLE, 0.1 * 3),
        ("3 * 0.1d", DOUBLE, 3 * 0.1),
        ("0.1f + 0.2", SINGLE, single(single(0.1) + single(0.2))),
        ("0.1f * 0.1d", DOUBLE, single(0.1) * 0.1),
        ("1f / 3", SINGLE, single(1 / 3)),
        ("1 / 3d", DOUBLE, 1 / 3),
        ("1d / 0", DOUBLE, math.inf),
        ("-1f / 0", SINGLE, -math.inf),
        ("0d / 0", DOUBLE, math.nan),
        ("nanvl(binary_double_nan, 7)", DOUBLE, 7.0),
        ("nanvl(2d, 7)", DOUBLE, 2.0),
    ],
)
def test_a_floating_value(
    cursor: oracledb.Cursor, expression: str, kind: oracledb.DbType, value: float
) -> None:
    found = cursor.execute(f"select {expression} from dual").fetchone()[0]
    assert cursor.description[0].type_code is kind
    assert found == value or (math.isnan(found) and math.isnan(value))


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("binary_double_nan = binary_double_nan", True),
        ("binary_double_nan > binary_double_infinity", True),
        ("0.1f = 0.1", True),
        ("0.1f = 0.1d", False),
        ("0.1d = 0.1", True),
        ("binary_double_nan is nan", True),
        ("1d is nan", False),
        ("1d is not nan", True),
        ("to_binary_float('inf') is infinite", True),
        ("-binary_double_infinity is infinite", True),
        ("binary_double_nan is not infinite", True),
        ("5 is nan", False),
    ],
)
def test_a_floating_condition(cursor: oracledb.Cursor, condition: str, holds: bool) -> None:
    assert cursor.execute(f"select count(*) from dual where {condition}").fetchone() == (
        int(holds),
    )


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1e300d * 1e300d", math.inf),
        ("-1e300d * 1e300d", -math.inf),
        ("-1e308d - 1e308d", -math.inf),
        ("1e308d + 1e308d", math.inf),
        ("1e300d / 1e-300d", math.inf),
        ("1e-300d * 1e-300d", 0),
        ("1e-300d / 1e300d", 0),
        ("1e38f * 10", math.inf),
        ("1e38f + 3e38f", math.inf),
        ("1e-38f / 1e30f", 0),
        ("to_binary_float(1e39)", math.inf),
        ("to_binary_float('-1e39')", -math.inf),
        ("cast(1e-60 as binary_float)", 0),
        ("to_binary_double('1e400')", math.inf),
        ("to_binary_double('1e-400')", 0),
    ],
)
def test_what_is_too_large_is_infinity_and_too_small_zero(
    cursor: oracledb.Cursor, expression: str, value: float
) -> None:
    assert cursor.execute(f"select {expression} from dual").fetchone() == (value,)


def test_there_is_no_negative_zero(cursor: oracledb.Cursor) -> None:
    cursor.setinputsizes(DOUBLE)
    zero, infinity = cursor.execute("select 0d * -1, 1 / :1 from dual", (-0.0,)).fetchone()
    assert (math.copysign(1, zero), infinity) == (1, math.inf)


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("to_char(1d)", 3001),
        ("to_binary_double('x')", 1722),
        ("interval '1' second / 3", 3001),
        ("interval '999999999' day(9) * 2", 1873),
        ("interval '999999999' day(9) + interval '1' day", 1873),
        ("interval '1' day / 0", 1476),
    ],
)
def test_what_is_inexact_or_not_done_is_refused(
    cursor: oracledb.Cursor, expression: str, code: int
) -> None:
    with pytest.raises(oracledb.DatabaseError) as caught:
        cursor.execute(f"select {expression} from dual").fetchall()
    assert caught.value.args[0].code == code


@pytest.mark.parametrize(
    ("expression", "days", "microseconds"),
    [
        ("interval '1' day", 1, 0),
        ("interval '100000 00:00:00.000001' day(9) to second * 3", 300_000, 3),
        ("interval '123456789 01:02:03.123456' day(9) to second * 2", 246_913_578, 7_446_246_912),
        ("interval '1' second / 4", 0, 250_000),
        ("2.5 * interval '1' day", 2, 43_200_000_000),
        ("-interval '1 02:03:04.5' day to second * 3", -3, -22_153_500_000),
        ("interval '5' day - interval '6 00:00:00.1' day to second", -1, -100_000),
        ("interval '99999' day(5) + interval '0.000001' second", 99_999, 1),
    ],
)
def test_intervals_are_exact(
    cursor: oracledb.Cursor, expression: str, days: int, microseconds: int
) -> None:
    expected = datetime.timedelta(days=days, microseconds=microseconds)
    assert cursor.execute(f"select {expression} from dual").fetchone() == (expected,)
