"""Change of password at login and afterwards, and proxies: users who log in in another's place."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import oracledb
import pytest

from tests.clusters import Cluster, temporary_cluster
from tests.oracle.conftest import (
    PASSWORD,
    STORE_DATABASE,
    WireServer,
    start_fake_server,
    start_server,
)
from tests.waiting import LONG_SECONDS

NEW = "Ein anderes / P@sswort"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WireServer]:
    """A server whose passwords nobody else needs."""
    with temporary_cluster() as cluster:
        cluster.execute(f"CREATE DATABASE {STORE_DATABASE}")
        started = start_with_proxy(tmp_path_factory.mktemp("passwords"), cluster)
        yield started
        started.process.terminate()
        started.process.wait(LONG_SECONDS)


def start_with_proxy(directory: Path, cluster: Cluster) -> WireServer:
    """SERVANT may log in in the place of MASTER, and nobody else in anybody's."""
    users = {
        "MASTER": {"password": PASSWORD, "proxies": ["SERVANT"]},
        "SERVANT": {"password": PASSWORD},
    }
    return start_server(directory, cluster, users=users)


def test_a_changed_password_counts_for_all_sessions_to_come(server: WireServer) -> None:
    with server.connect(user="servant") as connection:
        connection.changepassword(PASSWORD, NEW)
        connection.ping()
    with pytest.raises(oracledb.DatabaseError, match="ORA-01017"):
        server.connect(user="servant")
    with server.connect(user="servant", password=NEW) as connection:
        connection.changepassword(NEW, PASSWORD)
    server.connect(user="servant").close()


def test_the_password_can_be_changed_while_logging_in(server: WireServer) -> None:
    server.connect(user="servant", newpassword=NEW).close()
    with server.connect(user="servant", password=NEW) as connection:
        connection.changepassword(NEW, PASSWORD)
    with pytest.raises(oracledb.DatabaseError, match="ORA-01017"):
        server.connect(user="servant", password=NEW, newpassword="third")
    server.connect(user="servant").close()


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("wrong", NEW, 28008),
        (PASSWORD, "x" * 31, 988),
        (PASSWORD, "é" * 16, 988),
        (PASSWORD, "", 988),
    ],
)
def test_a_refused_change_changes_nothing(
    server: WireServer, old: str, new: str, code: int
) -> None:
    with server.connect(user="master") as connection:
        with pytest.raises(oracledb.DatabaseError, match=f"ORA-{code:05d}"):
            connection.changepassword(old, new)
        connection.ping()
    server.connect(user="master").close()


def test_a_wrong_old_password_counts_as_a_failed_login(tmp_path: Path) -> None:
    server = start_fake_server(tmp_path)
    try:
        with server.connect() as connection:
            for _ in range(10):
                with pytest.raises(oracledb.DatabaseError, match="ORA-28008"):
                    connection.changepassword("wrong", NEW)
            before = time.monotonic()
            connection.changepassword(PASSWORD, NEW)
            assert time.monotonic() - before > 0.9
    finally:
        server.process.terminate()
        server.process.wait(LONG_SECONDS)


def test_a_proxy_works_as_the_user_it_stands_for(server: WireServer) -> None:
    with server.connect(user="servant[master]") as connection:
        cursor = connection.cursor()
        cursor.execute("select user, sys_context('userenv', 'proxy_user') from dual")
        assert cursor.fetchone() == ("MASTER", "SERVANT")
    with server.connect(user="servant") as connection:
        cursor = connection.cursor()
        cursor.execute("select user, sys_context('userenv', 'proxy_user') from dual")
        assert cursor.fetchone() == ("SERVANT", None)


@pytest.mark.parametrize("user", ["master[servant]", "servant[nobody]", "servant[servant]"])
def test_other_proxies_are_refused(server: WireServer, user: str) -> None:
    with pytest.raises(oracledb.DatabaseError, match="ORA-28150"):
        server.connect(user=user)


def test_a_proxy_needs_its_own_password(server: WireServer) -> None:
    with pytest.raises(oracledb.DatabaseError, match="ORA-01017"):
        server.connect(user="servant[master]", password="wrong")
