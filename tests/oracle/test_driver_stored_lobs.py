"""LOBs of rows, written to by their locators: the row must be locked, and the change is the
transaction's.
"""

from __future__ import annotations

from collections.abc import Iterator

import oracledb
import pytest

from tests.oracle.conftest import WireServer

TEXT = "Grüße 😀"
BINARY = bytes(range(256))


@pytest.fixture
def connection(oracle_server: WireServer) -> Iterator[oracledb.Connection]:
    with oracle_server.connect() as connection:
        cursor = connection.cursor()
        columns = "id number(9) not null, text clob, bytes blob, national nclob, touched number"
        cursor.execute(f"create table kept ({columns})")
        cursor.execute("insert into kept values (1, :1, :2, :3, 0)", (TEXT, BINARY, TEXT))
        cursor.execute("insert into kept values (2, 'two', null, 'two', 0)")
        connection.commit()
        yield connection
        connection.rollback()
        cursor.execute("drop table kept")


def content(connection: oracledb.Connection, column: str, key: int = 1) -> str | bytes | None:
    with connection.cursor() as cursor:
        statement = f"select {column} from kept where id = :1"
        return cursor.execute(statement, [key], fetch_lobs=False).fetchone()[0]


def lob(connection: oracledb.Connection, statement: str) -> oracledb.LOB:
    with connection.cursor() as cursor:
        return cursor.execute(statement).fetchone()[0]


def code_of(action: object, *arguments: object) -> int:
    with pytest.raises(oracledb.DatabaseError) as caught:
        action(*arguments)
    return caught.value.args[0].code


@pytest.mark.parametrize("column", ["text", "national"])
def test_text_of_a_locked_row_is_written(connection: oracledb.Connection, column: str) -> None:
    written = lob(connection, f"select {column} from kept where id = 1 for update")
    written.write("é", 1)
    written.write("!", written.size() + 1)
    expected = "é" + TEXT[1:] + "!"
    assert written.read() == expected == content(connection, column)
    connection.commit()
    assert content(connection, column) == expected
    assert content(connection, column, 2) == "two"


def test_bytes_of_a_locked_row_are_written_and_cut(connection: oracledb.Connection) -> None:
    written = lob(
        connection, 'select k.bytes as "Mine" from kept k where k.id = 1 for update nowait'
    )
    written.write(b"\xff" * 4, 255)
    assert content(connection, "bytes") == BINARY[:254] + b"\xff" * 4
    written.trim(10)
    assert content(connection, "bytes") == BINARY[:10] == written.read()


def test_two_lobs_of_a_row_are_written_in_turn(connection: oracledb.Connection) -> None:
    with connection.cursor() as cursor:
        row = cursor.execute("select * from kept where id = 1 for update").fetchone()
    assert (row[0], row[4]) == (1, 0)
    for place in range(3):
        row[1].write(str(place), place + 1)
        row[2].write(bytes([9]), place + 1)
    assert content(connection, "text") == "012" + TEXT[3:]
    assert content(connection, "bytes") == b"\x09" * 3 + BINARY[3:]


