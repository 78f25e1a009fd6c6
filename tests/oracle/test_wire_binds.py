"""Binds of each kind, array DML and values coming back, through the unmodified driver."""

from __future__ import annotations

import datetime
import decimal
import json

import oracledb
import pytest

INSERT = "insert into t values (:1, :2)"

VALUES = [
    "Grüße 世界 \N{GRINNING FACE}",
    "x" * 4001,
    0,
    -123.45,
    10**30,
    decimal.Decimal("1E-120"),
    datetime.datetime(1999, 12, 31, 23, 59, 59),
    datetime.date(2024, 2, 29),
    datetime.timedelta(days=-3, seconds=5, microseconds=7),
    bytes(range(256)),
    None,
    True,
]


@pytest.mark.parametrize(
    "value", VALUES, ids=[type(v).__name__ + str(i) for i, v in enumerate(VALUES)]
)
def test_values_of_each_kind_survive(cursor: oracledb.Cursor, value: object) -> None:
    cursor.execute("select echo :1, :2 from dual", [value, "behind"])
    back, behind = cursor.fetchone()
    if type(value) is datetime.date:
        value = datetime.datetime(value.year, value.month, value.day)
    assert (
        back == value
        if not isinstance(value, float | decimal.Decimal)
        else float(back) == float(value)
    )
    assert behind == "behind"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (oracledb.DB_TYPE_TIMESTAMP, datetime.datetime(2024, 2, 29, 12, 0, 0, 123456)),
        (oracledb.DB_TYPE_BINARY_DOUBLE, -1.5e300),
        (oracledb.DB_TYPE_BINARY_FLOAT, 0.5),
        (oracledb.DB_TYPE_NVARCHAR, "national 世界 \N{GRINNING FACE}"),
        (oracledb.DB_TYPE_CHAR, "fixed"),
        (oracledb.DB_TYPE_NCHAR, "fest 東"),
        (oracledb.DB_TYPE_RAW, b"\0\xff"),
    ],
)
def test_declared_types_survive(
    cursor: oracledb.Cursor, kind: oracledb.DbType, value: object
) -> None:
    cursor.setinputsizes(kind)
    assert cursor.execute("select echo :1 from dual", [value]).fetchone() == (value,)


def test_national_text_reaches_the_engine_as_utf8(cursor: oracledb.Cursor) -> None:
    cursor.setinputsizes(oracledb.DB_TYPE_NVARCHAR, None)
    cursor.execute(INSERT, ["東", "東"])
    rows = json.loads(cursor.execute("select state from t").fetchone()[0])["rows"]
    assert rows == [["東".encode().decode("latin-1")] * 2]


def test_a_statement_is_bound_again_with_other_types(cursor: oracledb.Cursor) -> None:
    for value in (1, "text", None, "a longer text " * 50, 2, b"raw"):
        assert cursor.execute("select echo :1 from dual", [value]).fetchone() == (value,)


def test_very_long_binds_travel_behind_the_short_ones(cursor: oracledb.Cursor) -> None:
    long, raw = "Ü" * 200_000, bytes(range(256)) * 4000
    row = cursor.execute("select echo :1, :2, :3, :4 from dual", [long, "short", raw, 7]).fetchone()
    assert row == (long, "short", raw, 7)


@pytest.mark.parametrize(("columns", "count"), [(1, 1), (2, 5000), (5, 1000), (5, 20000)])
def test_many_rows_at_once(connection: oracledb.Connection, columns: int, count: int) -> None:
    rows = [tuple(f"{i}-{j} é" * (i % 9) or None for j in range(columns)) for i in range(count)]
    cursor = connection.cursor()
    places = ", ".join(f":{j + 1}" for j in range(columns))
    cursor.executemany(f"insert into t values ({places})", rows)
    assert cursor.rowcount == count
    state = json.loads(cursor.execute("select state from t").fetchone()[0])
    assert state["count"] == count
    kept = [[value and value.encode().decode("latin-1") for value in row] for row in rows[:20]]
    assert state["rows"] == kept


