"""Transactions, consistent reads, locks, large results, settings, and who may log in."""

from __future__ import annotations

import datetime
import hashlib
import os
import zoneinfo
from collections.abc import Iterator

import oracledb
import pytest

from lab.oracle.engine import open_engine
from lab.oracle.engine.errors import StoreError
from lab.oracle.engine.store import StoreAddress
from tests.oracle.conftest import WireServer

MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture(scope="module")
def session(oracle_server: WireServer) -> Iterator[oracledb.Connection]:
    with oracle_server.connect() as connection:
        cursor = connection.cursor()
        cursor.execute("create table accounts (id number primary key, amount number)")
        yield connection
        connection.rollback()
        cursor.execute("drop table accounts")


@pytest.fixture
def other(oracle_server: WireServer) -> Iterator[oracledb.Connection]:
    with oracle_server.connect(user="DMSUSER") as connection:
        connection.cursor().execute("alter session set current_schema = travelbuddy")
        yield connection


@pytest.fixture
def cursor(session: oracledb.Connection) -> Iterator[oracledb.Cursor]:
    with session.cursor() as cursor:
        cursor.execute("delete from accounts")
        cursor.executemany("insert into accounts values (:1, 100)", [(n,) for n in range(5)])
        session.commit()
        yield cursor
    session.rollback()


def amounts(connection: oracledb.Connection) -> list[int]:
    """All amounts by id."""
    with connection.cursor() as cursor:
        return [
            row[0] for row in cursor.execute("select amount from accounts order by id").fetchall()
        ]


def test_changes_are_seen_after_commit_and_gone_after_rollback(
    cursor: oracledb.Cursor, other: oracledb.Connection
) -> None:
    cursor.execute("update accounts set amount = 1 where id = 0")
    assert amounts(other) == [100] * 5
    cursor.connection.rollback()
    assert amounts(cursor.connection) == [100] * 5
    cursor.execute("update accounts set amount = 1 where id = 0")
    cursor.connection.commit()
    assert amounts(other) == [1, 100, 100, 100, 100]


def test_a_failed_statement_undoes_itself_only(cursor: oracledb.Cursor) -> None:
    cursor.execute("update accounts set amount = 1 where id = 0")
    with pytest.raises(oracledb.IntegrityError):
        cursor.execute("insert into accounts select id + 4, 5 from accounts order by id desc")
    with pytest.raises(oracledb.DatabaseError):
        cursor.execute("select to_number('x') from accounts").fetchall()
    assert cursor.connection.transaction_in_progress
    cursor.execute("update accounts set amount = 2 where id = 1")
    cursor.connection.commit()
    assert amounts(cursor.connection) == [1, 2, 100, 100, 100]


def test_a_first_statement_that_fails_leaves_nothing_open(cursor: oracledb.Cursor) -> None:
    with pytest.raises(oracledb.IntegrityError):
        cursor.execute("insert into accounts values (1, 1)")
    assert not cursor.connection.transaction_in_progress


def test_savepoints(cursor: oracledb.Cursor) -> None:
    cursor.execute("update accounts set amount = 1 where id = 0")
    cursor.execute("savepoint first")
    cursor.execute("update accounts set amount = 2 where id = 1")
    cursor.execute("rollback to savepoint first")
    cursor.execute("update accounts set amount = 3 where id = 2")
    cursor.execute("rollback to first")
    with pytest.raises(
        oracledb.DatabaseError, match="ORA-01086: savepoint 'NEVER' never established"
    ):
        cursor.execute("rollback to never")
    cursor.execute("commit")
    assert amounts(cursor.connection) == [1, 100, 100, 100, 100]


def test_a_read_only_transaction_sees_one_state_and_changes_nothing(
    cursor: oracledb.Cursor, other: oracledb.Connection
) -> None:
    cursor.execute("set transaction read only")
    other.cursor().execute("update accounts set amount = 7")
    other.commit()
    assert amounts(cursor.connection) == [100] * 5
    with pytest.raises(oracledb.DatabaseError, match="ORA-01456"):
        cursor.execute("delete from accounts")
    assert amounts(cursor.connection) == [100] * 5
    with pytest.raises(oracledb.DatabaseError, match="ORA-01453"):
        cursor.execute("set transaction read only")
    cursor.connection.commit()
    assert amounts(cursor.connection) == [7] * 5


