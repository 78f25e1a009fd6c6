"""Batches prepared ahead: whatever a client does next, it gets the rows in order, and each once."""

from __future__ import annotations

from collections.abc import Sequence

import oracledb
import pytest

from lab.oracle.interface import Column, ColumnarRows, Execution, OracleError, OraType
from lab.oracle.wire.ahead import Supply
from lab.oracle.wire.rows import RowEncoder
from tests.oracle.conftest import WireServer

#: more than the server takes from the store at once
TOTAL = 60_000
TEXT = Column("C", OraType.VARCHAR2, 10, 10, csfrm=1)


class Rows:
    """An engine with one result of ``total`` rows that says which row numbers were taken; may fail
    at one of them.
    """

    def __init__(self, total: int, *, fails_at: int | None = None, is_slow: bool = False) -> None:
        self.total = total
        self.at = 0
        self.fails_at = fails_at
        self.is_slow = is_slow

    def await_rows(self, execution: Execution, count: int) -> bool:
        return not self.is_slow

    def fetch(self, execution: Execution, count: int) -> tuple[ColumnarRows, bool]:
        stop = min(self.total, self.at + count)
        if self.fails_at is not None and stop > self.fails_at:
            raise OracleError(1476, "divisor is equal to zero")
        values: list[bytes | None] = [b"%d" % n for n in range(self.at, stop)]
        self.at = stop
        return ColumnarRows([values], len(values)), stop == self.total


def supply_of(engine: Rows, column: Column = TEXT) -> Supply:
    return Supply(engine, Execution(), RowEncoder((column,), (), lobs=None))


def wire(numbers: range) -> bytes:
    return b"".join(b"\x07" + bytes((len(b"%d" % n),)) + b"%d" % n for n in numbers)


@pytest.mark.parametrize(
    "counts",
    [[10, 10, 10], [10, 3, 4, 3, 10], [4, 20, 6], [10, 15, 5], [1, 1, 1, 27], [30], [7, 100]],
)
@pytest.mark.parametrize("is_slow", [False, True])
def test_rows_come_in_order_whatever_the_batches(counts: Sequence[int], is_slow: bool) -> None:
    supply, at = supply_of(Rows(30, is_slow=is_slow)), 0
    for count in counts:
        taken, body, exhausted = supply.take(count)
        assert body == wire(range(at, at + taken))
        assert taken == min(count, 30 - at)
        at += taken
        assert exhausted is (at == 30)
        supply.work_ahead()
    assert at == 30


def test_the_next_rows_are_taken_while_the_client_is_silent() -> None:
    engine = Rows(30)
    supply = supply_of(engine)
    supply.take(10)
    supply.work_ahead()
    supply.work_ahead()
    assert engine.at == 20


def test_nothing_is_prepared_when_the_client_speaks_or_all_rows_are_out() -> None:
    slow, short = Rows(30, is_slow=True), Rows(5)
    for engine in (slow, short):
        supply = supply_of(engine)
        supply.take(10)
        supply.work_ahead()
    assert (slow.at, short.at) == (10, 5)


def test_an_error_waits_until_the_rows_are_asked_for() -> None:
    supply = supply_of(Rows(30, fails_at=15))
    supply.take(10)
    supply.work_ahead()
    with pytest.raises(OracleError, match="ORA-01476"):
        supply.take(10)


def test_rows_with_locators_are_not_prepared() -> None:
    engine = Rows(30)
    supply = supply_of(engine, Column("C", OraType.LONG, 10, csfrm=1))
    supply.take(10)
    supply.work_ahead()
    assert engine.at == 10


def test_a_new_define_counts_for_rows_already_prepared() -> None:
    supply = supply_of(Rows(4))
    supply.take(2)
    supply.work_ahead()
    supply.use_encoder(RowEncoder((Column("C", OraType.LONG, 10, csfrm=1),), (), lobs=None))
    assert supply.take(2) == (2, b"\x07\x012\0\0\x07\x013\0\0", True)


@pytest.fixture
def cursor(oracle_server: WireServer) -> oracledb.Cursor:
    with oracle_server.connect() as connection, connection.cursor() as opened:
        opened.execute("create table lots (id number primary key, label varchar2(20))")
        opened.executemany(
            "insert into lots values (:1, :2)", [(n, f"row {n}") for n in range(TOTAL)]
        )
        connection.commit()
        yield opened
        connection.rollback()
        opened.execute("drop table lots")


def test_batches_of_changing_size(cursor: oracledb.Cursor) -> None:
    cursor.arraysize = 500
    cursor.execute("select id from lots order by id")
    found: list[tuple[int]] = []
    while rows := cursor.fetchmany(1 + len(found) * 7 % 1300):
        found += rows
    assert found == [(n,) for n in range(TOTAL)]


def test_other_work_between_batches(cursor: oracledb.Cursor) -> None:
    connection = cursor.connection
    cursor.arraysize = cursor.prefetchrows = 1000
    cursor.execute("select id from lots order by id")
    found = cursor.fetchmany(1000)
    with connection.cursor() as other:
        other.execute("update lots set label = 'changed' where id = 7")
        assert other.execute("select count(*) from lots where label = 'changed'").fetchone() == (1,)
    connection.commit()
    found += cursor.fetchall()
    assert found == [(n,) for n in range(TOTAL)]


def test_an_error_in_the_middle_comes_after_the_rows_before_it(cursor: oracledb.Cursor) -> None:
    """The transaction's changes stay, and the session goes on."""
    cursor.execute("update lots set label = 'kept' where id = 1")
    cursor.arraysize = cursor.prefetchrows = 1000
    cursor.execute("select 1 / (55000 - id) from lots where id <> 1")
    assert len(cursor.fetchmany(1000)) == 1000
    with pytest.raises(oracledb.DatabaseError, match="ORA-01476"):
        cursor.fetchall()
    assert cursor.execute("select label from lots where id = 1").fetchone() == ("kept",)


def test_a_result_left_alone_does_not_keep_the_session_waiting(cursor: oracledb.Cursor) -> None:
    """Rows that take the store long are not waited for when the client wants something else."""
    connection = cursor.connection
    cursor.arraysize = cursor.prefetchrows = 2
    cursor.execute("select a.id from lots a, lots b where a.id < 2000 and b.id < 2000")
    assert len(cursor.fetchmany(2)) == 2
    connection.call_timeout = 20_000
    connection.ping()
    with connection.cursor() as other:
        assert other.execute("select count(*) from lots").fetchone() == (TOTAL,)
