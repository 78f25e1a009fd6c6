"""What a session tells about itself, where others see it, and how one session ends another."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import oracledb
import pytest

from lab.oracle.engine.registry import LIMITS, Registry
from tests.oracle.conftest import WireServer

ATTRIBUTES = {
    "module": "module",
    "action": "action",
    "clientinfo": "client_info",
    "client_identifier": "client_identifier",
}


@pytest.fixture
def session(oracle_server: WireServer) -> Iterator[oracledb.Connection]:
    with oracle_server.connect() as connection:
        yield connection


@pytest.fixture(scope="module")
def watcher(oracle_server: WireServer) -> Iterator[oracledb.Cursor]:
    with oracle_server.connect(user="DMSUSER") as connection:
        yield connection.cursor()


def value(cursor: oracledb.Cursor, statement: str, *binds: object) -> object:
    """The one value that a query gives; None when it gives no row."""
    row = cursor.execute(statement, binds).fetchone()
    return row and row[0]


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_attributes_are_seen_by_the_session_and_by_others(
    session: oracledb.Connection, watcher: oracledb.Cursor, attribute: str
) -> None:
    name = ATTRIBUTES[attribute]
    cursor = session.cursor()
    for given in ("Prüf'lauf", "x" * 64, None):
        setattr(session, attribute, given)
        assert value(cursor, f"select sys_context('userenv', '{name}') from dual") == given
        assert (
            value(watcher, f"select {name} from v$session where sid = :1", session.session_id)
            == given
        )


def test_attributes_outlive_a_rollback_and_are_cut_to_their_length(
    session: oracledb.Connection,
) -> None:
    cursor = session.cursor()
    cursor.execute("set transaction read only")
    session.module, session.action = "kept", "y" * 70
    assert value(cursor, "select sys_context('userenv', 'module') from dual") == "kept"
    session.rollback()
    assert value(cursor, "select sys_context('userenv', 'module') from dual") == "kept"
    assert value(cursor, "select sys_context('userenv', 'action') from dual") == "y" * 64


@pytest.mark.parametrize("name", ["program", "machine", "terminal", "osuser"])
def test_what_the_client_says_at_login(oracle_server: WireServer, name: str) -> None:
    with oracle_server.connect(**{name: f"my_{name}"}) as connection:
        found = value(
            connection.cursor(),
            f"select {name} from v$session where sid = sys_context('userenv', 'sid')",
        )
    assert found == f"my_{name}"


def test_the_driver_is_named(oracle_server: WireServer) -> None:
    with oracle_server.connect(driver_name="my driver") as connection:
        statement = "select client_driver from v$session_connect_info where sid = :1"
        assert value(connection.cursor(), statement, connection.session_id) == "my driver"


def test_a_session_is_found_by_its_numbers_and_gone_when_closed(
    oracle_server: WireServer, watcher: oracledb.Cursor
) -> None:
    statement = "select username from v$session where sid = :1 and serial# = :2"
    # the session is gone when its client has the answer to the log-off, not some time later
    for _ in range(20):
        with oracle_server.connect() as connection:
            numbers = connection.session_id, connection.serial_num
            assert value(watcher, statement, *numbers) == connection.username.upper()
        assert value(watcher, statement, *numbers) is None


def test_application_contexts(oracle_server: WireServer) -> None:
    entries = [("CLIENTCONTEXT", "first", "1"), ("clientcontext", "SECOND", "zwei")]
    with oracle_server.connect(appcontext=entries) as connection:
        cursor = connection.cursor()
        for name, expected in (("FIRST", "1"), ("second", "zwei"), ("third", None)):
            assert (
                value(cursor, "select sys_context('CLIENTCONTEXT', :1) from dual", name) == expected
            )


def test_a_context_of_somebody_else_is_refused(oracle_server: WireServer) -> None:
    with pytest.raises(oracledb.DatabaseError, match="ORA-28267"):
        oracle_server.connect(appcontext=[("PAYROLL", "level", "1")])


def test_an_edition_is_refused(oracle_server: WireServer, session: oracledb.Connection) -> None:
    with pytest.raises(oracledb.DatabaseError, match="ORA-38802"):
        oracle_server.connect(edition="nightly")
    cursor = session.cursor()
    with pytest.raises(oracledb.DatabaseError, match="ORA-38802"):
        cursor.execute("alter session set edition = nightly")
    cursor.execute("alter session set edition = ora$base")
    assert (
        value(cursor, "select sys_context('userenv', 'current_edition_name') from dual")
        == "ORA$BASE"
    )


def test_round_trips_and_parses_are_counted(
    session: oracledb.Connection, watcher: oracledb.Cursor
) -> None:
    statement = (
        "select s.value from v$sesstat s join v$statname n on n.statistic# = s.statistic# "
        "where s.sid = :1 and n.name = :2"
    )

    def counts() -> tuple[int, int]:
        names = ("SQL*Net roundtrips to/from client", "parse count (total)")
        first, second = (value(watcher, statement, session.session_id, name) for name in names)
        return first, second

    before = counts()
    for _ in range(3):
        session.ping()
    with session.cursor() as cursor:
        cursor.prefetchrows = cursor.arraysize = 1
        cursor.execute("select 1 from dual union all select 2 from dual").fetchall()
    after = counts()
    assert (after[0] - before[0], after[1] - before[1]) == (3 + 3, 1)


def test_the_driver_learns_of_another_schema(session: oracledb.Connection) -> None:
    session.cursor().execute("alter session set current_schema = dmsuser")
    assert session.current_schema == "DMSUSER"


def test_a_killed_session_ends_and_its_changes_are_undone(
    oracle_server: WireServer, watcher: oracledb.Cursor
) -> None:
    victim = oracle_server.connect()
    cursor = victim.cursor()
    cursor.execute("create table doomed (n number)")
    try:
        cursor.execute("insert into doomed values (1)")
        watcher.execute(
            f"alter system kill session '{victim.session_id},{victim.serial_num}' immediate"
        )
        with pytest.raises(oracledb.DatabaseError, match="DPY-4011"):
            cursor.execute("select 1 from dual")
        assert not victim.is_healthy()
        assert value(watcher, "select count(*) from travelbuddy.doomed") == 0
    finally:
        watcher.execute("drop table travelbuddy.doomed")


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("alter system kill session '1,1'", 30),
        ("alter system kill session 'all'", 26),
        ("alter system kill session '{sid},{serial}'", 27),
        ("alter system set open_cursors = 1", 1031),
    ],
)
def test_sessions_that_cannot_be_killed(
    session: oracledb.Connection, statement: str, code: int
) -> None:
    statement = statement.format(sid=session.session_id, serial=session.serial_num)
    with pytest.raises(oracledb.DatabaseError, match=f"ORA-{code:05d}"):
        session.cursor().execute(statement)
    session.ping()


def test_a_view_of_sessions_is_refused(session: oracledb.Connection) -> None:
    with pytest.raises(oracledb.DatabaseError, match="ORA-03001"):
        session.cursor().execute("create view mine as select sid from v$session")


def test_slots_of_dead_processes_and_of_closed_sessions_are_used_again() -> None:
    registry = Registry()
    pid = os.fork()
    if pid == 0:
        registry.enter(4711, 1)
        os._exit(0)
    os.waitpid(pid, 0)
    first = registry.enter(1, 10)
    second = registry.enter(2, 20)
    second.write({"program": "p" * 200, "module": None})
    assert '"pid": 4711' not in registry.as_json()
    assert f'"program": "{"p" * 84}"' in registry.as_json()
    assert registry.kill(2, 10) is False
    assert registry.kill(2, 20) is True
    assert second.is_killed
    assert not first.is_killed
    second.close()
    assert '"pid": 2' not in registry.as_json()


def test_facts_of_one_session_never_reach_into_the_next_ones() -> None:
    registry = Registry()
    first, second = registry.enter(os.getpid(), 1), registry.enter(os.getpid() + 10**6, 2)
    assert first is not None
    assert second is not None
    second.write({"module": "mine"})
    first.write(dict.fromkeys(LIMITS, "\x01" * 200))
    seen = {session["pid"]: session for session in json.loads(registry.as_json())}
    assert seen[os.getpid() + 10**6]["module"] == "mine"
    assert seen[os.getpid()]["module"] == "\x01" * 64
    assert "username" not in seen[os.getpid()]
