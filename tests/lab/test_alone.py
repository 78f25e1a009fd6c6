"""``python -m lab oracle``: the stand-in with a store of its own, whose rows outlive the server,
however it ends.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import oracledb
import pytest

from exit_codes import ExitCode
from lab.core.binaries import find_installation
from lab.core.errors import LabError
from lab.core.paths import ROOT
from tests.waiting import LONG_SECONDS, wait_for

PASSWORD, OTHER = "AlleinStehend1", "AlleinStehend2"


class Alone:
    """A server on a data directory; the line it announces itself with."""

    def __init__(self, data: Path, *options: str) -> None:
        self.log = data.with_name("stderr")
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command(data, "--port", "0", *options),
                cwd=ROOT,
                env=environment(),
                stdout=subprocess.PIPE,
                stderr=log,
            )
        self.announced = self.process.stdout.readline().decode()
        assert self.announced, self.log.read_text()
        self.port = int(re.search(r"on port (\d+)", self.announced)[1])

    def run(
        self, statement: str, *, user: str = "SCOTT", password: str = PASSWORD
    ) -> list[tuple[object, ...]]:
        with oracledb.connect(
            user=user, password=password, dsn=f"127.0.0.1:{self.port}/XE"
        ) as connection:
            cursor = connection.cursor()
            cursor.execute(statement)
            rows = cursor.fetchall() if cursor.description else []
            connection.commit()
            return rows

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        code = self.process.wait(LONG_SECONDS)
        self.process.stdout.close()
        return code


def command(data: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "lab", "oracle", "--data", str(data), *options]


def environment() -> dict[str, str]:
    return os.environ | {"ORACLE_PASSWORD": PASSWORD, "ORACLE_PASSWORD_TIGER": OTHER}


def refused(data: Path, *options: str, code: ExitCode = ExitCode.USAGE, **variables: str) -> str:
    """What a start that comes to nothing says: one line."""
    done = subprocess.run(
        command(data, *options),
        cwd=ROOT,
        env=environment() | variables,
        capture_output=True,
        text=True,
        timeout=LONG_SECONDS,
        check=False,
    )
    assert (done.returncode, done.stdout) == (code, "")
    assert len(done.stderr.splitlines()) == 1
    return done.stderr


def postmasters(data: Path) -> list[int]:
    """The processes of PostgreSQL on the directory."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().split(b"\0")
        except OSError:
            continue
        if os.fsencode(data / "postgres") in words:
            found.append(int(entry.parent.name))
    return found


def working_in(place: Path) -> list[int]:
    """The processes whose working directory is there."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            if entry.readlink().is_relative_to(place):
                found.append(int(entry.parent.name))
    return found


@pytest.fixture
def data(open_directory: Path) -> Iterator[Path]:
    place = open_directory / "kept"
    yield place
    for pid in postmasters(place):
        os.kill(pid, signal.SIGQUIT)
    # the server that initdb asks, too, which outlives a start that was cut short by a moment and
    # takes its files away
    wait_for(lambda: not working_in(place))


def test_rows_and_users_outlive_the_server_and_its_violent_end(data: Path) -> None:
    first = Alone(data, "--user", "scott", "--user", "tiger", "--version", "12.2")
    assert (
        first.announced
        == f"Oracle stand-in 12.2.0.1.0 on port {first.port}, service XE, users SCOTT, TIGER\n"
    )
    first.run("create table kept (id number primary key, body varchar2(20))")
    first.run("insert into kept values (1, 'one')")
    assert first.run("select count(*) from user_tables", user="TIGER", password=OTHER) == [(0,)]
    assert "is in use by process" in refused(
        data, "--port", "0", "--user", "scott", code=ExitCode.NOT_JUDGED
    )
    assert first.end() == ExitCode.INTERRUPTED
    assert postmasters(data) == []

    second = Alone(data)
    assert second.run("select * from kept") == [(1, "one")]
    second.run("insert into kept values (2, 'two')")
    assert second.end(signal.SIGKILL) == -signal.SIGKILL

    third = Alone(data, "--dba", "admin")
    assert third.run("select id from kept order by id") == [(1,), (2,)]
    assert third.run("select count(*) from scott.kept", user="ADMIN") == [(2,)]
    assert third.end(signal.SIGINT) == ExitCode.INTERRUPTED
    assert postmasters(data) == []
    assert first.log.read_text() == ""


def test_no_password_is_kept_in_clear(data: Path) -> None:
    server = Alone(data, "--dba", "scott")
    server.run("create user made identified by Unterwegs7 quota unlimited on users")
    server.run("alter user made identified by Unterwegs8")
    assert server.end() == ExitCode.INTERRUPTED
    texts = (PASSWORD, OTHER, "Unterwegs7", "Unterwegs8")
    files = [file for file in data.rglob("*") if file.is_file()]
    assert len(files) > 500
    for file in files:
        content = file.read_bytes()
        assert not any(text.encode() in content for text in texts), file
    assert (data / "store.password").stat().st_mode & 0o777 == 0o600


def test_what_stands_in_the_way_is_one_line(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = refused(data, "--port", port, "--user", "scott", code=ExitCode.NOT_JUDGED)
        assert said.startswith(f"cannot listen on 127.0.0.1:{port}: Address already in use")
    assert "--user has to name at least one Oracle user" in refused(data, "--port", "0")
    assert "ORACLE_PASSWORD_SCOTT" in refused(
        data, "--port", "0", "--user", "scott", ORACLE_PASSWORD=""
    )
    assert "'7' is no version this server presents" in refused(
        data, "--port", "0", "--user", "a", "--version", "7"
    )
    nowhere = Path("/proc/nowhere")
    assert "cannot be made" in refused(
        nowhere, "--port", "0", "--user", "scott", code=ExitCode.NOT_JUDGED
    )
    assert postmasters(data) == []


def test_a_signal_while_it_starts_leaves_nothing_behind(data: Path) -> None:
    process = subprocess.Popen(
        command(data, "--port", "0", "--user", "a"), cwd=ROOT, env=environment(), stdout=-1
    )
    wait_for((data / "postgres" / "postmaster.pid").exists)
    process.terminate()
    assert process.wait(LONG_SECONDS) == ExitCode.INTERRUPTED
    process.stdout.close()
    assert postmasters(data) == []


def test_a_machine_without_postgresql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(
        LabError, match=r"^PostgreSQL's \(13 or newer\) are not installed; install them: apt-get"
    ):
        find_installation(tmp_path, pglogical=False)
