"""Mutated requests: refused, incomplete or parsed; never a fault, never an endless loop."""

from __future__ import annotations

import random
import selectors
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from lab.oracle.wire import auth, requests
from lab.oracle.wire.buffer import Reader
from lab.oracle.wire.constants import Message
from lab.oracle.wire.piggybacks import SetAttributes, SetContext, parse_piggyback
from lab.oracle.wire.scan import scan
from lab.oracle.wire.scrolling import Orientation
from tests.counts import count
from tests.oracle import fuzzing, raw_client
from tests.oracle import wire_samples as samples
from tests.oracle.conftest import WireServer, start_fake_server
from tests.oracle.fake_engine import PASSWORD, USER
from tests.waiting import LONG_SECONDS, comes_true

INPUTS = count(400, 1200)


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


def test_new_forms_of_requests_mean_what_they_say() -> None:
    """A sample that is parsed as something else would make its mutations worthless."""
    forms = samples.SESSION_FORMS
    attributes = parsed(forms["attributes"])
    assert attributes == SetAttributes(
        {
            "client_identifier": None,
            "module": "prüf!",
            "action": None,
            "client_info": "ci",
            "dbop": "dbop",
        }
    )
    assert parsed(forms["change of password"]).account == "TRAVELBUDDY"
    assert parsed(forms["context"]) == SetContext("NS", {"k": "v"})
    moves = {name: parsed(data) for name, data in forms.items() if name.startswith("scroll ")}
    assert {name: (call.orientation, call.position) for name, call in moves.items()} == {
        "scroll to a row": (Orientation.ABSOLUTE, 300),
        "scroll back": (Orientation.RELATIVE, 5),
        "scroll to the last row": (Orientation.LAST, 0),
    }
    request = auth.parse_auth(Reader(samples.LOGIN_FORMS["proxy"][3:]))
    assert (request.user, request.pairs["PROXY_CLIENT_NAME"]) == ("SERVANT", "MASTER")
    assert auth.parse_auth(Reader(samples.LOGIN_FORMS["context"][3:])).context == (
        ("CLIENTCONTEXT", "k", "v"),
    )


def parsed(data: bytes) -> Any:
    """The first message of a sample."""
    reader = Reader(data)
    if reader.u8() == Message.PIGGYBACK:
        return parse_piggyback(reader)
    function = reader.u8()
    reader.u8()
    return requests.parse_call(reader, function, fuzzing._CURSORS.get)


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
    """All of one length: a third of the limit at the most, and twice the limit at least if the time
    were quadratic.
    """
    count = 600_000 // len(piece)
    with fuzzing.processor_limit(2.0):
        assert len(scan("insert " + piece * count).returning) <= count


def test_few_bytes_do_not_make_millions_of_rows() -> None:
    statement = "delete from t returning a into :1"
    request = fuzzing.samples.execute(statement, 0x8029, binds=[(1, 40, 1)], iterations=1 << 24)
    with fuzzing.processor_limit():
        fuzzing.parse_session(request)


def children(server: WireServer) -> list[str]:
    pid = server.process.pid
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def are_answered(clients: list[socket.socket]) -> bool:
    """Whether each client gets an answer or is hung up on; all are closed then."""
    deadline = time.monotonic() + LONG_SECONDS
    with selectors.DefaultSelector() as selector:
        for client in clients:
            selector.register(client, selectors.EVENT_READ)
        while selector.get_map() and time.monotonic() < deadline:
            for key, _ in selector.select(0.1):
                selector.unregister(key.fileobj)
        left = len(selector.get_map())
    for client in clients:
        client.close()
    return not left


def halves(data: bytes) -> list[bytes]:
    """A request cut at several places, so that its rest is missing."""
    return [data[: max(1, len(data) * part // 6)] for part in range(1, 6)]


def test_half_a_request_of_every_form_ends_its_session(wire_server: WireServer) -> None:
    clients = []
    for data in samples.SESSION_FORMS.values():
        for half in halves(data):
            clients.append(raw_client.log_in(wire_server.port, USER, PASSWORD).sock)
            raw_client.send(clients[-1], half)
    for data in samples.LOGIN_FORMS.values():
        for half in halves(data):
            clients.append(raw_client.accepted(wire_server.port))
            raw_client.send(clients[-1], samples.auth_call(118, USER, {"AUTH_TERMINAL": "raw"}))
            raw_client.receive(clients[-1])
            raw_client.send(clients[-1], half)
    assert len(clients) == 5 * (len(samples.SESSION_FORMS) + len(samples.LOGIN_FORMS))
    assert are_answered(clients)


@pytest.mark.parametrize("target", ["session", "login"])
def test_sessions_over_a_socket_answer_or_end_and_the_server_lives_on(
    tmp_path: Path, target: str
) -> None:
    server = start_fake_server(tmp_path)
    source = random.Random(f"socket {target}")
    try:
        for _ in range(2):
            clients = []
            for _ in range(75):
                logged_in = target == "session"
                port = server.port
                client = (
                    raw_client.log_in(port, USER, PASSWORD).sock
                    if logged_in
                    else raw_client.accepted(port)
                )
                data = fuzzing.mutated(source, fuzzing.TARGETS[target][1])
                if data:
                    raw_client.send(client, data)
                else:
                    client.shutdown(socket.SHUT_WR)
                clients.append(client)
            assert are_answered(clients)
        assert comes_true(lambda: not children(server))
        with server.connect() as connection:
            assert len(connection.cursor().execute("select five 3 from t").fetchall()) == 3
        assert "a session ended with a fault of the server" not in server.log.read_text()
    finally:
        server.process.terminate()
        server.process.wait(LONG_SECONDS)
