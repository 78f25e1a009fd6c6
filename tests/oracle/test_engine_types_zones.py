"""Time zones: regions with their daylight saving time, offsets, the session's zone.

Expected offsets come from Python's zoneinfo, the rules for missing and doubled hours from the SQL
Language Reference, "Datetime and Interval Arithmetic" and "Support for Daylight Saving Times".
"""

from __future__ import annotations

import datetime
import random
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import oracledb
import pytest

from tests.oracle.conftest import WireServer

REGIONS = (
    "Europe/Berlin",
    "Asia/Seoul",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "UTC",
)


@pytest.fixture
def cursor(oracle_server: WireServer) -> Iterator[oracledb.Cursor]:
    with oracle_server.connect() as connection, connection.cursor() as cursor:
        yield cursor


def one(cursor: oracledb.Cursor, expression: str, *binds: object) -> object:
    return cursor.execute(f"select {expression} from dual", binds).fetchone()[0]


def offset(moment: datetime.datetime) -> str:
    """The offset of an aware moment as +hh:mm."""
    return moment.isoformat()[-6:]


def test_a_region_has_the_offset_of_the_instant(cursor: oracledb.Cursor) -> None:
    source = random.Random(3)
    for _ in range(60):
        region = source.choice(REGIONS)
        since = datetime.datetime(1975, 1, 1, tzinfo=datetime.UTC)
        utc = since + datetime.timedelta(minutes=source.randint(0, 26_000_000))
        local, later = (
            utc.astimezone(ZoneInfo(region)),
            (utc + datetime.timedelta(200)).astimezone(ZoneInfo(region)),
        )
        text = f"timestamp '{utc:%Y-%m-%d %H:%M:%S} UTC' at time zone '{region}'"
        shape = "'YYYY-MM-DD HH24:MI TZH:TZM'"
        assert (
            one(cursor, f"to_char({text}, {shape})") == f"{local:%Y-%m-%d %H:%M} {offset(local)}"
        ), (utc, region)
        moved = f"{later:%Y-%m-%d %H:%M} {offset(later)}"
        assert one(cursor, f"to_char({text} + interval '200' day(3), {shape})") == moved, (
            utc,
            region,
        )


@pytest.mark.parametrize(
    ("literal", "shown"),
    [
        ("2026-01-01 00:00:00 Europe/Berlin", "2026-01-01 00:00 +01:00 Europe/Berlin"),
        ("2026-07-01 00:00:00.5 europe/berlin", "2026-07-01 00:00 +02:00 Europe/Berlin"),
        ("2026-10-25 02:30:00 Europe/Berlin", "2026-10-25 02:30 +01:00 Europe/Berlin"),
        ("2026-07-01 00:00:00 UTC", "2026-07-01 00:00 +00:00 UTC"),
        ("2026-07-01 00:00:00 -3:30", "2026-07-01 00:00 -03:30 UNKNOWN"),
        ("2026-07-01 00:00:00 +05:3", "2026-07-01 00:00 +05:03 UNKNOWN"),
    ],
)
def test_a_literal_with_a_zone(cursor: oracledb.Cursor, literal: str, shown: str) -> None:
    moment = f"timestamp '{literal}'"
    clock = f"to_char({moment}, 'YYYY-MM-DD HH24:MI TZH:TZM')"
    assert one(cursor, f"{clock} || ' ' || extract(timezone_region from {moment})") == shown


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("timestamp '2026-03-29 02:30:00 Europe/Berlin'", 1878),
        ("timestamp '2026-01-01 00:00:00 Foo/Bar'", 1882),
        ("timestamp '2026-01-01 00:00:00 CEST'", 1882),
        ("from_tz(timestamp '2026-01-01 00:00:00', 'Foo3')", 1882),
        ("tz_offset('+16:00')", 1874),
        ("tz_offset('+15:60')", 1874),
        ("tz_offset('+01:60')", 1875),
        ("to_char(systimestamp, 'TZD')", 3001),
        ("extract(timezone_abbr from systimestamp)", 3001),
        ("timestamp '2026-01-31 00:00:00 Europe/Berlin' + interval '6' month", 3001),
        ("timestamp '1850-01-01 00:00:00 Europe/Berlin'", 3001),
    ],
)
def test_what_is_no_zone_or_not_done_is_refused(
    cursor: oracledb.Cursor, expression: str, code: int
) -> None:
    with pytest.raises(oracledb.DatabaseError) as caught:
        one(cursor, expression)
    assert caught.value.args[0].code == code


def test_the_session_has_a_region(cursor: oracledb.Cursor) -> None:
    cursor.execute("alter session set time_zone = 'asia/seoul'")
    assert cursor.execute(
        "select sessiontimezone, tz_offset(sessiontimezone) from dual"
    ).fetchone() == (
        "Asia/Seoul",
        "+09:00",
    )
    assert (
        one(
            cursor,
            "extract(hour from cast(timestamp '2026-01-01 09:00:00' as timestamp with time zone))",
        )
        == 0
    )
    assert one(cursor, "current_timestamp - systimestamp") == datetime.timedelta(0)
    cursor.execute("alter session set time_zone = 'Europe/Berlin'")
    for day, clock in (("2026-01-15", "13:00"), ("2026-07-15", "14:00")):
        local = f"cast(timestamp '{day} 12:00:00 UTC' as timestamp with local time zone)"
        assert one(cursor, f"to_char({local}, 'HH24:MI')") == clock
    for wanted, kept in (
        ("+5:30", "+05:30"),
        ("-05:3", "-05:03"),
        ("3:00", "+03:00"),
        ("-00:00", "+00:00"),
    ):
        cursor.execute(f"alter session set time_zone = '{wanted}'")
        assert one(cursor, "sessiontimezone") == kept
    for wanted, code in (("+16:00", 1874), ("+10:60", 1875), ("Nowhere", 1882)):
        with pytest.raises(oracledb.DatabaseError, match=f"ORA-0{code}"):
            cursor.execute(f"alter session set time_zone = '{wanted}'")
    assert one(cursor, "sessiontimezone") == "+00:00"


def test_a_column_keeps_the_region(cursor: oracledb.Cursor) -> None:
    cursor.execute("create table z_kept (id number, z timestamp with time zone)")
    try:
        cursor.execute(
            "insert into z_kept values (1, timestamp '2026-03-28 12:00:00 Europe/Berlin')"
        )
        cursor.execute("insert into z_kept values (2, timestamp '2026-03-28 11:00:00 +00:00')")
        cursor.setinputsizes(oracledb.DB_TYPE_TIMESTAMP_TZ)
        cursor.execute("insert into z_kept values (3, :1)", (datetime.datetime(2026, 3, 28, 11),))
        cursor.execute("insert into z_kept values (4, null)")
        rows = cursor.execute(
            "select id, to_char(z + interval '1' day, 'HH24:MI TZR') from z_kept where z is not "
            "null order by id"
        ).fetchall()
        assert rows == [(1, "13:00 EUROPE/BERLIN"), (2, "11:00 +00:00"), (3, "11:00 +00:00")]
        assert cursor.execute("select count(distinct z), count(z) from z_kept").fetchone() == (1, 3)
        assert cursor.execute("select id from z_kept where z is null").fetchall() == [(4,)]
        assert cursor.execute("select z from z_kept where id = 1").fetchone() == (
            datetime.datetime(2026, 3, 28, 12),
        )
    finally:
        cursor.execute("drop table z_kept")