def test_rows_are_locked_for_update(cursor: oracledb.Cursor, other: oracledb.Connection) -> None:
    cursor.execute("select * from accounts where id < 2 for update").fetchall()
    second = other.cursor()
    with pytest.raises(oracledb.DatabaseError, match="ORA-00054"):
        second.execute("select * from accounts where id = 1 for update nowait")
    second.execute("select id from accounts order by id for update skip locked")
    assert [row[0] for row in second.fetchall()] == [2, 3, 4]
    other.rollback()


def test_a_large_result_is_read_to_its_end_beside_other_statements(cursor: oracledb.Cursor) -> None:
    cursor.execute("delete from accounts")
    cursor.executemany("insert into accounts values (:1, 1)", [(n,) for n in range(400)])
    cursor.connection.commit()
    cursor.arraysize = 1000
    cursor.execute("select a.id, b.id from accounts a, accounts b order by a.id, b.id")
    start = cursor.fetchmany(3)
    with cursor.connection.cursor() as second:
        second.execute("update accounts set amount = 2 where id = 1")
        cursor.connection.commit()
        assert second.execute("select amount from accounts where id = 1").fetchone() == (2,)
    rows = start + cursor.fetchall()
    assert rows == [(first, second) for first in range(400) for second in range(400)]


def test_a_huge_result_left_unread_is_broken_off_loudly(cursor: oracledb.Cursor) -> None:
    cursor.executemany("insert into accounts values (:1, 1)", [(n,) for n in range(10, 400)])
    with cursor.connection.cursor() as second:
        second.arraysize = 10_000
        second.execute("select a.id from accounts a, accounts b, accounts c")
        second.fetchone()
        assert cursor.execute("select count(*) from accounts").fetchone() == (395,)
        with pytest.raises(oracledb.DatabaseError, match="ORA-01555"):
            second.fetchall()
    cursor.connection.commit()
    assert cursor.execute("select count(*) from accounts").fetchone() == (395,)


def test_a_failure_while_fetching_undoes_only_the_query(cursor: oracledb.Cursor) -> None:
    cursor.execute("update accounts set amount = 5 where id = 0")
    with pytest.raises(oracledb.DatabaseError, match="ORA-01476"):
        cursor.execute("select 1 / (a.id - 4) from accounts a order by a.id").fetchall()
    assert cursor.execute("select amount from accounts where id = 0").fetchone() == (5,)


def test_settings_outlive_a_rollback(cursor: oracledb.Cursor) -> None:
    cursor.execute("update accounts set amount = 5 where id = 0")
    cursor.execute("alter session set nls_date_format = 'YYYY' time_zone = '+09:00'")
    cursor.connection.rollback()
    query = (
        "select to_char(date '2024-01-01'), sessiontimezone, user, sys_context('userenv', "
        "'session_user') from dual"
    )
    assert cursor.execute(query).fetchone() == ("2024", "+09:00", "TRAVELBUDDY", "TRAVELBUDDY")
    cursor.execute("alter session set nls_date_format = 'DD-MON-RR' time_zone = '+00:00'")


def test_a_schema_is_chosen_for_unqualified_names(
    other: oracledb.Connection, cursor: oracledb.Cursor
) -> None:
    second = other.cursor()
    assert second.execute("select count(*) from accounts").fetchone() == (5,)
    other.current_schema = "DMSUSER"
    with pytest.raises(oracledb.DatabaseError, match="ORA-00942"):
        second.execute("select count(*) from accounts")
    with pytest.raises(oracledb.DatabaseError, match="ORA-01435"):
        second.execute("alter session set current_schema = nobody")


# -- the engine itself
# ---------------------------------------------------------------------------------------------


def test_verifiers_hold_no_password() -> None:
    from lab.oracle.wire.auth import derive_verifier

    first, second = derive_verifier("secret"), derive_verifier("secret")
    stretched = hashlib.pbkdf2_hmac(
        "sha512", b"secret", first.salt + b"AUTH_PBKDF2_SPEEDY_KEY", 4096, 64
    )
    assert first.key == hashlib.sha512(stretched + first.salt).digest()[:32]
    assert first.salt != second.salt
    assert "key" not in repr(first)


def test_a_store_that_is_not_there_is_named_without_its_password() -> None:
    store = {
        "host": "127.0.0.1",
        "port": 1,
        "database": "none",
        "user": "nobody",
        "password": "hush-hush",
    }
    with pytest.raises(StoreError, match=r"nobody@127\.0\.0\.1:1/none") as caught:
        open_engine(
            {"service": "XE", "store": store, "users": {"TRAVELBUDDY": {"password": "hush-hush"}}}
        )
    assert "hush" not in str(caught.value)
    assert "hush" not in repr(StoreAddress("h", 1, "d", "u", "hush"))


