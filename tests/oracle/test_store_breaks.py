"""Breaks reach the store even when they come at the wrong moment, and never break off the end of a
transaction.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from itertools import pairwise

import pytest

from lab.oracle.engine.errors import StoreError
from lab.oracle.engine.store import CANCEL_AGAIN_MS, Store, StoreAddress
from tests.clusters import Cluster, temporary_cluster

_CANCELLED = "57014"


class Client:
    """A client that wants to break from the start; its socket has nothing to read unless it
    ``speaks``.
    """

    def __init__(self, *, speaks: bool) -> None:
        self._near, self._far = socket.socketpair()
        if speaks:
            self._far.send(b"x")

    def fileno(self) -> int:
        return self._near.fileno()

    def break_requested(self) -> bool:
        return True

    def close(self) -> None:
        self._near.close()
        self._far.close()


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with temporary_cluster() as cluster:
        yield cluster


@pytest.fixture(params=[True, False], ids=["break on the socket", "break read before"])
def store(cluster: Cluster, request: pytest.FixtureRequest) -> Iterator[Store]:
    client = Client(speaks=request.param)
    store = Store(StoreAddress(cluster.host, cluster.port, "postgres", cluster.user, None), client)
    yield store
    store.close()
    client.close()


def test_a_statement_is_broken_off(store: Store) -> None:
    with pytest.raises(StoreError, match=_CANCELLED):
        store.run("SELECT pg_sleep(20)")


def test_a_cancel_that_comes_too_early_is_repeated(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancel, calls = store.cancel, []

    def ignored_at_first() -> None:
        calls.append(time.monotonic())
        if len(calls) > 2:
            cancel()

    monkeypatch.setattr(store, "cancel", ignored_at_first)
    with pytest.raises(StoreError, match=_CANCELLED):
        store.run("SELECT pg_sleep(20)")
    # after the third, PostgreSQL takes as long to end the statement as it takes
    assert len(calls) >= 3
    assert all(later - earlier >= CANCEL_AGAIN_MS / 1000 for earlier, later in pairwise(calls)), (
        calls
    )


def test_the_end_of_a_transaction_is_not_broken_off(store: Store) -> None:
    started = time.monotonic()
    store.control("SELECT pg_sleep(0.4)")
    assert time.monotonic() - started >= 0.4
    with pytest.raises(StoreError, match=_CANCELLED):
        store.run("SELECT pg_sleep(20)")