def test_the_same_array_statement_again(cursor: oracledb.Cursor) -> None:
    for size in (3, 2, 4):
        cursor.executemany(INSERT, [(i, "text") for i in range(size)])
        assert cursor.rowcount == size


def test_an_array_statement_without_binds(cursor: oracledb.Cursor) -> None:
    cursor.executemany("insert into t values (1)", 5)
    assert json.loads(cursor.execute("select state from t").fetchone()[0])["iterations"] == 5


def test_row_counts_per_iteration(cursor: oracledb.Cursor) -> None:
    cursor.executemany(INSERT, [(1, "a"), (2, "b"), (3, "c")], arraydmlrowcounts=True)
    assert cursor.getarraydmlrowcounts() == [1, 2, 3]


def test_batch_errors_name_their_rows(cursor: oracledb.Cursor) -> None:
    rows = [(i, "bad" if i in (1, 299, 300) else "good") for i in range(1000)]
    cursor.executemany(INSERT, rows, batcherrors=True, arraydmlrowcounts=True)
    errors = cursor.getbatcherrors()
    assert [(error.offset, error.code) for error in errors] == [(1, 1), (299, 1), (300, 1)]
    assert (
        errors[0].message.splitlines()[0]
        == "ORA-00001: unique constraint (TRAVELBUDDY.PK) violated"
    )
    assert cursor.rowcount == 997
    assert cursor.getarraydmlrowcounts()[:3] == [1, 0, 3]


def test_without_batch_errors_the_first_one_is_raised(cursor: oracledb.Cursor) -> None:
    with pytest.raises(oracledb.IntegrityError, match="ORA-00001") as caught:
        cursor.executemany(INSERT, [(1, "good"), (2, "bad")])
    assert caught.value.args[0].code == 1
    assert cursor.rowcount == 1
    cursor.executemany(INSERT, [(1, "good"), (2, "good")])
    assert cursor.rowcount == 2


def test_returned_values_per_iteration(cursor: oracledb.Cursor) -> None:
    out = cursor.var(str, arraysize=3)
    national = cursor.var(oracledb.DB_TYPE_NVARCHAR, arraysize=3)
    cursor.setinputsizes(None, out, national)
    statement = "insert into t values (:1) returning a, b into :2, :3"
    for _ in range(2):
        cursor.executemany(statement, [("a",), ("b",), ("c",)])
        assert out.values == [["got 0"], ["got 1"] * 2, ["got 2"] * 3]
        assert national.values == out.values


def test_returning_without_any_value_sent(cursor: oracledb.Cursor) -> None:
    out = cursor.var(str)
    cursor.execute("insert into t values (1) returning a into :1", [out])
    assert out.getvalue() == ["got 0"]


def test_values_of_a_block_come_back(cursor: oracledb.Cursor) -> None:
    out = cursor.var(str)
    out.setvalue(0, "in")
    for _ in range(3):
        cursor.execute("begin :1 := f(:1, :2); end;", [out, 5])
    assert out.getvalue() == "<<<in>>>"


def test_a_block_without_binds(cursor: oracledb.Cursor) -> None:
    assert cursor.execute("begin null; end;") is None


def test_arrays_of_a_block_are_refused_and_the_session_goes_on(cursor: oracledb.Cursor) -> None:
    array = cursor.arrayvar(oracledb.DB_TYPE_NUMBER, [1, 2, 3])
    with pytest.raises(oracledb.DatabaseError, match="ORA-03115"):
        cursor.execute("begin p(:1, :2); end;", [array, 1])
    assert cursor.execute("select echo :1 from dual", ["on"]).fetchone() == ("on",)


def test_a_statement_larger_than_a_packet(cursor: oracledb.Cursor) -> None:
    comment = "-- Grüße\n" * 30000
    assert cursor.execute(f"select echo :1 from dual {comment}", [1]).fetchone() == (1,)