def test_each_connection_is_a_process_of_its_own(
    oracle_server: WireServer, other: oracledb.Connection
) -> None:
    children = os.listdir(f"/proc/{oracle_server.process.pid}/task")
    assert children
    sids = {
        connection.cursor().execute("select sys_context('userenv', 'sid') from dual").fetchone()[0]
        for connection in (other, oracle_server.connect())
    }
    assert len(sids) == 2


def test_ddl_on_a_locked_table_is_refused_not_waited_for(
    cursor: oracledb.Cursor, other: oracledb.Connection
) -> None:
    cursor.execute("update accounts set amount = 5 where id = 0")
    with pytest.raises(oracledb.DatabaseError, match="ORA-00054"):
        other.cursor().execute("alter table accounts add (note varchar2(5))")
    cursor.connection.commit()
    assert amounts(other) == [5, 100, 100, 100, 100]


@pytest.mark.parametrize(
    ("zone", "month", "minutes"),
    [
        ("Europe/London", 1, 0),
        ("Europe/London", 7, 60),
        ("Asia/Kolkata", 7, 330),
        ("-03:30", 7, -210),
    ],
)
def test_the_session_time_zone_can_be_a_region(
    cursor: oracledb.Cursor, zone: str, month: int, minutes: int
) -> None:
    cursor.execute(f"alter session set time_zone = '{zone}'")
    try:
        cursor.execute("select sessiontimezone from dual")
        assert cursor.fetchone() == (zone,)
        moment = f"cast(timestamp '2024-{month:02}-10 12:00:00' as timestamp with time zone)"
        cursor.execute(f"select sys_extract_utc({moment}) from dual")
        expected = datetime.datetime(2024, month, 10, 12) - datetime.timedelta(minutes=minutes)
        assert cursor.fetchone() == (expected,)
        cursor.execute(
            "select sys_extract_utc(current_timestamp) - cast(localtimestamp as timestamp) from "
            "dual"
        )
        apart = cursor.fetchone()[0].total_seconds() / 60
        here = datetime.datetime.now(
            zoneinfo.ZoneInfo(zone) if "/" in zone else datetime.timezone(-apart * MINUTE)
        )
        assert apart == -here.utcoffset().total_seconds() / 60
        assert "/" in zone or apart == -minutes
    finally:
        cursor.execute("alter session set time_zone = '+00:00'")


def test_an_hour_that_a_region_leaves_out_has_no_moments(cursor: oracledb.Cursor) -> None:
    cursor.execute("alter session set time_zone = 'Europe/London'")
    try:
        with pytest.raises(oracledb.DatabaseError, match="ORA-01878"):
            cursor.execute(
                "select cast(timestamp '2024-03-31 01:30:00' as timestamp with time zone) from dual"
            )
    finally:
        cursor.execute("alter session set time_zone = '+00:00'")


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "Nowhere", "x' || pg_sleep(1) || '/y"])
def test_an_unknown_region_is_refused(cursor: oracledb.Cursor, zone: str) -> None:
    with pytest.raises(oracledb.DatabaseError, match="ORA-01882"):
        cursor.execute("alter session set time_zone = '{}'".format(zone.replace("'", "''")))


LEVEL = """select case bitand(flag, power(2, 28)) when 0 then 'READ COMMITTED' else 'SERIALIZABLE'
    end
    from v$transaction where (xidusn, xidslot, xidsqn) = ((:1, :2, :3))"""


@pytest.mark.parametrize("level", ["READ COMMITTED", "SERIALIZABLE"])
def test_the_isolation_level_is_read_from_the_transaction(
    oracle_server: WireServer, level: str
) -> None:
    """As SQLAlchemy reads it: begin a transaction and look its number up. Bit 28 of FLAG stands for
    SERIALIZABLE.
    """
    with oracle_server.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"alter session set isolation_level = {level}")
        number = cursor.var(str)
        cursor.execute("begin :x := dbms_transaction.local_transaction_id( TRUE ); end;", [number])
        assert connection.transaction_in_progress
        assert cursor.execute(LEVEL, number.getvalue().split(".")).fetchall() == [(level,)]
        again = cursor.var(str)
        cursor.execute("begin :x := dbms_transaction.local_transaction_id(true); end;", [again])
        assert again.getvalue() == number.getvalue()
        connection.rollback()
        assert cursor.execute(LEVEL, number.getvalue().split(".")).fetchall() == []
