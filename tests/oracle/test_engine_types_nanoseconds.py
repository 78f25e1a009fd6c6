"""TIMESTAMP(7) to (9): kept to the nanosecond, rounded half up to the digits of a column, never
silently cut.
"""

from __future__ import annotations

import datetime
import random
import socket
import struct
from collections.abc import Iterator

import oracledb
import pytest

from lab.oracle.engine import open_engine
from lab.oracle.engine.pgcodec import timestamp_from_tsn, tsn_from_clock
from lab.oracle.interface import Bind, OraType
from tests.clusters import temporary_cluster
from tests.oracle.conftest import STORE_DATABASE, WireServer

EPOCH = datetime.datetime(2000, 1, 1)
FORMAT = "'YYYY-MM-DD HH24:MI:SS.FF9'"


def text(second: datetime.datetime, nanos: int) -> str:
    return f"{second:%Y}".zfill(4) + f"{second:-%m-%d %H:%M:%S}.{nanos:09}"


def rounded(second: datetime.datetime, nanos: int, digits: int) -> tuple[datetime.datetime, int]:
    """Half up, by integers."""
    unit = 10 ** (9 - digits)
    nanos = (nanos + unit // 2) // unit * unit
    return (
        (second + datetime.timedelta(seconds=1), nanos - 10**9)
        if nanos >= 10**9
        else (second, nanos)
    )


def moments(count: int) -> list[tuple[datetime.datetime, int]]:
    source = random.Random(9)
    edges = [
        (EPOCH - datetime.timedelta(seconds=1), 999_999_999),
        (EPOCH, 1),
        (datetime.datetime(1, 1, 1), 1),
    ]
    edges.append((datetime.datetime(1969, 12, 31, 23, 59, 59), 999_999_999))
    span = int((datetime.datetime(9999, 12, 30) - datetime.datetime(1, 1, 1)).total_seconds())
    return edges + [
        (
            datetime.datetime(1, 1, 1) + datetime.timedelta(seconds=source.randrange(span)),
            source.randrange(10**9),
        )
        for _ in range(count)
    ]


@pytest.fixture
def cursor(oracle_server: WireServer) -> Iterator[oracledb.Cursor]:
    with oracle_server.connect() as connection, connection.cursor() as cursor:
        cursor.execute(
            "create table ns (n9 timestamp(9), n7 timestamp(7), n6 timestamp, n0 timestamp(0), d "
            "date)"
        )
        yield cursor
        cursor.execute("drop table ns")


def test_a_literal_goes_into_every_column_with_its_digits(cursor: oracledb.Cursor) -> None:
    for second, nanos in moments(40):
        literal = f"timestamp '{text(second, nanos)}'"
        cursor.execute(f"insert into ns values ({', '.join([literal] * 5)})")
        found = cursor.execute(
            f"select to_char(n9, {FORMAT}), to_char(n7, {FORMAT}), to_char(n6, {FORMAT}), "
            f"to_char(n0, {FORMAT}), "
            f"to_char(d, 'YYYY-MM-DD HH24:MI:SS'), extract(second from n9) * 1000000000, n9 "
            f"from ns where n9 = {literal}"
        ).fetchone()
        expected = [text(*rounded(second, nanos, digits)) for digits in (9, 7, 6, 0)]
        assert list(found[:5]) == [*expected, text(second, 0)[:19]]
        assert found[5] == second.second * 10**9 + nanos
        assert found[6] == second.replace(microsecond=nanos // 1000)


def test_order_index_and_arithmetic_see_the_nanoseconds(cursor: oracledb.Cursor) -> None:
    cursor.execute("create index ns_at on ns (n9)")
    fractions = [5, 3, 999_999_999, 4, 0]
    for nanos in fractions:
        cursor.execute(f"insert into ns (n9) values (timestamp '2026-01-01 00:00:00.{nanos:09}')")
    shown = [row[0] for row in cursor.execute("select to_char(n9, 'FF9') from ns order by n9")]
    assert shown == [f"{nanos:09}" for nanos in sorted(fractions)]
    assert cursor.execute(
        "select count(distinct n9), to_char(max(n9), 'FF9'), to_char(min(n9 + interval "
        "'0.000001' second), 'FF9'), "
        "max(n9 - timestamp '2025-12-31 00:00:00.000000000') from ns where n9 in (timestamp "
        "'2026-01-01 00:00:00', "
        "timestamp '2026-01-01 00:00:00.000000003') and n9 < timestamp '2026-01-01 "
        "00:00:00.000000003'"
    ).fetchone() == (1, "000000000", "000001000", datetime.timedelta(1))
    assert cursor.execute("select count(*) from ns where n9 > date '2026-01-01'").fetchone() == (4,)


def test_it_is_described_and_in_the_dictionary(cursor: oracledb.Cursor) -> None:
    cursor.execute("select n9, n7, cast(n6 as timestamp(8)) from ns")
    assert [(c.type_code, c.scale) for c in cursor.description][:2] == [
        (oracledb.DB_TYPE_TIMESTAMP, 9),
        (oracledb.DB_TYPE_TIMESTAMP, 7),
    ]
    cursor.execute(
        "select data_type, data_scale from user_tab_columns where table_name = 'NS' order by "
        "column_id"
    )
    assert cursor.fetchall()[:2] == [("TIMESTAMP(9)", 9), ("TIMESTAMP(7)", 7)]
    cursor.execute("insert into ns (n6) values (timestamp '2026-01-01 00:00:00.123456')")
    cursor.execute("alter table ns modify (n6 timestamp(9))")
    assert cursor.execute("select to_char(n6, 'FF9') from ns").fetchone() == ("123456000",)


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("timestamp '2026-01-01 00:00:00.1234567891'", 3001),
        ("timestamp '2026-01-01 00:00:00.123456789 +01:00'", 3001),
        ("to_timestamp('00.123456789', 'SS.FF9')", 3001),
        ("timestamp '2026-01-01 00:00:00.000000001' - timestamp '2026-01-01 00:00:00'", 3001),
        ("cast(systimestamp as timestamp(9) with time zone)", 3001),
    ],
)
def test_what_is_not_done_is_refused(oracle_server: WireServer, expression: str, code: int) -> None:
    with (
        oracle_server.connect() as connection,
        connection.cursor() as cursor,
        pytest.raises(oracledb.DatabaseError) as caught,
    ):
        cursor.execute(f"select {expression} from dual").fetchall()
    assert caught.value.args[0].code == code


