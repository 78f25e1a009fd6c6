"""Transactions whole and in order, however large, and sent again after a lost connection."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.clusters import Cluster
from tests.dms.capture.reading import PLUGINS, ReaderOf
from tests.dms.replication import wait_for


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_large_transaction_goes_through_a_file(
    execute: Callable[..., None], reader: ReaderOf, plugin: str
) -> None:
    execute("CREATE TABLE s.t (id int PRIMARY KEY, a text)")
    one = reader(plugin, settings={"ChangeProcessingTuning": {"MemoryLimitTotal": 1}})
    one.open(swap_limit=1000)
    small = "INSERT INTO s.t VALUES (0, 'between')"
    # a transaction that is open while others commit comes when it commits
    execute("INSERT INTO s.t SELECT g, repeat('x', 100) FROM generate_series(1, 12000) g", small)
    large, last = one.read()
    assert type(large.changes).__name__ == "SwappedChanges"
    for _ in range(2):
        assert [change.new["id"] for change in large.changes] == list(range(1, 12001))
    assert type(last.changes) is tuple
    assert "goes on in a swap file" in one.written.getvalue()
    assert (
        "Reading from source is paused. Total storage used by swap files exceeded the limit 1000 "
        "bytes" in (one.written.getvalue())
    )


def test_a_large_transaction_is_spilled_by_the_source_too(
    execute: Callable[..., None], reader: ReaderOf
) -> None:
    execute("CREATE TABLE s.t (id int PRIMARY KEY, a text)")
    one = reader("pglogical")
    # more than logical_decoding_work_mem, 4 MB
    execute("INSERT INTO s.t SELECT g, repeat('x', 1000) FROM generate_series(1, 6000) g")
    assert len(one.read()[0].changes) == 6000
    one.capture.close()  # the sender tells its figures before it ends
    spilled = (
        f"SELECT spill_bytes FROM pg_stat_replication_slots WHERE slot_name = '{one.slot}' "
        f"AND spill_txns = 1"
    )
    wait_for(lambda: one.source.query(spilled) and one.source.query(spilled)[0][0] > 4 << 20)


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_lost_connection_sends_a_transaction_again(
    execute: Callable[..., None], reader: ReaderOf, plugin: str
) -> None:
    execute("CREATE TABLE s.t (id int PRIMARY KEY)")
    one = reader(plugin)
    execute("INSERT INTO s.t VALUES (1)")
    first = one.read()
    one.open()
    again = one.read()
    assert [x.changes for x in first] == [x.changes for x in again]
    one.capture.confirm(again[-1].end_lsn)
    one.open()
    assert one.read() == []


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_prepared_transaction_comes_as_a_whole_when_it_is_committed(
    execute: Callable[..., None], reader: ReaderOf, plugin: str
) -> None:
    execute("CREATE TABLE s.t (id int PRIMARY KEY)")
    one = reader(plugin)
    execute("BEGIN; INSERT INTO s.t VALUES (1), (2); PREPARE TRANSACTION 'later'")
    assert one.read() == []
    execute("COMMIT PREPARED 'later'")
    assert [[change.new["id"] for change in found.changes] for found in one.read()] == [[1, 2]]


def test_interleaved_transactions_come_whole_and_in_commit_order(
    cluster: Cluster, execute: Callable[..., None], reader: ReaderOf
) -> None:
    execute("CREATE TABLE s.t (id int PRIMARY KEY)")
    one = reader("pglogical")
    first, second = cluster.connect("dso"), cluster.connect("dso")
    try:
        first.autocommit = second.autocommit = False
        for number, connection in ((1, first), (2, second), (3, first), (4, second)):
            connection.cursor().execute("INSERT INTO s.t VALUES (%s)", (number,))
        second.commit()
        first.commit()
    finally:
        first.close()
        second.close()
    assert [[change.new["id"] for change in found.changes] for found in one.read()] == [
        [2, 4],
        [1, 3],
    ]
