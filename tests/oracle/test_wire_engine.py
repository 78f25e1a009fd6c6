"""Wire layer and SQL engine together, as a program of the lab meets them."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import oracledb
import pytest
import sqlalchemy as sa

from tests.oracle.conftest import WireServer
from tests.oracle.fake_engine import PASSWORD, SERVICE, USER

WHEN = datetime.datetime(2024, 2, 29, 1, 2, 3)


@pytest.fixture(scope="module")
def session(oracle_server: WireServer) -> Iterator[oracledb.Connection]:
    with oracle_server.connect() as connection:
        connection.cursor().execute(
            "create table wired (id number(10) primary key, name varchar2(10) not null, amount "
            "number(8, 2), "
            "day date, text clob, raw blob)"
        )
        yield connection


@pytest.fixture
def cursor(session: oracledb.Connection) -> Iterator[oracledb.Cursor]:
    with session.cursor() as cursor:
        yield cursor
    session.rollback()


def test_a_row_survives(cursor: oracledb.Cursor) -> None:
    row = (1, "é", 12.5, WHEN, "東" * 50_000, bytes(range(256)) * 100)
    cursor.execute("insert into wired values (:1, :2, :3, :4, :5, :6)", row)
    assert cursor.execute("select * from wired", fetch_lobs=False).fetchone() == row
    text, raw = cursor.execute("select text, raw from wired where id = 1").fetchone()
    assert (text.size(), raw.size()) == (50_000, 25_600)
    assert (text.read(2, 3), raw.read(255, 3)) == ("東東東", b"\xfe\xff\0")


def test_batch_errors_and_the_rows_between_them(cursor: oracledb.Cursor) -> None:
    rows = [(number, "x" * 20 if number % 10 == 0 else f"row {number}") for number in range(1, 101)]
    cursor.executemany(
        "insert into wired (id, name) values (:1, :2)",
        rows,
        batcherrors=True,
        arraydmlrowcounts=True,
    )
    assert [(error.offset, error.code) for error in cursor.getbatcherrors()] == [
        (n, 12899) for n in range(9, 100, 10)
    ]
    assert cursor.rowcount == 90
    assert cursor.getarraydmlrowcounts() == [
        0 if number % 10 == 0 else 1 for number in range(1, 101)
    ]
    assert cursor.execute("select count(*) from wired").fetchone() == (90,)


def test_an_array_stops_at_its_first_error_and_keeps_what_was_before(
    cursor: oracledb.Cursor,
) -> None:
    with pytest.raises(oracledb.IntegrityError, match="ORA-00001"):
        cursor.executemany(
            "insert into wired (id, name) values (:1, :2)", [(1, "a"), (2, "b"), (1, "c")]
        )
    assert cursor.rowcount == 2
    assert cursor.execute("select id from wired order by id").fetchall() == [(1,), (2,)]


def test_values_come_back_in_the_type_asked_for(cursor: oracledb.Cursor) -> None:
    key, name = cursor.var(str), cursor.var(oracledb.DB_TYPE_NVARCHAR)
    cursor.execute(
        "insert into wired (id, name) values (3000, 'zé') returning id, name into :1, :2",
        [key, name],
    )
    assert (key.getvalue(), name.getvalue()) == (["3000"], ["zé"])


def test_a_running_statement_is_broken_off(
    session: oracledb.Connection, cursor: oracledb.Cursor
) -> None:
    cursor.executemany(
        "insert into wired (id, name) values (:1, 'x')", [(number,) for number in range(3000)]
    )
    # the driver waits as long again for the answer to its break
    session.call_timeout = 3000
    try:
        with pytest.raises(oracledb.DatabaseError, match="DPY-4024"):
            cursor.execute(
                "select count(*) from wired a, wired b, wired c where a.id + b.id + c.id < 0"
            ).fetchall()
    finally:
        # python-oracledb 26.1.0 crashes where the time limit of a lost session is set
        if session.is_healthy():
            session.call_timeout = 0
    assert cursor.execute("select count(*) from wired").fetchone() == (3000,)


def test_open_cursors_outlive_a_commit(
    session: oracledb.Connection, cursor: oracledb.Cursor
) -> None:
    cursor.executemany(
        "insert into wired (id, name) values (:1, 'x')", [(number,) for number in range(500)]
    )
    cursor.execute("select id from wired")
    first = cursor.fetchmany(10)
    with session.cursor() as other:
        other.execute("delete from wired")
    session.commit()
    assert len(first) + len(cursor.fetchall()) == 500


def test_sqlalchemy_reads_what_the_driver_wrote(
    oracle_server: WireServer, session: oracledb.Connection
) -> None:
    session.cursor().execute(
        "insert into wired (id, name, day, text) values (7, 'seven', :1, :2)",
        [WHEN, "long " * 9000],
    )
    session.commit()
    url = sa.URL.create(
        "oracle+oracledb",
        USER,
        PASSWORD,
        "127.0.0.1",
        oracle_server.port,
        query={"service_name": SERVICE},
    )
    engine = sa.create_engine(url)
    columns = [sa.column("id"), sa.column("name"), sa.column("day"), sa.column("text", sa.Text)]
    with engine.begin() as connection:
        row = connection.execute(
            sa.select(*columns).select_from(sa.table("wired")).where(columns[0] == 7)
        ).one()
        connection.execute(sa.text("delete from wired"))
    engine.dispose()
    assert tuple(row) == (7, "seven", WHEN, "long " * 9000)