def wire(second: datetime.datetime, nanos: int) -> bytes:
    """TIMESTAMP as a client that knows nanoseconds sends it."""
    century, year = divmod(second.year, 100)
    clock = (
        century + 100,
        year + 100,
        second.month,
        second.day,
        second.hour + 1,
        second.minute + 1,
        second.second + 1,
    )
    return bytes(clock) + struct.pack(">I", nanos)


def test_the_bytes_keep_their_nanoseconds() -> None:
    for second, nanos in moments(2000):
        sent = wire(second, nanos)
        assert timestamp_from_tsn(tsn_from_clock(sent)) == (sent if nanos else sent[:7])


class NoWatch:
    """A client that never breaks anything off."""

    def __init__(self) -> None:
        self._socket, self._client = socket.socketpair()

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()
        self._client.close()

    def break_requested(self) -> bool:
        return False


def test_a_bind_keeps_its_nanoseconds() -> None:
    """The thin drivers bind microseconds at most, so this speaks to the engine itself."""
    with temporary_cluster() as cluster:
        cluster.execute(f"CREATE DATABASE {STORE_DATABASE}")
        store = {
            "host": cluster.host,
            "port": cluster.port,
            "user": cluster.user,
            "password": cluster.password,
        }
        engine = open_engine(
            {"store": store | {"database": STORE_DATABASE}, "users": {"A": {"password": "x"}}}
        )
        watch = NoWatch()
        session = engine.connect("A", watch)
        session.execute(session.parse("create table t (n9 timestamp(9), n6 timestamp(6))"), (), [])
        rows = [[wire(EPOCH, 123_456_789)] * 2, [wire(EPOCH, 5_000)] * 2, [None, None]]
        bind = Bind(OraType.TIMESTAMP, 11)
        session.execute(
            session.parse("insert into t values (:1, :2)"), (bind, bind), rows, iterations=3
        )
        query = session.execute(
            session.parse("select n9, n6 from t where n9 = :1"), (bind,), [rows[0][:1]]
        )
        assert list(session.fetch(query, 5)[0]) == [
            (wire(EPOCH, 123_456_789), wire(EPOCH, 123_457_000))
        ]
        query = session.execute(session.parse("select count(*) from t"), (), [])
        assert list(session.fetch(query, 5)[0]) == [(b"\xc1\x04",)]
        session.close()
        watch.close()
