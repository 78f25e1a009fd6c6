"""A COMMIT that got no answer: how the transaction ended is found out, and nothing of it can be
committed later.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text

from reconciliation.databases.connections import Credentials, source_engine
from reconciliation.databases.watched import WatchedConnection
from reconciliation.errors import Lost
from reconciliation.session.writing import Transactions
from tests.clusters import Cluster, temporary_cluster
from tests.proxy import Proxy


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with temporary_cluster() as started:
        started.execute("CREATE TABLE t (id int PRIMARY KEY)")
        yield started


@pytest.fixture
def network(cluster: Cluster) -> Iterator[Proxy]:
    cluster.execute("TRUNCATE t")
    with Proxy(cluster.port) as proxy:
        yield proxy


@pytest.fixture
def transactions(cluster: Cluster, network: Proxy) -> Iterator[Transactions]:
    """Writes through the network, reads beside it."""
    far, near = (
        Credentials("PostgreSQL", "127.0.0.1", port, "postgres", cluster.user, "")
        for port in (network.port, cluster.port)
    )
    reader, writer = source_engine(near), source_engine(far, False)
    yield Transactions(reader, SimpleNamespace(source=writer))
    reader.dispose()
    writer.dispose()


def _rows(cluster: Cluster) -> int:
    with closing(cluster.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM t")
        return cursor.fetchone()[0]


def _insert(transactions: Transactions, before_commit: Any = lambda: None, **options: Any) -> None:
    with transactions.begin(**options) as connection:
        connection.execute(text("INSERT INTO t VALUES (1)"))
        before_commit()


@pytest.mark.parametrize(("roll_back", "rows"), [(False, 1), (True, 0)])
def test_a_transaction_ends_as_it_should(
    cluster: Cluster, transactions: Transactions, roll_back: bool, rows: int
) -> None:
    _insert(transactions, roll_back=roll_back)
    assert (_rows(cluster), transactions.undecided, transactions.decide()) == (rows, (), [])


def test_a_commit_whose_answer_is_lost_was_committed(
    cluster: Cluster, transactions: Transactions, network: Proxy, monkeypatch: Any
) -> None:
    commit = WatchedConnection.commit

    def answer_lost(connection: WatchedConnection) -> None:
        commit(connection)
        network.cut()
        connection.cursor().execute("SELECT 1")

    monkeypatch.setattr(WatchedConnection, "commit", answer_lost)
    with pytest.raises(Lost):
        _insert(transactions)
    [words] = transactions.decide()
    assert "whose COMMIT got no answer, was committed" in words
    assert (_rows(cluster), transactions.undecided) == (1, ())


def test_a_commit_that_is_still_under_way_can_commit_nothing_any_more(
    cluster: Cluster, transactions: Transactions, network: Proxy, monkeypatch: Any
) -> None:
    commit = WatchedConnection.commit

    def on_its_way(connection: WatchedConnection) -> None:
        network.stall()
        connection.answer_limit = 0.3
        commit(connection)

    monkeypatch.setattr(WatchedConnection, "commit", on_its_way)
    with pytest.raises(Lost, match="no answer within"):
        _insert(transactions)
    monkeypatch.undo()
    [words] = transactions.decide()
    network.flow()  # the COMMIT arrives now
    assert "was aborted" in words
    assert _rows(cluster) == 0
