from __future__ import annotations

import os
import shutil
import socket
from itertools import chain
from pathlib import Path

import psycopg
import pytest

from lab.core.account import Account, cluster_home, server_account
from lab.core.binaries import Installation, find_installation
from lab.core.cluster import LOGICAL_SETTINGS, Cluster
from lab.core.errors import LabError
from lab.core.ports import free_port
from tests.lab.command import listeners, still_listening


def query(cluster: Cluster, text: str, database: str = "postgres") -> list[tuple[object, ...]]:
    with cluster.connect(database) as connection:
        return connection.execute(text).fetchall()


def test_a_cluster_starts_as_another_user_than_root_and_goes_down(cluster: Cluster) -> None:
    cluster.create(LOGICAL_SETTINGS)
    cluster.start()
    assert cluster.process is not None
    assert os.stat(f"/proc/{cluster.process.pid}").st_uid != 0
    assert query(
        cluster, "SELECT current_setting('wal_level'), current_setting('shared_preload_libraries')"
    ) == [("logical", "pglogical")]
    assert query(cluster, "SELECT current_setting('unix_socket_directories')") == [("",)]
    sockets = listeners([cluster.port])
    cluster.stop()
    assert not still_listening(sockets)


def test_a_cluster_goes_down_and_comes_back_with_its_rows(cluster: Cluster) -> None:
    cluster.create({})
    cluster.start()
    with cluster.connect() as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS n")
    port = cluster.port
    cluster.stop()
    cluster.start(port)
    assert cluster.port == port
    assert query(cluster, "SELECT n FROM kept") == [(42,)]


def test_the_password_is_needed_and_never_shown(cluster: Cluster) -> None:
    cluster.create({})
    cluster.start()
    assert cluster.password not in repr(cluster)
    right, cluster.password = cluster.password, "wrong"
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        cluster.connect()
    cluster.password = right
    assert query(cluster, "SELECT 1") == [(1,)]
    assert list(cluster.directory.parent.glob("*.password")) == []


def test_a_configured_port_in_use_is_a_failure_with_its_log(cluster: Cluster) -> None:
    cluster.create({})
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LabError, match=f"sample did not start on port {port}") as raised:
            cluster.start(port)
    assert "Address already in use" in raised.value.log_tail


def test_a_free_port_taken_in_between_is_replaced(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.create({})
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports = chain([taken.getsockname()[1]], iter(free_port, None))
        monkeypatch.setattr("lab.core.cluster.free_port", lambda: next(ports))
        cluster.start()
        assert cluster.port != taken.getsockname()[1]
    assert query(cluster, "SELECT 1") == [(1,)]


def test_a_wrong_setting_is_a_failure_with_its_log(cluster: Cluster) -> None:
    cluster.create({"wal_level": "nonsense"})
    with pytest.raises(LabError, match="sample did not start") as raised:
        cluster.start()
    assert "wal_level" in raised.value.log_tail
    assert cluster.process is None


@pytest.mark.parametrize("known", [True, False])
def test_the_list_of_output_plugins_is_set_where_the_server_has_one(
    tmp_path: Path, *, known: bool
) -> None:
    """The server says what it knows by describing its settings; one it does not know would keep it
    from starting.
    """
    described = "output_plugin_libraries\tsuperuser" if known else "max_wal_size\tsighup"
    for name, output in (("initdb", ""), ("postgres", described)):
        (tmp_path / name).write_text(f"#!/bin/sh\necho '{output}'\n")
        (tmp_path / name).chmod(0o755)
    own = Account("", os.geteuid(), os.getegid(), switch=False)
    cluster = Cluster(
        "sample", tmp_path / "data", tmp_path / "log", "", Installation(17, tmp_path, True), own, {}
    )
    cluster.create(LOGICAL_SETTINGS)
    written = (cluster.directory / "postgresql.conf").read_text()
    assert "wal_level = 'logical'" in written
    assert (
        "output_plugin_libraries = 'pgoutput, test_decoding, pglogical_output'" in written
    ) is known


def test_an_unreachable_directory_sends_the_clusters_elsewhere(
    tmp_path: Path, open_directory: Path
) -> None:
    account = server_account()
    assert (
        cluster_home(
            account, open_directory / "in" / "postgres", open_directory / "out"
        ).parent.name
        == "in"
    )
    if account.switch:
        tmp_path.chmod(0o700)
        assert (
            cluster_home(account, tmp_path / "postgres", open_directory / "out")
            == open_directory / "out"
        )


def test_an_ordinary_user_keeps_the_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    account = server_account()
    assert (account.uid, account.switch, account.popen_options()) == (12345, False, {})


def test_root_without_any_account_to_switch_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr("lab.core.account._CANDIDATES", ("no-such-account",))
    with pytest.raises(
        LabError, match="refuses to run as root and there is no account no-such-account"
    ):
        server_account()


class TestInstallations:
    """A home like Debian's with links to the real programs."""

    @pytest.fixture(autouse=True)
    def without_pg_config(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))

    def add(self, home: Path, major: int, *, pglogical: bool) -> None:
        directory = home / str(major) / "bin"
        directory.mkdir(parents=True)
        for name in ("initdb", "postgres"):
            program = directory / name
            program.write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {major}.1 (Debian)'\n")
            program.chmod(0o755)
        (home / str(major) / "lib").mkdir()
        for name in ("pglogical", "pglogical_output") if pglogical else ():
            (home / str(major) / "lib" / f"{name}.so").touch()

    def test_the_newest_with_pglogical_is_taken(self, tmp_path: Path) -> None:
        self.add(tmp_path, 13, pglogical=True)
        self.add(tmp_path, 15, pglogical=True)
        self.add(tmp_path, 17, pglogical=False)
        assert find_installation(tmp_path) == Installation(15, tmp_path / "15/bin", True)

    def test_missing_pglogical_names_its_package(self, tmp_path: Path) -> None:
        self.add(tmp_path, 15, pglogical=False)
        with pytest.raises(LabError, match="apt-get install postgresql-15-pglogical"):
            find_installation(tmp_path)

    def test_no_server_names_the_packages(self, tmp_path: Path) -> None:
        self.add(tmp_path, 12, pglogical=True)
        with pytest.raises(
            LabError, match="apt-get install postgresql postgresql-<major>-pglogical"
        ):
            find_installation(tmp_path)


def test_the_account_asks_the_system_whether_it_can_enter(open_directory: Path) -> None:
    closed = open_directory / "closed"
    closed.mkdir(mode=0o700)
    nobody = Account("nobody", 65534, 65534, switch=os.geteuid() == 0)
    assert nobody.can_enter(open_directory)
    assert nobody.can_enter(closed) is (os.geteuid() != 0)
    shutil.rmtree(closed)
    assert not nobody.can_enter(closed)
