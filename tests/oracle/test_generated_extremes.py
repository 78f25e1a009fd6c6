"""Generated values that need a way of their own: nanoseconds, which the drivers do not carry, and
LOBs beyond 1 MiB.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator
from datetime import datetime

import oracledb
import pytest
import sqlalchemy as sa
from hypothesis import strategies as st
from sqlalchemy.dialects import oracle

from tests.counts import count
from tests.oracle.conftest import WireServer
from tests.oracle.fake_engine import PASSWORD, SERVICE, USER
from tests.oracle.generated_rows import pool
from tests.oracle.semantics import times

SEED = 20240229
ROWS = count(100, 300)
DIGITS = (7, 8, 9)
MIB = 1 << 20
_SHOWN = "YYYY-MM-DD HH24:MI:SS.FF9"


@pytest.fixture
def connection(oracle_server: WireServer) -> Iterator[oracledb.Connection]:
    old, oracledb.defaults.fetch_lobs = oracledb.defaults.fetch_lobs, False
    with oracle_server.connect() as connection:
        yield connection
        for table in ("e_nanos", "e_large"):
            with contextlib.suppress(oracledb.DatabaseError):
                connection.cursor().execute(f"drop table {table}")
    oracledb.defaults.fetch_lobs = old


def moments() -> list[times.Moment]:
    """Seconds and nanoseconds, many of them where rounding carries."""
    seconds = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 30)).map(times.date)
    nanos = st.integers(0, 10**9 - 1) | st.sampled_from(
        [
            0,
            1,
            5,
            49,
            50,
            95,
            949,
            950,
            999_999_999,
            999_999_950,
            999_999_949,
            999_999_995,
            123_456_785,
        ]
    )
    return pool(st.tuples(seconds, nanos), SEED, ROWS)


def test_nanoseconds_written_and_read_as_text(connection: oracledb.Connection) -> None:
    given = moments()
    with connection.cursor() as cursor:
        columns = ", ".join(f"t{digits} timestamp({digits})" for digits in DIGITS)
        cursor.execute(
            f"create table e_nanos (id number(6) primary key, {columns}, m timestamp(6))"
        )
        for number, moment in enumerate(given):
            literal = f"timestamp '{times.moment_text(moment)}'"
            cursor.execute(f"insert into e_nanos values ({number}, {', '.join([literal] * 4)})")
        shown = ", ".join(f"to_char(t{digits}, '{_SHOWN}')" for digits in DIGITS)
        cursor.execute(
            f"select {shown}, to_char(m, '{_SHOWN}'), extract(second from t9) * 1000000000, "
            "case when t7 = t9 then 1 else 0 end, case when t8 < t9 then 1 else 0 end, t9 from "
            "e_nanos order by id"
        )
        found = cursor.fetchall()
        ordered = [row[0] for row in cursor.execute("select id from e_nanos order by t9, id")]
    for moment, row in zip(given, found, strict=True):
        second, nanos = moment
        rounded = {digits: times.rounded_moment(moment, digits) for digits in (6, *DIGITS)}
        expected = (
            *(times.moment_text(rounded[digits]) for digits in (*DIGITS, 6)),
            second.second * 10**9 + nanos,
            rounded[7] == moment,
            rounded[8] < moment,
            # the driver keeps microseconds
            second.replace(microsecond=nanos // 1000),
        )
        assert row == expected, f"{moment} (seed {SEED})"
    assert ordered == sorted(range(ROWS), key=lambda number: (given[number], number))


def large_values() -> list[tuple[str, str, bytes]]:
    """A CLOB, an NCLOB and a BLOB per row, around 1 MiB and beyond; nothing repeats at a power of
    two.
    """
    source = random.Random(SEED)
    rows = []
    for size in (MIB - 1, MIB, MIB + 1, 2_500_003):
        letters = "".join(source.choices("aé한😀\n", k=997))
        text = (letters * (size // 997 + 1))[:size]
        rows.append((text, text[::-1], source.randbytes(size)))
    return rows


def test_lobs_beyond_a_mebibyte(connection: oracledb.Connection, oracle_server: WireServer) -> None:
    given = [(number, *values) for number, values in enumerate(large_values())]
    with connection.cursor() as cursor:
        cursor.execute("create table e_large (id number(6) primary key, c clob, n nclob, b blob)")
        cursor.setinputsizes(
            None, oracledb.DB_TYPE_CLOB, oracledb.DB_TYPE_NCLOB, oracledb.DB_TYPE_BLOB
        )
        cursor.executemany("insert into e_large values (:1, :2, :3, :4)", given[:2])
        for row in given[2:]:
            cursor.execute("insert into e_large values (:1, :2, :3, :4)", row)
        connection.commit()
        assert cursor.execute("select * from e_large order by id").fetchall() == given
        lobs = cursor.execute("select c, b from e_large where id = 3", fetch_lobs=True).fetchone()
        assert lobs[0].size() == len(given[3][1].encode("utf-16-be")) // 2
        assert lobs[1].read(MIB + 7, 100) == given[3][3][MIB + 6 : MIB + 106]
    url = sa.URL.create(
        "oracle+oracledb",
        USER,
        PASSWORD,
        "127.0.0.1",
        oracle_server.port,
        query={"service_name": SERVICE},
    )
    engine = sa.create_engine(url)
    kinds = [
        sa.Column("c", oracle.CLOB()),
        sa.Column("n", oracle.NCLOB()),
        sa.Column("b", oracle.BLOB()),
    ]
    table = sa.Table(
        "e_large", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), *kinds
    )
    with engine.begin() as core:
        assert [tuple(row) for row in core.execute(sa.select(table).order_by(table.c.id))] == given
        core.execute(sa.delete(table))
        core.execute(
            sa.insert(table), [dict(zip(("id", "c", "n", "b"), row, strict=True)) for row in given]
        )
    engine.dispose()
    with connection.cursor() as cursor:
        assert cursor.execute("select * from e_large order by id").fetchall() == given
