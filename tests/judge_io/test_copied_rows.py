"""Reading a whole table by COPY in a thread: every row once, errors where rows are read, and
nothing left behind.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest

from reconciliation.compare.copies import Copy, compare_copy
from reconciliation.compare.streams.source import CHUNK_ROWS, CopiedRows, Stalled, columns_of
from reconciliation.databases.connections import Credentials, source_engine
from reconciliation.model import DifferenceKind, Status
from tests.clusters import Cluster, temporary_cluster

#: rows made one by one: a function in FROM would be finished first
ENDLESS = "SELECT generate_series(1, 1000000000)::text"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with temporary_cluster() as started:
        yield started


@pytest.fixture
def connection(cluster: Cluster) -> Iterator[Any]:
    opened = psycopg2.connect(
        host=cluster.host, port=cluster.port, user=cluster.user, dbname="postgres"
    )
    yield opened
    opened.close()


def _copy_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("copy from")]


@pytest.mark.parametrize("count", [0, 1, CHUNK_ROWS - 1, CHUNK_ROWS, 3 * CHUNK_ROWS + 1])
def test_every_row_comes_once_and_in_order(connection: Any, count: int) -> None:
    with CopiedRows(
        connection, f"SELECT i::text FROM generate_series(1, {count}) AS i", 20
    ) as rows:
        chunks = list(rows)
    texts = [text for chunk in chunks for row in chunk for text in columns_of(row)]
    assert texts == [str(i + 1).encode() for i in range(count)]
    assert all(len(chunk) <= CHUNK_ROWS for chunk in chunks)
    assert not _copy_threads()


def test_the_trailer_is_no_row_wherever_a_chunk_ends(connection: Any) -> None:
    """Around the number of rows that fills the first chunk, where the trailer is what fills it."""
    for count in range(CHUNK_ROWS - 100, CHUNK_ROWS + 1):
        with CopiedRows(
            connection, f"SELECT i::text FROM generate_series(1, {count}) AS i", 20
        ) as rows:
            assert [row for chunk in rows for row in chunk if not columns_of(row)] == [], count


def test_an_error_in_the_middle_is_raised_where_the_rows_are_read(connection: Any) -> None:
    select = (
        f"SELECT (1 / (i - {2 * CHUNK_ROWS}))::text FROM generate_series(1, {3 * CHUNK_ROWS}) AS i"
    )
    with (
        CopiedRows(connection, select, 20) as rows,
        pytest.raises(psycopg2.DataError, match="division by zero"),
    ):
        list(rows)
    connection.rollback()


def test_a_reader_that_stops_early_ends_the_statement_and_the_thread(connection: Any) -> None:
    with CopiedRows(connection, ENDLESS, 20) as rows:
        next(iter(rows))
    assert not _copy_threads()
    connection.rollback()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


def test_a_server_that_sends_nothing_is_given_up(connection: Any) -> None:
    with (
        CopiedRows(connection, "SELECT pg_sleep(60)::text", 0.5) as rows,
        pytest.raises(Stalled, match="within 0 s"),
    ):
        list(rows)
    assert not _copy_threads()


# ------------------------------------------------------------------ two tables


@pytest.fixture(scope="module")
def tables(cluster: Cluster) -> Cluster:
    cluster.execute("CREATE SCHEMA s")
    cluster.execute(
        "CREATE TABLE s.one (id int8 PRIMARY KEY, a text, b numeric, c timestamptz, d float8)"
    )
    cluster.execute(
        "INSERT INTO s.one SELECT i, 'é' || i, i / 4.0, timestamptz '2026-01-01' + i * interval "
        "'1 ms', "
        "i / 3.0 FROM generate_series(1, 12000) AS i"
    )
    return cluster


def _engine(cluster: Cluster) -> Any:
    login = Credentials("PostgreSQL", cluster.host, cluster.port, "postgres", cluster.user, "any")
    return source_engine(login, lock_timeout=0.5)


def _compared(cluster: Cluster, target: str, source: str = "s.one") -> Any:
    here, there = _engine(cluster), _engine(cluster)
    try:
        return compare_copy(Copy(source, target), here, there)
    finally:
        here.dispose()
        there.dispose()


def test_an_untouched_copy_is_equal(tables: Cluster) -> None:
    tables.execute("CREATE TABLE s.same AS TABLE s.one")
    result = _compared(tables, "s.same")
    assert (result.status, result.source_rows, result.equal_rows) == (Status.EQUAL, 12_000, 12_000)


def test_every_planted_difference_is_named_with_both_values_and_no_other(tables: Cluster) -> None:
    tables.execute("CREATE TABLE s.other AS TABLE s.one")
    tables.execute("UPDATE s.other SET a = a || ' ' WHERE id = 7")
    tables.execute("UPDATE s.other SET b = b + 0.000001 WHERE id = 5000")
    # 1250.5000 and 1250.5 are one number
    tables.execute("UPDATE s.other SET b = trim_scale(b) WHERE id = 5002")
    tables.execute("UPDATE s.other SET c = c + interval '1 microsecond' WHERE id = 11999")
    tables.execute("UPDATE s.other SET d = NULL WHERE id = 12000")
    tables.execute("DELETE FROM s.other WHERE id IN (1, 6000)")
    tables.execute("INSERT INTO s.other VALUES (0, 'x'), (99999, 'y')")
    result = _compared(tables, "s.other")
    changed = {
        (item.key[0], item.source_column)
        for item in result.differences
        if item.kind is DifferenceKind.CHANGED
    }
    assert changed == {(7, "a"), (5000, "b"), (11999, "c"), (12000, "d")}
    assert {item.key[0] for item in result.differences if item.kind is DifferenceKind.MISSING} == {
        1,
        6000,
    }
    assert {item.key[0] for item in result.differences if item.kind is DifferenceKind.EXTRA} == {
        0,
        99999,
    }
    (seven,) = (item for item in result.differences if item.key == (7,))
    assert (seven.source_value, seven.target_value, seven.cause) == ("é7", "é7 ", "padding")
    assert (result.status, result.equal_rows) == (Status.DIVERGENT, 12_000 - 4 - 2)


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        (
            "id int8 PRIMARY KEY, a text, b numeric, c timestamptz",
            "only one of s.one and s.t has the columns d",
        ),
        (
            "id text PRIMARY KEY, a text, b numeric, c timestamptz, d float8",
            "s.one.id is int8, id is text",
        ),
        (
            "id int8 PRIMARY KEY, a varchar(9), b numeric, c timestamptz, d float8",
            r"a \(text\) and a \(varchar\(9\)\)",
        ),
    ],
)
def test_what_cannot_be_compared_is_not_judged_and_says_why(
    tables: Cluster, columns: str, reason: str
) -> None:
    tables.execute("DROP TABLE IF EXISTS s.t")
    tables.execute(f"CREATE TABLE s.t ({columns})")
    result = _compared(tables, "s.t")
    assert result.status is Status.NOT_JUDGED
    assert re.search(reason, result.reason)


def test_a_table_that_does_not_exist_is_named(tables: Cluster) -> None:
    result = _compared(tables, "s.nothing")
    assert result.status is Status.NOT_JUDGED
    assert "there is no table s.nothing" in result.reason


def test_a_locked_table_is_given_up_with_a_clear_line(tables: Cluster) -> None:
    tables.execute("CREATE TABLE s.locked AS TABLE s.one")
    holder = tables.connect()
    holder.autocommit = False
    try:
        holder.cursor().execute("LOCK TABLE s.locked IN ACCESS EXCLUSIVE MODE")
        result = _compared(tables, "s.locked")
    finally:
        holder.close()
    assert result.status is Status.NOT_JUDGED
    assert "lock" in result.reason


def test_two_empty_tables_are_not_judged(tables: Cluster) -> None:
    tables.execute("CREATE TABLE s.e1 (id int8 PRIMARY KEY)")
    tables.execute("CREATE TABLE s.e2 (id int8 PRIMARY KEY)")
    result = _compared(tables, "s.e2", "s.e1")
    assert (result.status, result.reason) == (Status.NOT_JUDGED, "no rows on either side")


def test_a_connection_that_is_killed_is_said_to_be_lost(cluster: Cluster, connection: Any) -> None:
    with CopiedRows(connection, ENDLESS, 20) as rows:
        stream = iter(rows)
        next(stream)
        cluster.execute(f"SELECT pg_terminate_backend({connection.info.backend_pid})")
        with pytest.raises(psycopg2.Error):
            list(stream)
