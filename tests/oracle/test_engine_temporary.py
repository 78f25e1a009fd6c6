"""Global temporary tables: rows of one session or one transaction, the definition for all.

Source of the rules: Oracle's SQL Language Reference, CREATE TABLE, and the Database Administrator's
Guide, "Creating a Temporary Table".
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import oracledb
import pytest

from tests.oracle.conftest import WireServer


@pytest.fixture
def connections(
    oracle_server: WireServer,
) -> Iterator[tuple[oracledb.Connection, oracledb.Connection]]:
    """Two sessions and the tables G_SESSION and G_TRANSACTION."""
    with oracle_server.connect() as first, oracle_server.connect() as second:
        cursor = first.cursor()
        cursor.execute(
            "create global temporary table g_session (id number primary key, name varchar2(5), "
            "constraint g_session_uq unique (name)) on commit preserve rows"
        )
        cursor.execute(
            "create global temporary table g_transaction (id number, name varchar2(9) default "
            "'x' not null)"
        )
        yield first, second
        for connection in (first, second):
            connection.rollback()
            with contextlib.suppress(oracledb.DatabaseError):
                connection.cursor().execute("truncate table g_session")
        for table in ("g_session", "g_transaction"):
            with contextlib.suppress(oracledb.DatabaseError):
                cursor.execute(f"drop table {table}")


Pair = tuple[oracledb.Connection, oracledb.Connection]


def rows(connection: oracledb.Connection, query: str) -> list[tuple[object, ...]]:
    return connection.cursor().execute(query).fetchall()


def refused(connection: oracledb.Connection, statement: str) -> str:
    """The message of the error that the statement has to end in."""
    with pytest.raises(oracledb.DatabaseError) as caught:
        connection.cursor().execute(statement)
    return caught.value.args[0].message.splitlines()[0]


def test_rows_are_seen_by_their_session_alone(connections: Pair) -> None:
    first, second = connections
    first.cursor().execute("insert into g_session values (1, 'a')")
    second.cursor().execute("insert into g_session values (1, 'b')")
    first.commit()
    second.commit()
    assert rows(first, "select g_session.name from g_session") == [("a",)]
    assert rows(
        second, "select * from travelbuddy.g_session where travelbuddy.g_session.id = 1"
    ) == [(1, "b")]


def test_rows_of_a_transaction_end_with_it(connections: Pair) -> None:
    first, _ = connections
    cursor = first.cursor()
    cursor.execute("insert into g_transaction (id) values (1)")
    assert rows(first, "select * from g_transaction") == [(1, "x")]
    first.commit()
    assert rows(first, "select * from g_transaction") == []
    cursor.execute("insert into g_transaction (id) values (2)")
    first.rollback()
    assert rows(first, "select * from g_transaction") == []


def test_a_first_use_that_is_rolled_back_leaves_the_table_usable(
    oracle_server: WireServer, connections: Pair
) -> None:
    with oracle_server.connect() as third:
        cursor = third.cursor()
        cursor.execute("insert into g_transaction (id) values (1)")
        cursor.execute("savepoint s")
        cursor.execute("insert into g_session values (1, 'a')")
        cursor.execute("rollback to s")
        assert rows(third, "select * from g_session") == []
        cursor.execute("insert into g_session values (2, 'b')")
        assert rows(third, "select id from g_transaction") == [(1,)]
        third.rollback()
        assert rows(third, "select * from g_session") == []
        cursor.execute("insert into g_session values (3, 'c')")
        third.rollback()


def test_constraints_hold_and_errors_name_the_definition(connections: Pair) -> None:
    first, _ = connections
    first.cursor().execute("insert into g_session values (1, 'a')")
    unique = "ORA-00001: unique constraint (TRAVELBUDDY.G_SESSION_UQ) violated"
    assert refused(first, "insert into g_session values (2, 'a')") == unique
    null = 'ORA-01400: cannot insert NULL into ("TRAVELBUDDY"."G_SESSION"."ID")'
    assert refused(first, "insert into g_session (name) values ('q')") == null
    size = (
        'ORA-12899: value too large for column "TRAVELBUDDY"."G_SESSION"."NAME" (actual: 6, '
        "maximum: 5)"
    )
    assert refused(first, "insert into g_session values (3, 'abcdef')") == size
    assert rows(first, "select id from g_session") == [(1,)]


def test_every_way_of_changing_rows(connections: Pair) -> None:
    first, _ = connections
    cursor = first.cursor()
    cursor.executemany(
        "insert into g_transaction values (:1, :2)", [(number, str(number)) for number in range(50)]
    )
    cursor.execute("update g_transaction set name = 'u' where g_transaction.id = 1")
    cursor.execute("delete from g_transaction where g_transaction.id > 9")
    cursor.execute(
        "merge into g_transaction using dual on (g_transaction.id = 2) when matched then update "
        "set name = 'm'"
    )
    cursor.execute("insert into g_session select id, name from g_transaction where id < 4")
    joined = (
        "select s.id, t.name from g_session s join g_transaction t on t.id = s.id order by s.id"
    )
    assert rows(first, joined) == [(0, "0"), (1, "u"), (2, "m"), (3, "3")]


def test_a_table_with_rows_of_any_session_is_not_redefined(connections: Pair) -> None:
    first, second = connections
    first.cursor().execute("insert into g_session values (1, 'a')")
    first.commit()
    for statement, code in (
        ("drop table g_session", "ORA-14452"),
        ("create index g_i on g_session (name)", "ORA-14452"),
        ("alter table g_session add (n number)", "ORA-14450"),
    ):
        assert refused(first, statement).startswith(code)
        assert refused(second, statement).startswith(code)
    second.cursor().execute("truncate table g_session")
    assert rows(first, "select id from g_session") == [(1,)]
    first.cursor().execute("truncate table g_session")
    second.cursor().execute("alter table g_session add (n number)")
    for connection in connections:
        connection.cursor().execute("insert into g_session values (1, 'a', 2)")
        assert rows(connection, "select * from g_session") == [(1, "a", 2)]


def test_the_dictionary_knows_temporary_tables(connections: Pair) -> None:
    query = (
        "select table_name, temporary, duration from user_tables where temporary = 'Y' order "
        "by table_name"
    )
    assert rows(connections[0], query) == [
        ("G_SESSION", "Y", "SYS$SESSION"),
        ("G_TRANSACTION", "Y", "SYS$TRANSACTION"),
    ]


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("create table g_child (id number references g_session)", "ORA-14455"),
        ("create view g_view as select * from g_session", "ORA-03001"),
        (
            "create global temporary table g_bad (id number generated always as identity)",
            "ORA-03001",
        ),
        ("create private temporary table g_bad (id number)", "ORA-03001"),
        (
            "create trigger g_t before insert on g_session for each row begin null; end;",
            "ORA-03001",
        ),
    ],
)
def test_what_temporary_tables_do_not_allow(connections: Pair, statement: str, code: str) -> None:
    assert refused(connections[0], statement).startswith(code)
