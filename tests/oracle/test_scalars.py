"""Wire scalars: known bytes, round trips, and the direct way between PostgreSQL's binary values and
the wire.
"""

from __future__ import annotations

import struct
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.oracle import scalars
from lab.oracle.engine import pgcodec
from lab.oracle.interface import OracleError

NUMBERS = st.one_of(
    st.integers(min_value=-(10**38), max_value=10**38),
    st.decimals(
        allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=10
    ),
    st.builds(
        lambda digits, shift: Decimal(digits).scaleb(shift),
        st.integers(-(10**9), 10**9),
        st.integers(-60, 60),
    ),
)
MOMENTS = st.datetimes(min_value=datetime(1, 1, 1), max_value=datetime(9999, 12, 31))


@pytest.mark.parametrize(
    ("value", "wire"),
    [
        ("0", "80"),
        ("1", "c102"),
        ("123", "c20218"),
        ("-123.45", "3d644e3866"),
        ("100", "c202"),
        ("0.01", "c002"),
        ("-1", "3e6466"),
        ("1E+125", "ff0b"),
        ("1E-130", "8002"),
    ],
)
def test_numbers_have_the_bytes_oracle_gives_them(value: str, wire: str) -> None:
    assert scalars.encode_number(Decimal(value)).hex() == wire


@given(NUMBERS)
def test_a_number_comes_back_exactly(value: int | Decimal) -> None:
    assert scalars.decode_number(scalars.encode_number(value)) == value


@given(NUMBERS)
def test_numbers_sort_as_their_bytes(value: int | Decimal) -> None:
    below = value - abs(Decimal(value)) / 1000 - 1
    assert scalars.encode_number(Decimal(int(below))) <= scalars.encode_number(value)


def test_a_negative_number_of_twenty_digits_has_no_closing_byte() -> None:
    assert scalars.encode_number(-(10**39) - 1)[-1:] != b"\x66"
    assert scalars.encode_number(-(10**37) - 1)[-1:] == b"\x66"


@pytest.mark.parametrize("digits", [41, 60])
def test_more_than_forty_digits_are_rounded(digits: int) -> None:
    assert (
        scalars.decode_number(scalars.encode_number(Decimal("9" * digits))) == Decimal(10) ** digits
    )


def test_a_number_beyond_oracles_range_is_refused() -> None:
    with pytest.raises(scalars.ScalarError):
        scalars.encode_number(Decimal("1E+126"))


@pytest.mark.parametrize("wire", [b"", b"\xc2\x00", b"\xc2\xff", b"\x3e\x01\x66", b"\xc1"])
def test_bytes_that_are_no_number_are_refused(wire: bytes) -> None:
    with pytest.raises(scalars.ScalarError):
        scalars.decode_number(wire)


@given(MOMENTS)
def test_dates_and_timestamps_come_back(moment: datetime) -> None:
    assert scalars.decode_date(scalars.encode_timestamp(moment)) == moment
    assert scalars.decode_date(scalars.encode_date(moment)) == moment.replace(microsecond=0)


def test_a_timestamp_without_a_fraction_is_as_short_as_a_date() -> None:
    assert scalars.encode_timestamp(datetime(2024, 2, 29, 1, 2, 3)).hex() == "787c021d020304"


@given(MOMENTS.filter(lambda moment: 2 < moment.year < 9998), st.integers(-14 * 60, 14 * 60))
def test_zoned_timestamps_keep_their_offset(moment: datetime, minutes: int) -> None:
    value = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    back = scalars.decode_timestamp_tz(scalars.encode_timestamp_tz(value))
    assert (back, back.utcoffset()) == (value, value.utcoffset())


@given(st.floats(allow_nan=False))
def test_doubles_come_back(value: float) -> None:
    assert scalars.decode_double(scalars.encode_double(value)) == value


@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_doubles_sort_as_their_bytes(first: float, second: float) -> None:
    if first < second:
        assert scalars.encode_double(first) < scalars.encode_double(second)
    else:
        assert scalars.encode_double(first) >= scalars.encode_double(second) or first == second


@given(st.timedeltas(min_value=timedelta(-999_999), max_value=timedelta(999_999)))
def test_intervals_come_back(value: timedelta) -> None:
    assert scalars.decode_interval_ds(scalars.encode_interval_ds(value)) == value


@given(st.integers(-12_000, 12_000))
def test_year_month_intervals_come_back(months: int) -> None:
    assert scalars.decode_interval_ym(scalars.encode_interval_ym(months)) == months


# -- PostgreSQL's binary values
# ----------------------------------------------------------------------------------


@given(NUMBERS)
def test_a_number_passes_through_postgresqls_numeric(value: int | Decimal) -> None:
    wire = scalars.encode_number(value)
    assert pgcodec.number_from_numeric(pgcodec.numeric_from_number(wire)) == wire


@given(st.integers(-(2**63), 2**63 - 1))
def test_an_int8_is_the_same_number(value: int) -> None:
    assert pgcodec.number_from_int(value.to_bytes(8, "big", signed=True)) == scalars.encode_number(
        value
    )


@given(MOMENTS)
def test_a_timestamp_passes_through_postgresqls(moment: datetime) -> None:
    wire = scalars.encode_timestamp(moment)
    assert pgcodec.timestamp_from_timestamp(pgcodec.timestamp_from_clock(wire)) == wire
    assert pgcodec.date_from_timestamp(pgcodec.date_from_clock(wire)) == scalars.encode_date(moment)


@given(MOMENTS.filter(lambda moment: 2 < moment.year < 9998), st.integers(-14 * 60, 14 * 60))
def test_a_zoned_timestamp_passes_through_its_record(moment: datetime, minutes: int) -> None:
    wire = scalars.encode_timestamp_tz(moment.replace(tzinfo=timezone(timedelta(minutes=minutes))))
    assert pgcodec.timestamp_tz_from_record(pgcodec.record_from_timestamp_tz(wire)) == wire


@given(st.timedeltas(min_value=timedelta(-999_999), max_value=timedelta(999_999)))
def test_an_interval_passes_through_postgresqls(value: timedelta) -> None:
    wire = scalars.encode_interval_ds(value)
    assert pgcodec.interval_ds_from_interval(pgcodec.interval_from_interval_ds(wire)) == wire


def test_nanoseconds_are_refused_rather_than_lost() -> None:
    wire = scalars.encode_date(datetime(2024, 1, 1)) + struct.pack(">I", 1)
    with pytest.raises(OracleError, match="ORA-03001"):
        pgcodec.timestamp_from_clock(wire)


@pytest.mark.parametrize("sign", [0xC000, 0xD000, 0xF000])
def test_nan_and_infinity_are_no_numbers(sign: int) -> None:
    with pytest.raises(OracleError, match="ORA-01722"):
        pgcodec.number_from_numeric(struct.pack(">hhHH", 0, 0, sign, 0))


def test_an_array_holds_its_values_and_nulls() -> None:
    raw = pgcodec.pg_array(25, [b"ab", None])
    assert raw.hex() == "0000000100000001000000190000000200000001000000026162ffffffff"
