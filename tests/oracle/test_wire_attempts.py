"""Guessing passwords: slow after ten failures, and no way to learn which accounts exist."""

from __future__ import annotations

import hashlib
import os
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

from lab.oracle.interface import OracleError, Verifier
from lab.oracle.wire.attempts import (
    DELAY_SECONDS,
    FORGET_SECONDS,
    FREE_FAILURES,
    MAX_WAIT_SECONDS,
    FailedLogins,
)
from lab.oracle.wire.login import statement_at_login
from lab.oracle.wire.session import serve_client
from tests.oracle import raw_client
from tests.oracle.conftest import WireServer, start_fake_server
from tests.oracle.fake_engine import PASSWORD, USER, FakeEngine
from tests.waiting import LONG_SECONDS


class Clock:
    """Time that stands still unless it is told to move."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def counts(clock: Clock) -> Iterator[FailedLogins]:
    counts = FailedLogins(clock)
    yield counts
    counts.close()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[WireServer]:
    """A server whose counts no other test has touched."""
    server = start_fake_server(tmp_path)
    yield server
    server.process.terminate()
    server.process.wait(LONG_SECONDS)


def fail(counts: FailedLogins, times: int = FREE_FAILURES) -> None:
    for _ in range(times):
        counts.failed("SCOTT")


def test_the_first_ten_failures_cost_nothing(counts: FailedLogins) -> None:
    fail(counts, FREE_FAILURES - 1)
    assert counts.wait_for_turn("SCOTT") == 0
    fail(counts, 1)
    assert counts.wait_for_turn("SCOTT") == DELAY_SECONDS
    assert counts.wait_for_turn("TIGER") == 0


def test_attempts_at_the_same_time_wait_one_behind_the_other(counts: FailedLogins) -> None:
    fail(counts)
    turns = int(MAX_WAIT_SECONDS / DELAY_SECONDS)
    assert [counts.wait_for_turn("SCOTT") for _ in range(turns)] == [
        DELAY_SECONDS * n for n in range(1, turns + 1)
    ]
    with pytest.raises(OracleError, match="ORA-28000: the account is locked"):
        counts.wait_for_turn("SCOTT")


def test_success_and_time_clear_the_count(counts: FailedLogins, clock: Clock) -> None:
    fail(counts)
    counts.succeeded("SCOTT")
    assert counts.wait_for_turn("SCOTT") == 0
    fail(counts)
    clock.now += FORGET_SECONDS + 1
    assert counts.wait_for_turn("SCOTT") == 0
    fail(counts, FREE_FAILURES - 1)
    assert counts.wait_for_turn("SCOTT") == 0


def test_processes_share_the_count_and_a_dead_one_holds_no_lock(counts: FailedLogins) -> None:
    pid = os.fork()
    if pid == 0:
        fail(counts, FREE_FAILURES - 1)
        with counts._slot("SCOTT"):
            os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    fail(counts, 1)
    assert counts.wait_for_turn("SCOTT") == DELAY_SECONDS


def attempt(
    server: WireServer, user: str, password: str, started: float | None = None
) -> tuple[int, float]:
    """The ORA number (0 for a login) and the seconds it took, or those since ``started``."""
    started = time.monotonic() if started is None else started
    result = raw_client.log_in(server.port, user, password)
    result.sock.close()
    return result.code, time.monotonic() - started


def is_not_delayed(server: WireServer, user: str) -> bool:
    """On a busy machine one attempt may take long by itself; a delayed
    account makes each of them.
    """
    told = [attempt(server, user, "wrong") for _ in range(FREE_FAILURES - 1)]
    assert {code for code, _ in told} == {1017}
    return min(seconds for _, seconds in told) < DELAY_SECONDS


@pytest.mark.parametrize("user", [USER, "NOBODY"])
def test_after_ten_failures_an_account_is_delayed(own_server: WireServer, user: str) -> None:
    assert {attempt(own_server, user, "wrong")[0] for _ in range(FREE_FAILURES)} == {1017}
    # one of the two may begin late: it has less to wait then, but its turn does not come earlier
    started = time.monotonic()
    with ThreadPoolExecutor(2) as both:
        told = sorted(
            both.map(lambda name: attempt(own_server, name, "wrong", started), (user, user.lower()))
        )
    assert [code for code, _ in told] == [1017, 1017]
    seconds = sorted(seconds for _, seconds in told)
    assert seconds[0] >= DELAY_SECONDS
    assert seconds[1] >= 2 * DELAY_SECONDS
    assert is_not_delayed(own_server, "OTHER")


def test_the_right_password_waits_too_and_then_clears_the_count(own_server: WireServer) -> None:
    for _ in range(FREE_FAILURES):
        attempt(own_server, USER, "wrong")
    code, seconds = attempt(own_server, USER, PASSWORD)
    assert (code, seconds >= DELAY_SECONDS) == (0, True)
    assert is_not_delayed(own_server, USER)


def test_unknown_users_and_wrong_passwords_look_the_same(own_server: WireServer) -> None:
    known = [
        raw_client.log_in(own_server.port, name, "wrong")
        for name in (USER, USER, f'"{USER.lower()}"')
    ]
    unknown = [
        raw_client.log_in(own_server.port, name, "wrong")
        for name in ("NOBODY", "NOBODY", '"nobody"')
    ]
    for opened in known + unknown:
        opened.sock.close()
    for attempts in (known, unknown):
        assert [attempt.code for attempt in attempts] == [1017] * 3
        assert len({attempt.challenge["AUTH_VFR_DATA"] for attempt in attempts}) == 1
        assert len({attempt.challenge["AUTH_SESSKEY"] for attempt in attempts}) == 3
    shapes = [
        {key: len(value) for key, value in attempt.challenge.items()} for attempt in known + unknown
    ]
    assert shapes == [shapes[0]] * 6


def dear_steps(user: str, password: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What takes long of a login, as it was done: looking the user up, and deriving keys in so many
    rounds.
    """
    steps: list[str] = []

    class Engine(FakeEngine):
        def verifier(self, user: str) -> Verifier | None:
            steps.append("look-up")
            return super().verifier(user)

    def derived(name: str, secret: bytes, salt: bytes, rounds: int, size: int) -> bytes:
        steps.append(f"{rounds} rounds")
        return hashlib.pbkdf2_hmac(name, secret, salt, rounds, size)

    def serve() -> None:
        with listener.accept()[0] as client:
            serve_client(engine, client, counts)

    engine, counts = Engine(), FailedLogins()
    counted = SimpleNamespace(pbkdf2_hmac=derived, sha256=hashlib.sha256, sha512=hashlib.sha512)
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as other:
        monkeypatch.setattr("lab.oracle.wire.auth.hashlib", counted)
        served = other.submit(serve)
        raw_client.log_in(listener.getsockname()[1], user, password).sock.close()
        served.result(LONG_SECONDS)
        monkeypatch.undo()
    counts.close()
    return steps