def test_a_row_inserted_in_the_transaction_is_locked(connection: oracledb.Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("insert into kept (id, text) values (3, 'new')")
    lob(connection, "select text from kept where id = 3").write("N", 1)
    assert content(connection, "text", 3) == "New"


def test_the_lob_that_an_insert_returns_is_filled(connection: oracledb.Connection) -> None:
    with connection.cursor() as cursor:
        text, binary = cursor.var(oracledb.DB_TYPE_CLOB), cursor.var(oracledb.DB_TYPE_BLOB)
        cursor.execute(
            "insert into kept (id, text, bytes) values (3, empty_clob(), empty_blob()) "
            "returning text, bytes into :1, :2",
            [text, binary],
        )
        text.getvalue()[0].write(TEXT * 10_000)
        binary.getvalue()[0].write(BINARY)
        cursor.execute("update kept set touched = 1 where id = 1 returning text into :1", [text])
        text.getvalue()[0].trim(5)
    assert content(connection, "text", 3) == TEXT * 10_000
    assert content(connection, "bytes", 3) == BINARY
    assert content(connection, "text") == TEXT[:5]


def test_a_row_that_is_not_locked_is_not_written(connection: oracledb.Connection) -> None:
    unlocked = lob(connection, "select text from kept where id = 1")
    assert code_of(unlocked.write, "x", 1) == 22920
    with connection.cursor() as cursor:
        cursor.execute("update kept set touched = 1 where id = 2")
    still_unlocked = lob(connection, "select text from kept where id = 1")
    assert code_of(still_unlocked.write, "x", 1) == 22920
    assert code_of(still_unlocked.trim, 1) == 22920
    assert content(connection, "text") == TEXT == still_unlocked.read()


def test_a_row_that_another_session_has_locked(
    connection: oracledb.Connection, oracle_server: WireServer
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("update kept set touched = 1 where id = 2")
    with oracle_server.connect() as other:
        lob(other, "select text from kept where id = 1 for update")
        assert code_of(lob(connection, "select text from kept where id = 1").write, "x", 1) in (
            54,
            22920,
        )
    assert content(connection, "text") == TEXT


def test_locators_do_not_outlive_their_transaction(connection: oracledb.Connection) -> None:
    written = lob(connection, "select text from kept where id = 1 for update")
    connection.commit()
    assert written.read() == TEXT
    assert code_of(written.write, "x", 1) == 22990


def test_what_a_rollback_undid_is_not_read(connection: oracledb.Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("savepoint before")
        written = lob(connection, "select text from kept where id = 1 for update")
        written.write("x", 1)
        cursor.execute("rollback to savepoint before")
    assert code_of(written.read) == 22922
    assert content(connection, "text") == TEXT
    again = lob(connection, "select text from kept where id = 1 for update")
    again.write("y", 1)
    connection.rollback()
    assert code_of(again.read) == 22922
    assert content(connection, "text") == TEXT


def test_a_row_changed_since_its_locator_was_read(connection: oracledb.Connection) -> None:
    written = lob(connection, "select text from kept where id = 1 for update")
    with connection.cursor() as cursor:
        cursor.execute("update kept set touched = 5 where id = 1")
    assert code_of(written.write, "x", 1) == 3001
    assert content(connection, "text") == TEXT


def test_columns_are_described_alike_within_a_transaction(connection: oracledb.Connection) -> None:
    statement = "select k.*, 'x' from kept k where id = 2"
    with connection.cursor() as cursor:
        outside = cursor.execute(statement).description
        cursor.execute("update kept set touched = 1 where id = 2")
        assert cursor.execute(statement).description == outside
        assert [column.name for column in outside] == [
            "ID",
            "TEXT",
            "BYTES",
            "NATIONAL",
            "TOUCHED",
            "'X'",
        ]
        row = cursor.fetchone()
        assert (row[0], row[1].read(), row[2], row[3].read(), row[4], row[5]) == (
            2,
            "two",
            None,
            "two",
            1,
            "x",
        )


def test_writing_fires_no_trigger(connection: oracledb.Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "create or replace trigger kept_touch before update on kept for each row "
            "begin :new.touched := 99; end;"
        )
        lob(connection, "select text from kept where id = 1 for update").write("x", 1)
        assert cursor.execute("select touched from kept where id = 1").fetchone() == (0,)
        cursor.execute("update kept set id = 1 where id = 1")
        assert cursor.execute("select touched from kept where id = 1").fetchone() == (99,)


def test_places_that_are_used_again_in_later_transactions_mislead_nobody(
    connection: oracledb.Connection,
) -> None:
    # a page that is full again and again: each commit frees the places of the row's earlier
    # versions
    connection.call_timeout = 20_000
    for turn in range(120):
        key = 1 + turn % 2
        written = lob(connection, f"select text from kept where id = {key} for update")
        written.write(f"turn {turn:<1000}", 1)
        connection.commit()
        assert content(connection, "text", key).startswith(f"turn {turn} ")
        assert content(connection, "text", 3 - key).startswith(
            f"turn {turn - 1} " if turn else "two"
        )
