"""Mutated requests: refused, incomplete or parsed; never a fault, never an endless loop."""

from __future__ import annotations

import random
import selectors
import socket
import time
from pathlib import Path

import pytest

from lab.oracle.wire.scan import scan
from tests.oracle import fuzzing, raw_client
from tests.oracle.conftest import WireServer, start_fake_server
from tests.oracle.fake_engine import PASSWORD, USER

INPUTS = 1200
#: What is promised is 2 s; the rest is for the start of the clock and a machine that is busy.
LIMIT_SECONDS = 2.5
GIVE_UP_SECONDS = 8.0


@pytest.mark.parametrize("target", list(fuzzing.TARGETS))
def test_the_seeds_are_valid_requests(target: str) -> None:
    parse, seeds = fuzzing.TARGETS[target]
    expected = "incomplete" if target == "packets" else "parsed"
    assert [fuzzing.outcome(parse, seed) for seed in seeds] == [expected] * len(seeds)


@pytest.mark.parametrize("target", list(fuzzing.TARGETS))
def test_mutated_requests_are_refused_incomplete_or_parsed(target: str) -> None:
    figures = fuzzing.run(target, INPUTS, seed=20240229)
    assert sum(figures.outcomes.values()) == INPUTS
    # mutations that never get past the first check would prove nothing
    assert min(figures.outcomes["refused"], figures.outcomes["incomplete"]) > INPUTS / 20


def test_a_fault_and_an_endless_loop_are_found() -> None:
    def faulty(data: bytes) -> None:
        raise IndexError(len(data))

    def endless(data: bytes) -> None:
        while data:
            pass

    with pytest.raises(IndexError):
        fuzzing.outcome(faulty, b"x")
    with pytest.raises(fuzzing.EndlessError):
        fuzzing.outcome(endless, b"x")


@pytest.mark.parametrize("piece", ["/* ", "'", '"', "q'(", ": ", "--", ":1 ", "returning into :x "])
def test_hostile_statements_are_scanned_in_linear_time(piece: str) -> None:
    with fuzzing.processor_limit():
        assert len(scan("insert " + piece * 100_000).returning) <= 100_000


def test_few_bytes_do_not_make_millions_of_rows() -> None:
    statement = "delete from t returning a into :1"
    request = fuzzing.samples.execute(statement, 0x8029, binds=[(1, 40, 1)], iterations=1 << 24)
    with fuzzing.processor_limit():
        fuzzing.parse_session(request)


def children(server: WireServer) -> list[str]:
    pid = server.process.pid
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def seconds_until_answered(clients: list[socket.socket]) -> float:
    """How long it takes until each client has got an answer or has been hung up on; all are closed then."""
    started = time.monotonic()
    with selectors.DefaultSelector() as selector:
        for client in clients:
            selector.register(client, selectors.EVENT_READ)
        while selector.get_map() and time.monotonic() - started < GIVE_UP_SECONDS:
            for key, _ in selector.select(0.1):
                selector.unregister(key.fileobj)
    seconds = time.monotonic() - started
    for client in clients:
        client.close()
    return seconds


@pytest.mark.parametrize("target", ["session", "login"])
def test_sessions_over_a_socket_answer_or_end_in_time_and_the_server_lives_on(tmp_path: Path, target: str) -> None:
    server = start_fake_server(tmp_path)
    source = random.Random(f"socket {target}")
    try:
        for _ in range(2):
            clients = []
            for _ in range(75):
                logged_in = target == "session"
                port = server.port
                client = raw_client.log_in(port, USER, PASSWORD).sock if logged_in else raw_client.accepted(port)
                data = fuzzing.mutated(source, fuzzing.TARGETS[target][1])
                if data:
                    raw_client.send(client, data)
                else:
                    client.shutdown(socket.SHUT_WR)
                clients.append(client)
            assert seconds_until_answered(clients) < LIMIT_SECONDS
        deadline = time.monotonic() + LIMIT_SECONDS
        while children(server) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert children(server) == []
        with server.connect() as connection:
            assert len(connection.cursor().execute("select five 3 from t").fetchall()) == 3
        assert "a session ended with a fault of the server" not in server.log.read_text()
    finally:
        server.process.terminate()
        server.process.wait(10)