def test_unknown_users_and_wrong_passwords_take_the_same_steps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Time on the clock tells more of all else the machine does.

    One in 256 wrong passwords looks like one until it is compared, which is a step more: the least
    of three counts.
    """
    known, unknown = (
        min((dear_steps(user, "wrong", monkeypatch) for _ in range(3)), key=len)
        for user in (USER, "NOBODY")
    )
    assert known == unknown
    right = dear_steps(USER, PASSWORD, monkeypatch)
    assert len(right) > len(known) > 1
    assert right[: len(known)] == known


def send_endless_user(client: socket.socket) -> None:
    """Phase one with a user name of ever more chunks, until the server hangs up."""
    raw_client.send(client, b"\x03\x76\x01" + b"\x01\x01\x03\x01\x01\x01\x01\x01\x01\x01\xfe")
    for _ in range(10):
        raw_client.send(client, b"\x02\xff\xff" + b"x" * 0xFFFF)
    raw_client.receive(client)


def test_who_has_not_logged_in_can_send_only_so_much(own_server: WireServer) -> None:
    with raw_client.accepted(own_server.port) as client, pytest.raises(ConnectionError):
        send_endless_user(client)
    assert "more than 262144 bytes before the login" in own_server.log.read_text()


@pytest.mark.parametrize(
    ("sent", "run"),
    [
        ("ALTER SESSION SET TIME_ZONE ='-00:0'\0", "ALTER SESSION SET TIME_ZONE ='-00:00'"),
        ("ALTER SESSION SET TIME_ZONE ='+05:30'\0", "ALTER SESSION SET TIME_ZONE ='+05:30'"),
        ("ALTER SESSION SET TIME_ZONE='Asia/Seoul';\0", "ALTER SESSION SET TIME_ZONE='Asia/Seoul'"),
        ("", ""),
    ],
)
def test_the_statement_at_login_is_what_the_client_means(sent: str, run: str) -> None:
    assert statement_at_login({"AUTH_ALTER_SESSION": sent} if sent else {}) == run
