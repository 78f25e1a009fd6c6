"""Scrollable cursors: every kind of move, and fetching on from there."""

from __future__ import annotations

from collections.abc import Iterator

import oracledb
import pytest

from lab.oracle.wire.scrolling import Orientation, ScrolledRows
from tests.oracle.conftest import WireServer

ROWS = [(n,) for n in range(1, 31)]
NUMBERS = " union all ".join(f"select {n} from dual" for (n,) in ROWS)


@pytest.fixture(scope="module")
def session(oracle_server: WireServer) -> Iterator[oracledb.Connection]:
    with oracle_server.connect() as connection:
        yield connection


@pytest.fixture(params=(0, 2, 7, 100))
def scrolled(
    session: oracledb.Connection, request: pytest.FixtureRequest
) -> Iterator[oracledb.Cursor]:
    with session.cursor(scrollable=True) as cursor:
        cursor.prefetchrows = request.param
        cursor.arraysize = 4
        yield cursor.execute(f"select * from ({NUMBERS}) order by 1")


def test_a_scrollable_cursor_read_without_moves_gives_every_row_once(
    scrolled: oracledb.Cursor,
) -> None:
    assert scrolled.fetchall() == ROWS
    assert scrolled.rowcount == 30


@pytest.mark.parametrize(("row", "count"), [(1, 4), (15, 3), (30, 2), (3, 30)])
def test_an_absolute_move_is_followed_by_the_rows_from_there(
    scrolled: oracledb.Cursor, row: int, count: int
) -> None:
    scrolled.scroll(row, "absolute")
    assert scrolled.fetchmany(count) == ROWS[row - 1 : row - 1 + count]
    scrolled.scroll(row, "absolute")
    assert scrolled.fetchall() == ROWS[row - 1 :]


def test_relative_moves_go_both_ways(scrolled: oracledb.Cursor) -> None:
    scrolled.fetchmany(5)
    scrolled.scroll(10)
    assert scrolled.fetchone() == (15,)
    scrolled.scroll(-12)
    assert scrolled.fetchmany(6) == ROWS[2:8]


def test_first_and_last(scrolled: oracledb.Cursor) -> None:
    scrolled.scroll(mode="last")
    assert scrolled.fetchall() == [(30,)]
    scrolled.scroll(mode="first")
    assert scrolled.fetchone() == (1,)


@pytest.mark.parametrize("row", [31, 1000])
def test_a_move_out_of_the_result_is_refused_and_the_cursor_stays_usable(
    scrolled: oracledb.Cursor, row: int
) -> None:
    with pytest.raises(oracledb.Error, match="DPY-2063"):
        scrolled.scroll(row, "absolute")
    scrolled.scroll(2, "absolute")
    assert scrolled.fetchone() == (2,)


def test_an_empty_result_has_neither_first_nor_last(session: oracledb.Connection) -> None:
    with session.cursor(scrollable=True) as cursor:
        cursor.execute("select 1 from dual where 1 = 0")
        for mode in ("last", "first"):
            cursor.scroll(mode=mode)
            assert cursor.fetchall() == []


def test_binds_are_kept_while_scrolling_and_replaced_by_the_next_execution(
    session: oracledb.Connection,
) -> None:
    with session.cursor(scrollable=True) as cursor:
        cursor.arraysize = 3
        for base in (10, 20):
            cursor.execute(
                f"select :base + n from (select 1 as n from dual union all {NUMBERS})", base=base
            )
            cursor.scroll(mode="last")
            assert cursor.fetchone() == (base + 30,)
            cursor.scroll(5, "absolute")
            assert cursor.fetchone() == (base + 4,)


def test_the_rows_stay_those_of_the_execution(session: oracledb.Connection) -> None:
    with session.cursor() as other, session.cursor(scrollable=True) as cursor:
        other.execute("create table scrolled (n number)")
        try:
            other.executemany("insert into scrolled values (:1)", ROWS)
            cursor.arraysize = 3
            cursor.execute("select n from scrolled order by n")
            assert cursor.fetchmany(2) == ROWS[:2]
            other.execute("delete from scrolled")
            cursor.scroll(20, "absolute")
            assert cursor.fetchmany(5) == ROWS[19:24]
        finally:
            other.execute("drop table scrolled")


def test_rows_are_read_from_the_engine_once_and_no_further_than_needed() -> None:
    given: list[int] = []

    def fetch(count: int) -> tuple[list[tuple[bytes]], bool]:
        start = sum(given)
        given.append(min(count, 50 - start))
        return [(b"%d" % n,) for n in range(start, sum(given))], sum(given) == 50

    rows = ScrolledRows(fetch)
    assert rows.take(3) == ([(b"0",), (b"1",), (b"2",)], False)
    rows.move(Orientation.ABSOLUTE, 2)
    assert rows.take(1) == ([(b"1",)], False)
    assert sum(given) == 3
    rows.move(Orientation.LAST, 0)
    assert rows.take(5) == ([(b"49",)], True)
    assert sum(given) == 50
    rows.move(Orientation.FIRST, 0)
    assert len(rows.take(100)[0]) == 50
