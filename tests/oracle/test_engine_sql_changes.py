"""Changing rows and tables: multi-table inserts, MERGE with DELETE, CREATE TABLE AS SELECT, locks,
consistent reads.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import oracledb
import pytest

from tests.oracle.conftest import WireServer


@pytest.fixture
def connection(oracle_server: WireServer) -> Iterator[oracledb.Connection]:
    with oracle_server.connect() as connection:
        cursor = connection.cursor()
        cursor.execute(
            "create table src (id number(4) primary key, name varchar2(10) not null, born date, "
            "note clob)"
        )
        cursor.execute("insert into src values (1, 'one', date '2026-01-31', 'first')")
        cursor.execute("insert into src values (2, 'two', null, null)")
        cursor.execute("create table dst (id number, name varchar2(10))")
        connection.commit()
        yield connection
        connection.rollback()
        for table in ("src", "dst", "made"):
            if cursor.execute(
                "select count(*) from user_tables where table_name = upper(:1)", [table]
            ).fetchone()[0]:
                cursor.execute(f"drop table {table}")


@pytest.fixture
def other(oracle_server: WireServer) -> Iterator[oracledb.Connection]:
    with oracle_server.connect() as connection:
        yield connection


def _rows(connection: oracledb.Connection, query: str) -> list[tuple[object, ...]]:
    return connection.cursor().execute(query).fetchall()


def _error(connection: oracledb.Connection, statement: str) -> int:
    with pytest.raises(oracledb.DatabaseError) as caught:
        connection.cursor().execute(statement)
    return caught.value.args[0].code


def test_insert_all_puts_every_row_into_every_table(connection: oracledb.Connection) -> None:
    cursor = connection.cursor()
    cursor.execute(
        "insert all into dst values (id, name) into dst (id) values (id + 10) select id, name "
        "from src"
    )
    assert cursor.rowcount == 4
    assert _rows(connection, "select id, name from dst order by id") == [
        (1, "one"),
        (2, "two"),
        (11, None),
        (12, None),
    ]


def test_insert_all_from_dual_inserts_literal_rows(connection: oracledb.Connection) -> None:
    connection.cursor().execute(
        "insert all into dst values (1, 'a') into dst values (2, 'b') select * from dual"
    )
    assert _rows(connection, "select * from dst order by 1") == [(1, "a"), (2, "b")]


def test_conditions_of_a_multi_table_insert(connection: oracledb.Connection) -> None:
    into = "into dst values (id, {})"
    branches = (
        f"when id >= 1 then {into.format(repr('a'))} when id = 2 then {into.format(repr('b'))}"
    )
    otherwise = f"else {into.format(repr('c'))} select level id from dual connect by level <= 2"
    connection.cursor().execute(f"insert all {branches} {otherwise}")
    assert _rows(connection, "select * from dst order by 1, 2") == [(1, "a"), (2, "a"), (2, "b")]
    connection.rollback()
    connection.cursor().execute(f"insert first {branches} {otherwise}")
    assert _rows(connection, "select * from dst order by 1, 2") == [(1, "a"), (2, "a")]
    connection.rollback()
    connection.cursor().execute(
        f"insert first when id > 1 then {into.format(repr('b'))} {otherwise}"
    )
    assert _rows(connection, "select * from dst order by 1, 2") == [(1, "c"), (2, "b")]


def test_merge_deletes_what_the_update_leaves_matching(connection: oracledb.Connection) -> None:
    cursor = connection.cursor()
    cursor.execute(
        "insert all into dst values (1, 'x') into dst values (2, 'keep') into dst values (7, "
        "'two') select * from dual"
    )
    cursor.execute(
        "merge into dst d using src s on (d.id = s.id) when matched then update set d.name = "
        "s.name "
        "where d.name <> 'y' "
        "delete where d.name = 'two' when not matched then insert (id, name) values (s.id, s.name)"
    )
    assert cursor.rowcount == 2
    assert _rows(connection, "select * from dst order by id") == [(1, "one"), (7, "two")]


def test_update_of_several_columns_from_a_subquery_and_with_an_alias(
    connection: oracledb.Connection,
) -> None:
    cursor = connection.cursor()
    cursor.execute("insert into dst values (1, 'x')")
    cursor.execute(
        "update dst d set (d.id, d.name) = (select s.id + 5, s.name from src s where s.id = "
        "d.id) where d.id = 1"
    )
    assert _rows(connection, "select * from dst") == [(6, "one")]
    cursor.execute("delete dst d where d.id = 6")
    assert cursor.rowcount == 1


def test_a_table_from_a_query_takes_types_and_not_null_over(
    connection: oracledb.Connection,
) -> None:
    cursor = connection.cursor()
    cursor.execute(
        "create table made as select s.*, 'ab' word, id * 2 twice, cast(id as varchar2(20)) t "
        "from src s"
    )
    assert _rows(
        connection,
        "select column_name, data_type, data_length, nullable from user_tab_columns where "
        "table_name = 'MADE' "
        "order by column_id",
    ) == [
        ("ID", "NUMBER", 22, "Y"),
        ("NAME", "VARCHAR2", 10, "N"),
        ("BORN", "DATE", 7, "Y"),
        ("NOTE", "CLOB", 4000, "Y"),
        ("WORD", "CHAR", 2, "Y"),
        ("TWICE", "NUMBER", 22, "Y"),
        ("T", "VARCHAR2", 20, "Y"),
    ]
    found = _rows(
        connection, "select id, name, born, to_char(note), word, twice from made order by id"
    )
    assert found == [
        (1, "one", datetime.datetime(2026, 1, 31), "first", "ab", 2),
        (2, "two", None, None, "ab", 4),
    ]
    assert _error(connection, "insert into made (id) values (1)") == 1400


def test_a_table_from_a_query_with_names_and_without_rows(connection: oracledb.Connection) -> None:
    connection.cursor().execute(
        "create table made (a, b) nologging as select id + 1, name from src where 1 = 0"
    )
    assert _rows(connection, "select a, b from made") == []


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("create table made as select id + 1 from src", 998),
        ("create table made (a) as select id, name from src", 1730),
        ("create table made as select null x from dual", 1723),
        ("create table dst as select * from src", 955),
        ("create table made as select * from nowhere", 942),
        ("flashback table src to before drop", 3001),
        ("lock table src in no mode", 1737),
        ("lock table nowhere in share mode", 942),
        ("insert all into dst values (1) select * from dual", 947),
        (
            "merge into src t using (select 1 id from dual union all select 1 from dual) s on "
            "(t.id = s.id) "
            "when matched then update set t.name = 'x'",
            30926,
        ),
    ],
)
def test_what_these_statements_refuse(
    connection: oracledb.Connection, statement: str, code: int
) -> None:
    with pytest.raises(oracledb.DatabaseError) as caught:
        connection.cursor().execute(statement)
    assert caught.value.args[0].code == code


def test_locked_rows_are_skipped_awaited_or_refused(
    connection: oracledb.Connection, other: oracledb.Connection
) -> None:
    locked = "select id from src where id = 1 for update of name"
    connection.cursor().execute(locked).fetchall()
    assert _error(other, f"{locked} nowait") == 54
    assert _error(other, f"{locked} wait 1") == 30006
    assert _rows(other, "select s.id from src s order by id for update of s.id skip locked") == [
        (2,)
    ]
    other.rollback()
    connection.rollback()
    assert _rows(other, f"{locked} wait 1") == [(1,)]
    assert _error(other, "select id from src for update of nothing") == 904


def test_table_locks_exclude_each_other_as_documented(
    connection: oracledb.Connection, other: oracledb.Connection
) -> None:
    connection.cursor().execute("lock table src, dst in row exclusive mode")
    other.cursor().execute("lock table src in row exclusive mode nowait")
    assert _error(other, "lock table src in share mode nowait") == 54
    assert _error(other, "lock table dst in exclusive mode wait 1") == 54
    connection.commit()
    other.cursor().execute("lock table src in exclusive mode nowait")
    assert _rows(connection, "select count(*) from src") == [(2,)]
    other.rollback()


@pytest.mark.parametrize("mode", ["read only", "isolation level serializable"])
def test_a_transaction_of_one_snapshot(
    connection: oracledb.Connection, other: oracledb.Connection, mode: str
) -> None:
    cursor = connection.cursor()
    now = "select dbms_flashback.get_system_change_number from dual"
    (before,) = cursor.execute(now).fetchone()
    cursor.execute(f"set transaction {mode}")
    other.cursor().execute("insert into dst values (1, 'x')")
    other.commit()
    assert _rows(connection, "select count(*) from dst") == [(0,)]
    assert cursor.execute("select count(*) from dst as of scn :1", [before]).fetchone() == (0,)
    # the number of now is not that of the snapshot
    (after,) = cursor.execute(now).fetchone()
    assert _error(connection, f"select * from dst as of scn {after}") == 3001
    connection.rollback()
    assert _rows(connection, "select count(*) from dst") == [(1,)]
    assert _rows(connection, f"select count(*) from dst as of scn {after}") == [(1,)]
    assert _error(connection, "select * from dst as of timestamp sysdate") == 3001


def test_savepoints_and_truncate(connection: oracledb.Connection) -> None:
    cursor = connection.cursor()
    cursor.execute("insert into dst values (1, 'x')")
    cursor.execute("savepoint here")
    cursor.execute("insert into dst values (2, 'y')")
    cursor.execute("rollback to savepoint here")
    assert _rows(connection, "select id from dst") == [(1,)]
    cursor.execute("truncate table dst")
    assert _rows(connection, "select count(*) from dst") == [(0,)]
