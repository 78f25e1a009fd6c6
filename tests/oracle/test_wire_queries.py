"""Queries through the unmodified driver: describe, batches, statement cache, errors."""

from __future__ import annotations

import json

import oracledb
import pytest

from lab.oracle.interface import Column, OraType
from lab.oracle.wire.lobs import LobStore
from lab.oracle.wire.rows import RowEncoder
from tests.oracle.conftest import WireServer


def state_of(connection: oracledb.Connection) -> dict[str, object]:
    return json.loads(connection.cursor().execute("select state from t").fetchone()[0])


def test_columns_are_described(cursor: oracledb.Cursor) -> None:
    cursor.execute("select five 1 from t")
    described = [(c.name, c.type_code, c.precision, c.scale, c.null_ok) for c in cursor.description]
    assert described == [
        ("ID", oracledb.DB_TYPE_NUMBER, 0, -127, True),
        ("NAME", oracledb.DB_TYPE_VARCHAR, None, None, False),
        ("AMOUNT", oracledb.DB_TYPE_NUMBER, 12, 2, True),
        ("DAY", oracledb.DB_TYPE_DATE, None, None, True),
        ("REMARK", oracledb.DB_TYPE_VARCHAR, None, None, True),
    ]
    assert cursor.description[1].internal_size == 40


def test_describe_only_does_not_execute(connection: oracledb.Connection) -> None:
    cursor = connection.cursor()
    cursor.parse("select five 1 from t")
    assert [column.name for column in cursor.description] == [
        "ID",
        "NAME",
        "AMOUNT",
        "DAY",
        "REMARK",
    ]
    assert "select five 1 from t" not in state_of(connection)["done"]
    assert cursor.execute("select five 1 from t").fetchall()[0][1] == "name 0"


@pytest.mark.parametrize("count", [0, 1, 2, 3, 99, 100, 101, 1000])
@pytest.mark.parametrize(("prefetch", "array"), [(2, 100), (0, 50), (1000, 1), (100, 100)])
def test_every_row_arrives_once_in_batches_of_any_size(
    cursor: oracledb.Cursor, count: int, prefetch: int, array: int
) -> None:
    cursor.prefetchrows, cursor.arraysize = prefetch, array
    for _ in range(2):
        cursor.execute(f"select five {count} from t")
        assert [row[0] for row in cursor] == list(range(count))
        assert cursor.rowcount == count


def test_nulls_and_columns_that_are_always_null(cursor: oracledb.Cursor) -> None:
    assert cursor.execute("select five 2 from t").fetchall()[1][2] is None
    assert cursor.execute("select national from t").fetchall() == [("Zürich 東", None)]


def test_results_larger_than_a_packet(cursor: oracledb.Cursor) -> None:
    cursor.prefetchrows = cursor.arraysize = 20000
    rows = cursor.execute("select five 20000 from t").fetchall()
    assert len(rows) == 20000
    assert rows[-1][4] == "Bemerkung é"


def test_two_cursors_are_fetched_side_by_side(connection: oracledb.Connection) -> None:
    one, two = connection.cursor(), connection.cursor()
    one.arraysize = two.arraysize = 7
    one.execute("select five 50 from t")
    two.execute("select five 50 from t /* other */")
    assert [a[0] == b[0] for a, b in zip(one, two, strict=True)] == [True] * 50


def test_cursors_are_closed_when_the_cache_gives_them_up(wire_server: WireServer) -> None:
    with wire_server.connect(stmtcachesize=5) as connection:
        for number in range(60):
            connection.cursor().execute(f"select five 3 from t{number}").fetchone()
        assert state_of(connection)["open"] <= 8


def test_a_result_that_has_changed_its_columns_is_described_again(cursor: oracledb.Cursor) -> None:
    for width in (1, 2, 3):
        row = cursor.execute("select grow from t").fetchone()
        assert row == tuple(range(width))
        assert [column.name for column in cursor.description] == [f"G{i}" for i in range(width)]


def test_long_columns_carry_a_trailer() -> None:
    column = Column("L", OraType.LONG, 0, csfrm=1)
    encoder = RowEncoder((column, Column("N", OraType.NUMBER, 22)), (), LobStore())
    assert encoder.encode([(b"text", b"\x80")]) == b"\x07\x04text\0\0\x01\x80"


def test_errors_carry_code_text_and_position(cursor: oracledb.Cursor) -> None:
    with pytest.raises(oracledb.DatabaseError) as caught:
        cursor.execute("select fail from t")
    error = caught.value.args[0]
    assert (error.code, error.offset) == (942, 14)
    assert error.message.splitlines()[0] == "ORA-00942: table or view does not exist"
    with pytest.raises(oracledb.DatabaseError, match="ORA-00900") as caught:
        cursor.execute("nonsense with :1 and :2", [1, "x"])
    assert cursor.execute("select five 1 from t").fetchone()[0] == 0


def test_a_fault_of_the_engine_is_told_and_survived(
    wire_server: WireServer, cursor: oracledb.Cursor
) -> None:
    with pytest.raises(
        oracledb.DatabaseError, match=r"ORA-00604.*ZeroDivisionError: planted fault"
    ):
        cursor.execute("select bug from t")
    assert cursor.execute("select five 1 from t").fetchone()[0] == 0
    assert "Traceback" in wire_server.log.read_text()


def test_definitions_are_sent_again_under_their_old_cursor(connection: oracledb.Connection) -> None:
    cursor = connection.cursor()
    cursor.execute("create table t (a number)")
    cursor.execute("create table t (a number)")
    assert state_of(connection)["done"].count("create table t (a number)") == 2


def test_schema_and_tracing_attributes_travel_with_the_next_call(
    connection: oracledb.Connection,
) -> None:
    connection.current_schema = "HR"
    connection.module, connection.action, connection.clientinfo = "suite", "", "x" * 60
    connection.client_identifier, connection.dbop = "someone", "op"
    assert state_of(connection)["schema"] == "HR"
    connection.current_schema = "NOBODY"
    with pytest.raises(oracledb.DatabaseError, match="ORA-01435: user does not exist"):
        connection.ping()
    connection.current_schema = "HR"
    connection.ping()


def test_commit_and_rollback_reach_the_engine(connection: oracledb.Connection) -> None:
    cursor = connection.cursor()
    cursor.execute("insert into t values (:1)", ["a"])
    assert connection.transaction_in_progress
    connection.commit()
    assert not connection.transaction_in_progress
    cursor.execute("insert into t values (:1)", ["b"])
    connection.rollback()
    connection.autocommit = True
    cursor.execute("insert into t values (:1)", ["c"])
    cursor.execute("insert into t values (:1)", ["d"])
    done = state_of(connection)["done"]
    assert done[-6:] == [
        "COMMIT",
        "insert into t values (:1)",
        "ROLLBACK",
        "insert into t values (:1) commit",
        "insert into t values (:1) commit",
        "select state from t commit",
    ]


def test_unknown_calls_are_refused_and_the_session_goes_on(connection: oracledb.Connection) -> None:
    with pytest.raises(oracledb.DatabaseError, match="ORA-03001"):
        connection.tpc_begin(connection.xid(1, "a", "b"))
    connection.ping()
