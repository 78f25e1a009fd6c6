"""Logins that have to fail, on the whole stand-in: which error, in what time, and that no password
is left anywhere.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import oracledb
import pytest

from lab.oracle.wire.attempts import DELAY_SECONDS, FREE_FAILURES
from tests.clusters import Cluster, temporary_cluster
from tests.oracle import raw_client
from tests.oracle.conftest import STORE_DATABASE, WireServer, start_server
from tests.oracle.login_work import work_of_failures
from tests.waiting import LONG_SECONDS

#: every password of this file; none of them may be found in a log or in the store's files
ADMINS, RIGHT, WRONG, NEWER, THIRD = (
    "Verwalter-4711",
    "Richtig-4712",
    "Falsch-4713",
    "Neuer-4714",
    "Dritt-4715",
)
PASSWORDS = (ADMINS, RIGHT, WRONG, NEWER, THIRD)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A store whose own log tells every statement that fails, and that works for nobody but its
    clients.
    """
    with temporary_cluster(
        settings={"log_min_error_statement": "error", "autovacuum": "off"}
    ) as cluster:
        cluster.execute(f"CREATE DATABASE {STORE_DATABASE}")
        yield cluster


@pytest.fixture(scope="module")
def server(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WireServer]:
    users = {"ADMIN": {"password": ADMINS}, "MASTER": {"password": RIGHT, "proxies": ["GUEST"]}}
    server = start_server(tmp_path_factory.mktemp("logins"), cluster, users=users)
    with server.connect(user="admin", password=ADMINS) as admin, admin.cursor() as cursor:
        for name in ("guest", "locked", "barred", "slowed"):
            cursor.execute(f'create user {name} identified by "{RIGHT}"')
            if name != "barred":
                cursor.execute(f"grant create session to {name}")
        cursor.execute("alter user locked account lock")
    yield server
    server.process.terminate()
    server.process.wait(LONG_SECONDS)


def told(server: WireServer, **login: str) -> int:
    """The ORA number that a login ends in."""
    with pytest.raises(oracledb.DatabaseError) as caught:
        server.connect(**login)
    return caught.value.args[0].code


@pytest.mark.parametrize(
    ("user", "password", "code"),
    [
        ("nobody", WRONG, 1017),
        ("guest", WRONG, 1017),
        ("locked", WRONG, 1017),
        ("locked", RIGHT, 28000),
        ("barred", WRONG, 1017),
        ("barred", RIGHT, 1045),
        ("guest[master]", WRONG, 1017),
        ("guest[nobody]", RIGHT, 28150),
        ("nobody[master]", WRONG, 1017),
        ("locked[master]", RIGHT, 28150),
        ("dba", WRONG, 1017),
        ("sys", WRONG, 1017),
    ],
)
def test_a_login_that_fails_says_no_more_than_it_must(
    server: WireServer, user: str, password: str, code: int
) -> None:
    assert told(server, user=user, password=password) == code


@pytest.mark.parametrize(
    ("user", "code"), [("locked", 28000), ("barred", 1045), ("guest[nobody]", 28150)]
)
def test_who_may_not_come_in_changes_no_password(server: WireServer, user: str, code: int) -> None:
    assert told(server, user=user, password=RIGHT, newpassword=NEWER) == code
    assert told(server, user=user, password=NEWER) == 1017
    assert told(server, user=user, password=RIGHT) == code


def test_a_wrong_old_password_changes_nothing(server: WireServer) -> None:
    assert told(server, user="guest", password=WRONG, newpassword=NEWER) == 1017
    with server.connect(user="guest", password=RIGHT) as connection:
        with pytest.raises(oracledb.DatabaseError, match="ORA-28008"):
            connection.changepassword(WRONG, NEWER)
        connection.ping()
    assert told(server, user="guest", password=NEWER) == 1017
    with server.connect(user="guest", password=RIGHT, newpassword=THIRD) as connection:
        connection.changepassword(THIRD, RIGHT)
    server.connect(user="guest", password=RIGHT).close()


def seconds(server: WireServer, user: str, password: str) -> float:
    """How long the server takes to answer a login with ORA-01017."""
    started = time.monotonic()
    attempt = raw_client.log_in(server.port, user, password)
    attempt.sock.close()
    assert attempt.code == 1017
    return time.monotonic() - started


def test_unknown_users_take_as_much_work_as_wrong_passwords(
    server: WireServer, cluster: Cluster
) -> None:
    nobodies = (f"NOBODY{number}" for number in itertools.count())
    known, unknown = work_of_failures(
        [server.process.pid, cluster.process.pid],
        lambda: seconds(server, "GUEST", WRONG),
        lambda: seconds(server, next(nobodies), WRONG),
        success=lambda: server.connect(user="guest", password=RIGHT).close(),
    )
    assert abs(known - unknown) < 0.3 * known, (known, unknown)


def test_created_users_are_delayed_after_ten_failures(server: WireServer) -> None:
    # on a busy machine one of them may take long by itself
    assert (
        min([seconds(server, "SLOWED", WRONG) for _ in range(FREE_FAILURES)][-3:]) < DELAY_SECONDS
    )
    assert seconds(server, "SLOWED", WRONG) >= DELAY_SECONDS
    started = time.monotonic()
    server.connect(user="slowed", password=RIGHT).close()
    assert time.monotonic() - started >= DELAY_SECONDS
    assert min(seconds(server, "SLOWED", WRONG) for _ in range(3)) < DELAY_SECONDS


def test_no_password_is_in_a_log_or_in_the_store(server: WireServer, cluster: Cluster) -> None:
    refused = (
        (1920, f'create user guest identified by "{RIGHT}"'),
        (28003, f'alter user guest identified by "{NEWER}" profile nosuch'),
        (1918, f'alter user nosuch identified by "{NEWER}"'),
        (28008, f'alter user admin identified by "{NEWER}" replace "{WRONG}"'),
        (922, f'create user x identified by "{NEWER}" what is this'),
    )
    with server.connect(user="admin", password=ADMINS) as admin:
        for _, statement in refused:
            with pytest.raises(oracledb.DatabaseError) as caught:
                admin.cursor().execute(statement)
            assert not any(password in str(caught.value) for password in PASSWORDS), statement
    cluster.execute("CHECKPOINT")
    files = [server.log, *(path for path in cluster.directory.rglob("*") if path.is_file())]
    log = server.log.read_text()
    assert "login of 'NOBODY0' refused: ORA-01017" in log
    assert len(files) > 1000
    assert [str(path) for path in files if holds_password(path)] == []


def holds_password(path: Path) -> bool:
    try:
        content = path.read_bytes()
    except FileNotFoundError:  # the store has taken it away since it was listed
        return False
    return any(password.encode() in content for password in PASSWORDS)


def test_a_password_in_a_file_is_found(tmp_path: Path) -> None:
    (tmp_path / "log").write_text(f"... {WRONG} ...")
    assert holds_password(tmp_path / "log")
