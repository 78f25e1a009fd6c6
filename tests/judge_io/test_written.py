"""What PostgreSQL counts as written: rows of partitions and of transactions that were rolled back
included, late, and never what was written before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from reconciliation.databases.connections import Credentials, source_engine
from reconciliation.databases.written import Written, hand_in, rows_written
from tests.clusters import Cluster, temporary_cluster
from tests.waiting import wait_for

TABLES = ("s.plain", "s.parted")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with temporary_cluster() as started:
        started.execute("CREATE SCHEMA s")
        started.execute("CREATE TABLE s.plain (id int PRIMARY KEY)")
        started.execute("CREATE TABLE s.parted (id int PRIMARY KEY) PARTITION BY RANGE (id)")
        started.execute("CREATE TABLE s.low PARTITION OF s.parted FOR VALUES FROM (0) TO (10)")
        started.execute("CREATE TABLE s.rest PARTITION OF s.parted DEFAULT PARTITION BY RANGE (id)")
        started.execute("CREATE TABLE s.high PARTITION OF s.rest DEFAULT")
        started.execute("CREATE TABLE s.heir () INHERITS (s.plain)")
        yield started


@pytest.fixture
def engine(cluster: Cluster) -> Iterator[Engine]:
    for name in TABLES:
        cluster.execute(f"TRUNCATE {name}")
    made = source_engine(
        Credentials("PostgreSQL", cluster.host, cluster.port, "postgres", cluster.user, ""), False
    )
    yield made
    made.dispose()


def write(engine: Engine, *statements: str, commit: bool = True) -> None:
    """In one transaction, whose counts are handed in at once."""
    with engine.connect() as connection:
        for one in statements:
            connection.execute(text(one))
        hand_in(connection)
        if commit:
            connection.commit()


def grown(engine: Engine, before: Written) -> list[Counter[str] | None]:
    now = rows_written(engine, TABLES)
    return [now.since(before, name) for name in TABLES]


def test_rows_are_counted_by_verb_and_those_of_partitions_are_their_table_s(engine: Engine) -> None:
    before = rows_written(engine, TABLES)
    write(
        engine,
        "INSERT INTO s.parted SELECT generate_series(8, 12)",
        "UPDATE s.parted SET id = id WHERE id IN (9, 10)",
        "DELETE FROM s.parted WHERE id = 12",
        "INSERT INTO s.heir VALUES (1)",
    )
    nothing = Counter(inserts=0, updates=0, deletes=0)
    assert grown(engine, before) == [nothing, Counter(inserts=5, updates=2, deletes=1)]


def test_what_is_rolled_back_is_counted_as_well(engine: Engine) -> None:
    before = rows_written(engine, TABLES)
    write(engine, "INSERT INTO s.plain VALUES (1), (2)", commit=False)
    assert grown(engine, before)[0] == Counter(inserts=2, updates=0, deletes=0)


def test_of_a_transaction_that_is_open_nothing_is_counted_yet(engine: Engine) -> None:
    before = rows_written(engine, TABLES)
    with engine.connect() as connection:
        connection.execute(text("INSERT INTO s.plain VALUES (1)"))
        hand_in(connection)
        assert grown(engine, before)[0] == Counter(inserts=0, updates=0, deletes=0)
        connection.commit()
    assert grown(engine, before)[0] == Counter(inserts=1, updates=0, deletes=0)


def test_a_session_that_nobody_asks_hands_in_what_it_has_in_its_own_time(engine: Engine) -> None:
    before = rows_written(engine, TABLES)
    for number in range(3):
        with engine.begin() as connection:
            connection.execute(text("INSERT INTO s.plain VALUES (:n)"), {"n": number})
    wait_for(lambda: grown(engine, before)[0] == Counter(inserts=3, updates=0, deletes=0))


@pytest.mark.parametrize(
    "reset",
    ["SELECT pg_stat_reset()", "SELECT pg_stat_reset_single_table_counters('s.low'::regclass)"],
)
def test_counts_that_begin_anew_say_nothing_of_what_was_before(engine: Engine, reset: str) -> None:
    before = rows_written(engine, TABLES)
    write(engine, "INSERT INTO s.plain VALUES (1)")
    write(engine, reset)
    write(engine, "INSERT INTO s.plain VALUES (2), (3)")
    assert grown(engine, before) == [None, None]


def test_where_nothing_is_counted_nothing_is_said(engine: Engine) -> None:
    before = rows_written(engine, TABLES)
    write(engine, "ALTER ROLE postgres SET track_counts = off")
    engine.dispose()
    try:
        assert grown(engine, before) == [None, None]
    finally:
        write(engine, "ALTER ROLE postgres RESET track_counts")


def test_of_a_table_that_is_not_there_nothing_is_said(engine: Engine) -> None:
    assert rows_written(engine, ["s.absent"]).since(rows_written(engine, []), "s.absent") is None
