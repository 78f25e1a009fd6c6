"""A setting of Oracle's connection is another one for a while, and the connection goes meanwhile.

The driver itself is asked here, as some streams do: SQLAlchemy does not hear of the loss and keeps
the connection.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import oracledb
import pytest
from sqlalchemy import Connection

from reconciliation.databases.connections import Credentials, target_engine
from reconciliation.databases.fetching import set_meanwhile
from reconciliation.errors import Lost
from tests.clusters import Cluster
from tests.oracle.conftest import WireServer
from tests.oracle.fake_engine import PASSWORD, SERVICE, USER
from tests.proxy import Proxy

#: python-oracledb leaves the socket of a connection that was reset to the collector
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture
def network(two_databases: tuple[Cluster, WireServer, Any]) -> Iterator[Proxy]:
    """Before Oracle."""
    with Proxy(two_databases[1].port) as made:
        yield made


@pytest.fixture
def connection(network: Proxy) -> Iterator[Connection]:
    engine = target_engine(
        Credentials("Oracle", "127.0.0.1", network.port, SERVICE, USER, PASSWORD)
    )
    with engine.connect() as made:
        yield made
        made.invalidate()
    engine.dispose()


def _lose(network: Proxy, connection: Connection) -> None:
    network.cut()
    driver = connection.connection.driver_connection
    with pytest.raises(oracledb.Error):
        driver.cursor().execute("SELECT 1 FROM DUAL")
    assert not connection.invalidated


def test_a_connection_that_goes_within_takes_nothing_back(
    network: Proxy, connection: Connection
) -> None:
    with set_meanwhile(connection, "call_timeout", 5000):
        _lose(network, connection)


def test_a_connection_that_has_gone_before_is_lost(network: Proxy, connection: Connection) -> None:
    _lose(network, connection)
    with pytest.raises(Lost), set_meanwhile(connection, "call_timeout", 5000):
        pass
