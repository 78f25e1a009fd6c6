"""A COMMIT that got no answer: how the transaction ended is found out, and nothing of it can be
committed later.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text

from reconciliation.databases.connections import Credentials, source_engine
from reconciliation.databases.watched import WatchedConnection
from reconciliation.errors import Lost
from reconciliation.session.writing import decide, transaction
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
def judge(cluster: Cluster, network: Proxy) -> Iterator[Any]:
    """Writes through the network, reads beside it."""
    far, near = (
        Credentials("PostgreSQL", "127.0.0.1", port, "postgres", cluster.user, "")
        for port in (network.port, cluster.port)
    )
    made = SimpleNamespace(
        undecided=[], source=source_engine(near), source_writer=source_engine(far, False)
    )
    yield made
    made.source.dispose()
    made.source_writer.dispose()


def _rows(judge: Any) -> int:
    with judge.source.connect() as connection:
        return connection.execute(text("SELECT count(*) FROM t")).scalar_one()


def _insert(judge: Any, before_commit: Any = lambda: None, **options: Any) -> None:
    with transaction(judge, **options) as connection:
        connection.execute(text("INSERT INTO t VALUES (1)"))
        before_commit()


@pytest.mark.parametrize(("roll_back", "rows"), [(False, 1), (True, 0)])
def test_a_transaction_ends_as_it_should(judge: Any, roll_back: bool, rows: int) -> None:
    _insert(judge, roll_back=roll_back)
    assert (_rows(judge), judge.undecided, decide(judge)) == (rows, [], [])


def test_a_commit_whose_answer_is_lost_was_committed(
    judge: Any, network: Proxy, monkeypatch: Any
) -> None:
    commit = WatchedConnection.commit

    def answer_lost(connection: WatchedConnection) -> None:
        commit(connection)
        network.cut()
        connection.cursor().execute("SELECT 1")

    monkeypatch.setattr(WatchedConnection, "commit", answer_lost)
    with pytest.raises(Lost):
        _insert(judge)
    [words] = decide(judge)
    assert "whose COMMIT got no answer, was committed" in words
    assert (_rows(judge), judge.undecided) == (1, [])


def test_a_commit_that_is_still_under_way_can_commit_nothing_any_more(
    judge: Any, network: Proxy, monkeypatch: Any
) -> None:
    commit = WatchedConnection.commit

    def on_its_way(connection: WatchedConnection) -> None:
        network.stall()
        connection.answer_limit = 0.3
        commit(connection)

    monkeypatch.setattr(WatchedConnection, "commit", on_its_way)
    with pytest.raises(Lost, match="no answer within"):
        _insert(judge)
    monkeypatch.undo()
    [words] = decide(judge)
    network.flow()  # the COMMIT arrives now
    assert "was aborted" in words
    assert _rows(judge) == 0
