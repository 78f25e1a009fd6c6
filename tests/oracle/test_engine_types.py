"""National text, FLOAT(b), local time zones, intervals, LONG: there and back, described and in the
dictionary.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal

import oracledb
import pytest

from tests.oracle.conftest import WireServer

YM = oracledb.IntervalYM
MOMENT = datetime.datetime(2024, 2, 29, 9, 30, 1, 123456)


@pytest.fixture
def cursor(oracle_server: WireServer) -> Iterator[oracledb.Cursor]:
    with oracle_server.connect() as connection, connection.cursor() as cursor:
        yield cursor
        names = cursor.execute(
            "select table_name from user_tables where table_name like 'Y\\_%' escape '\\'"
        )
        for (name,) in names.fetchall():
            cursor.execute(f"drop table {name}")


def refused(cursor: oracledb.Cursor, code: int, statement: str, *binds: object) -> None:
    with pytest.raises(oracledb.DatabaseError) as caught:
        cursor.execute(statement, binds).fetchall() if statement.startswith(
            "select"
        ) else cursor.execute(statement, binds)
    assert caught.value.args[0].code == code, caught.value


@pytest.mark.parametrize(
    ("declared", "sizes", "value", "stored"),
    [
        ("nvarchar2(3)", (oracledb.DB_TYPE_NVARCHAR, 3, 6, None, None), "é한x", "é한x"),
        ("nvarchar2(2)", (oracledb.DB_TYPE_NVARCHAR, 2, 4, None, None), "😀", "😀"),
        ("nchar varying(2)", (oracledb.DB_TYPE_NVARCHAR, 2, 4, None, None), "", None),
        ("nchar(4)", (oracledb.DB_TYPE_NCHAR, 4, 8, None, None), "한", "한   "),
        ("nchar(4)", (oracledb.DB_TYPE_NCHAR, 4, 8, None, None), "😀", "😀  "),
        ("nclob", (oracledb.DB_TYPE_NCLOB, None, None, None, None), "é😀" * 5000, "é😀" * 5000),
        ("long", (oracledb.DB_TYPE_LONG, None, None, None, None), "é" * 40000, "é" * 40000),
        (
            "long raw",
            (oracledb.DB_TYPE_LONG_RAW, None, None, None, None),
            b"\0\xff" * 3000,
            b"\0\xff" * 3000,
        ),
        ("float(5)", (oracledb.DB_TYPE_NUMBER, 6, None, 5, -127), Decimal("12.79"), 13),
        ("float(5)", (oracledb.DB_TYPE_NUMBER, 6, None, 5, -127), Decimal("123.45"), 120),
        ("float(5)", (oracledb.DB_TYPE_NUMBER, 6, None, 5, -127), Decimal("-0.0099951"), -0.01),
        ("real", (oracledb.DB_TYPE_NUMBER, 64, None, 63, -127), Decimal("1.5"), 1.5),
        (
            "interval year to month",
            (oracledb.DB_TYPE_INTERVAL_YM, None, None, 2, 0),
            YM(99, 11),
            YM(99, 11),
        ),
        (
            "interval year(9) to month",
            (oracledb.DB_TYPE_INTERVAL_YM, None, None, 9, 0),
            YM(-1234, -5),
            YM(-1234, -5),
        ),
        (
            "interval year(0) to month",
            (oracledb.DB_TYPE_INTERVAL_YM, None, None, 0, 0),
            YM(0, 11),
            YM(0, 11),
        ),
        (
            "interval day(9) to second(2)",
            (oracledb.DB_TYPE_INTERVAL_DS, None, None, 9, 2),
            -datetime.timedelta(123456789, 3, 995001),
            -datetime.timedelta(123456789, 4),
        ),
        (
            "interval day to second",
            (oracledb.DB_TYPE_INTERVAL_DS, None, None, 2, 6),
            datetime.timedelta(99, 86399, 999999),
            datetime.timedelta(99, 86399, 999999),
        ),
        (
            "timestamp with local time zone",
            (oracledb.DB_TYPE_TIMESTAMP_LTZ, None, None, 0, 6),
            MOMENT,
            MOMENT,
        ),
        (
            "timestamp(3) with local time zone",
            (oracledb.DB_TYPE_TIMESTAMP_LTZ, None, None, 0, 3),
            MOMENT,
            MOMENT.replace(microsecond=123000),
        ),
        (
            "timestamp(0) with time zone",
            (oracledb.DB_TYPE_TIMESTAMP_TZ, None, None, 0, 0),
            MOMENT.replace(microsecond=500000),
            MOMENT.replace(second=2, microsecond=0),
        ),
    ],
)
def test_a_value_comes_back_from_its_column(
    cursor: oracledb.Cursor, declared: str, sizes: tuple[object, ...], value: object, stored: object
) -> None:
    cursor.execute(f"create table y_one (id number, x {declared})")
    if sizes[0] in (oracledb.DB_TYPE_TIMESTAMP_LTZ, oracledb.DB_TYPE_TIMESTAMP_TZ):
        cursor.setinputsizes(None, oracledb.DB_TYPE_TIMESTAMP)
    cursor.execute("insert into y_one values (:1, :2)", (1, value))
    cursor.setinputsizes()
    cursor.executemany("insert into y_one values (:1, :2)", [(2, None), (3, None)])
    old, oracledb.defaults.fetch_lobs = oracledb.defaults.fetch_lobs, False
    try:
        cursor.execute("select x from y_one order by id")
        kind, size, internal, precision, scale = (
            cursor.description[0][place] for place in (1, 2, 3, 4, 5)
        )
        assert cursor.fetchall() == [(stored,), (None,), (None,)]
    finally:
        oracledb.defaults.fetch_lobs = old
    if sizes[0] in (oracledb.DB_TYPE_NVARCHAR, oracledb.DB_TYPE_NCHAR):
        assert (kind, size, internal) == sizes[:3]
    elif sizes[0] in (oracledb.DB_TYPE_NCLOB, oracledb.DB_TYPE_LONG, oracledb.DB_TYPE_LONG_RAW):
        assert kind is (sizes[0] if "lob" not in declared else oracledb.DB_TYPE_LONG_NVARCHAR)
    elif sizes[0] in (
        oracledb.DB_TYPE_INTERVAL_DS,
        oracledb.DB_TYPE_INTERVAL_YM,
        oracledb.DB_TYPE_NUMBER,
    ):
        assert (kind, precision or 0, scale or 0) == (sizes[0], *sizes[3:])
    else:
        assert (kind, scale or 0) == (sizes[0], sizes[4])


def test_the_dictionary_tells_the_further_types(cursor: oracledb.Cursor) -> None:
    cursor.execute(
        """create table y_types (nv nvarchar2(20), nc nchar(3), ncl nclob, f float(10), l long,
           z timestamp(3) with local time zone, ym interval year(4) to month,
             ds interval day(3) to second(2))"""
    )
    rows = cursor.execute(
        "select column_name, data_type, data_length, data_precision, data_scale, char_length, "
        "char_used, "
        "character_set_name from user_tab_columns where table_name = 'Y_TYPES' order by column_id"
    ).fetchall()
    assert rows == [
        ("NV", "NVARCHAR2", 40, None, None, 20, "C", "NCHAR_CS"),
        ("NC", "NCHAR", 6, None, None, 3, "C", "NCHAR_CS"),
        ("NCL", "NCLOB", 4000, None, None, 0, None, "NCHAR_CS"),
        ("F", "FLOAT", 22, 10, None, 0, None, None),
        ("L", "LONG", 0, None, None, 0, None, "CHAR_CS"),
        ("Z", "TIMESTAMP(3) WITH LOCAL TIME ZONE", 11, None, 3, 0, None, None),
        ("YM", "INTERVAL YEAR(4) TO MONTH", 5, 4, 0, 0, None, None),
        ("DS", "INTERVAL DAY(3) TO SECOND(2)", 11, 3, 2, 0, None, None),
    ]


def test_what_does_not_fit_or_exist_is_refused(cursor: oracledb.Cursor) -> None:
    cursor.execute(
        "create table y_fit (nv nvarchar2(2), ym interval year to month, ds interval day(1) to "
        "second, l long)"
    )
    refused(cursor, 12899, "insert into y_fit (nv) values ('abc')")
    refused(cursor, 12899, "insert into y_fit (nv) values ('a😀')")
    refused(cursor, 1873, "insert into y_fit (ym) values (numtoyminterval(100, 'YEAR'))")
    refused(cursor, 1873, "insert into y_fit (ds) values (numtodsinterval(10, 'DAY'))")
    refused(cursor, 3001, "create table y_no (x timestamp(9) with time zone)")
    refused(cursor, 3001, "create table y_no (x interval day to second(7))")
    refused(cursor, 1724, "create table y_no (x float(127))")
    refused(cursor, 910, "create table y_no (x nvarchar2(2001))")
    refused(cursor, 1754, "create table y_no (x long, y long raw)")
    refused(cursor, 932, "select upper(l) from y_fit")
    refused(cursor, 997, "select l from y_fit order by l")
    refused(cursor, 997, "select 1 from y_fit where l = 'x'")


def test_national_text_is_compared_and_measured_as_oracle_does(cursor: oracledb.Cursor) -> None:
    cursor.execute("create table y_nat (v varchar2(10), nv nvarchar2(10), nc nchar(4), c char(6))")
    cursor.execute("insert into y_nat values ('é', :1, n'é', 'é')", ("é",))
    found = cursor.execute(
        "select lengthb(v), lengthb(nv), lengthb(nc), lengthb(c), lengthb(n'é😀'), length(nv), nv "
        "|| v, upper(nv) "
        "from y_nat where v = nv and nc = 'é' and nc = n'é ' and nc = c and nv in ('é', 'x') and "
        "nv like 'é%'"
    ).fetchone()
    assert found == (2, 2, 8, 6, 6, 1, "éé", "É")
    cursor.execute("select nv, count(*), max(nv) from y_nat group by nv order by nv")
    assert cursor.fetchall() == [("é", 1, "é")]
    cursor.setinputsizes(oracledb.DB_TYPE_NVARCHAR)
    assert cursor.execute("select lengthb(:1) from dual", ("é",)).fetchone() == (2,)
    cursor.setinputsizes(oracledb.DB_TYPE_NVARCHAR)
    assert cursor.execute("select count(*) from y_nat where v = :1", ("é",)).fetchone() == (1,)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("date '2024-01-29' + interval '1' month", datetime.datetime(2024, 2, 29)),
        ("date '2024-02-29' - interval '1-1' year to month", datetime.datetime(2023, 1, 29)),
        (
            "timestamp '2024-02-29 01:02:03.5' + numtoyminterval(-1, 'MONTH')",
            datetime.datetime(2024, 1, 29, 1, 2, 3, 500000),
        ),
        ("interval '1-2' year to month + interval '10' month", YM(2, 0)),
        ("interval '1-2' year to month * 2", YM(2, 4)),
        ("to_yminterval('-1-02')", YM(-1, -2)),
        ("extract(year from interval '3-4' year to month)", 3),
        ("extract(month from interval '-3-4' year to month)", -4),
        ("greatest(interval '1' year, interval '13' month)", YM(1, 1)),
        ("case when interval '1' year = interval '12' month then 1 end", 1),
    ],
)
def test_months_are_counted_as_oracle_does(
    cursor: oracledb.Cursor, expression: str, value: object
) -> None:
    assert cursor.execute(f"select {expression} from dual").fetchone() == (value,)


def test_a_day_that_the_month_lacks_is_an_error(cursor: oracledb.Cursor) -> None:
    refused(cursor, 1839, "select date '2024-01-31' + interval '1' month from dual")
    refused(cursor, 3001, "select interval '1' month * 0.5 from dual")
    refused(cursor, 3001, "select to_char(numtoyminterval(1, 'MONTH')) from dual")


def test_a_local_time_is_shown_in_the_session_time_zone(cursor: oracledb.Cursor) -> None:
    cursor.execute("create table y_ltz (z timestamp with local time zone)")
    cursor.execute("insert into y_ltz values (timestamp '2024-02-29 09:30:00 +09:00')")
    cursor.execute("alter session set time_zone = '+01:00'")
    assert cursor.execute(
        "select to_char(z, 'HH24:MI TZH:TZM'), extract(hour from z), to_char(trunc(z), 'HH24'), "
        "to_char(sys_extract_utc(z), 'HH24:MI'), to_char(z + numtodsinterval(1, 'HOUR'), "
        "'HH24:MI') from y_ltz "
        "where z = timestamp '2024-02-29 00:30:00 +00:00' and z = timestamp '2024-02-29 "
        "01:30:00' and z < systimestamp"
    ).fetchone() == ("01:30 +01:00", 1, "00", "00:30", "02:30")
    cursor.execute("update y_ltz set z = timestamp '2024-02-29 12:00:00'")
    assert cursor.execute(
        "select to_char(sys_extract_utc(z), 'HH24:MI') from y_ltz"
    ).fetchone() == ("11:00",)


def test_a_filled_column_keeps_its_digits_and_its_kind(cursor: oracledb.Cursor) -> None:
    cursor.execute(
        "create table y_mod (f float(20), t timestamp(6), ds interval day(3) to second(2))"
    )
    cursor.execute("insert into y_mod values (1.5, systimestamp, numtodsinterval(1, 'DAY'))")
    refused(cursor, 1440, "alter table y_mod modify (f float(10))")
    refused(cursor, 30082, "alter table y_mod modify (t timestamp(3))")
    refused(cursor, 30082, "alter table y_mod modify (ds interval day(2) to second(2))")
    refused(cursor, 1439, "alter table y_mod modify (t timestamp(6) with time zone)")
    cursor.execute("alter table y_mod modify (f float(30), ds interval day(4) to second(6))")
    assert cursor.execute("select f, ds from y_mod").fetchone() == (1.5, datetime.timedelta(1))


def test_a_cached_sequence_tells_the_number_on_disk(cursor: oracledb.Cursor) -> None:
    cursor.execute("create sequence y_seq cache 20")
    try:
        for _ in range(3):
            cursor.execute("select y_seq.nextval from dual").fetchone()
        cursor.execute("select last_number from user_sequences where sequence_name = 'Y_SEQ'")
        assert cursor.fetchone() == (21,)
    finally:
        cursor.execute("drop sequence y_seq")
