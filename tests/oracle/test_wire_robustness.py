"""Garbage, silence and signals: the session ends, the server lives on."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from lab.oracle.wire import packets
from lab.oracle.wire.constants import Packet
from tests.oracle import raw_client
from tests.oracle.conftest import WireServer, start_fake_server
from tests.oracle.fake_engine import PASSWORD, USER
from tests.oracle.wire_samples import connect_packet
from tests.waiting import LONG_SECONDS, comes_true


def accepted(server: WireServer) -> socket.socket:
    return raw_client.accepted(server.port)


def await_end(client: socket.socket) -> None:
    """Reads until the server hangs up; a TimeoutError when it does not."""
    client.settimeout(LONG_SECONDS)
    with client, contextlib.suppress(ConnectionError):
        while client.recv(65536):
            pass


def assert_alive(server: WireServer) -> None:
    with server.connect() as connection:
        assert connection.cursor().execute("select five 1 from t").fetchone()[0] == 0


@pytest.mark.parametrize(
    "garbage",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00" + bytes(60),
        bytes(100),
        b"\xff" * 100,
        b"\x00\x50\x00\x00\x01\x00\x00\x00",
        b"\x00",
        connect_packet()[:40],
        packets.encode(Packet.CONNECT, bytes(10), large=False),
        packets.encode(Packet.DATA, bytes(10), large=False),
    ],
    ids=[
        "HTTP",
        "TLS",
        "zeros",
        "ones",
        "header only",
        "one byte",
        "half a CONNECT",
        "short CONNECT",
        "DATA first",
    ],
)
def test_garbage_instead_of_a_connect_packet(wire_server: WireServer, garbage: bytes) -> None:
    client = socket.create_connection(("127.0.0.1", wire_server.port), timeout=LONG_SECONDS)
    client.sendall(garbage)
    await_end(client)
    assert_alive(wire_server)


@pytest.mark.parametrize(
    "payload",
    [
        b"\x03\x5e\x01",
        b"\x11\xc8\x01" + bytes(20),
        b"\x63" * 40,
        b"\x03\x76\x01\x01\x09" + bytes(9),
        b"\x03\x76\x01\x01\x01\x03\x01\x01\x01\x04\xff\xff\xff\xff",
        b"\x02" + b"\x01" * 3000,
        b"\x01" + b"\x06" * 500,
    ],
    ids=[
        "execute",
        "piggyback",
        "no message",
        "wide integer",
        "endless user",
        "endless data types",
        "endless name",
    ],
)
def test_garbage_before_the_login(wire_server: WireServer, payload: bytes) -> None:
    client = accepted(wire_server)
    client.sendall(packets.encode_data(payload, large=True))
    await_end(client)
    assert_alive(wire_server)


@pytest.mark.parametrize(
    "payload",
    [
        b"\x03\x5e\x01\x02\x80\x21\x00",
        b"\x03\x04\x01\x02\x30\x39\x01\x01\x00\x00",
        b"\x11\xc8\x01" + bytes(20),
        b"\x63" * 40,
        b"\x03\x05\x01\x09" + bytes(9),
        b"\x11\x69\x01\x01\x01\x01\x01\x07",
    ],
    ids=[
        "half a call",
        "unknown cursor",
        "unknown piggyback",
        "no message",
        "integer too wide",
        "lone piggyback",
    ],
)
def test_garbage_in_a_session_ends_it_with_an_error(
    wire_server: WireServer, payload: bytes
) -> None:
    """The driver logs in, in a process of its own; then its socket is written
    to behind its back.
    """
    script = (
        "import oracledb, socket, sys\n"
        "made = []\n"
        "real = socket.create_connection\n"
        "socket.create_connection = lambda *a, **k: made.append(real(*a, **k)) or made[-1]\n"
        "c = oracledb.connect(user=sys.argv[1], password=sys.argv[2], dsn=sys.argv[3])\n"
        "s = made[-1].dup()\n"
        "s.settimeout(60)\n"
        "s.sendall(bytes.fromhex(sys.argv[4]))\n"
        "data = b''\n"
        "while piece := s.recv(65536): data += piece\n"
        "sys.stdout.buffer.write(data); sys.stdout.flush()\n"
        "import os; os._exit(0)\n"
    )
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            script,
            USER,
            PASSWORD,
            wire_server.dsn,
            packets.encode_data(payload, large=True).hex(),
        ],
        capture_output=True,
        timeout=LONG_SECONDS,
        check=True,
    )
    assert b"ORA-03106: fatal two-task communication protocol error" in done.stdout
    assert_alive(wire_server)


def test_a_silent_client_holds_nobody_up(wire_server: WireServer) -> None:
    with socket.create_connection(("127.0.0.1", wire_server.port), timeout=LONG_SECONDS):
        assert_alive(wire_server)


def test_sigterm_ends_the_children_too(tmp_path: Path) -> None:
    server = start_fake_server(tmp_path)
    connection = server.connect()
    child = connection.session_id
    os.kill(child, 0)
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(LONG_SECONDS) == 0
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port), timeout=LONG_SECONDS)


def test_children_end_with_a_killed_parent(tmp_path: Path) -> None:
    server = start_fake_server(tmp_path)
    connection = server.connect()
    child = connection.session_id
    server.process.kill()
    server.process.wait(LONG_SECONDS)
    assert comes_true(lambda: not _runs(child))


def _runs(pid: int) -> bool:
    """Whether a process runs; a zombie waiting for its new parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_sessions_that_end_leave_no_process_behind(wire_server: WireServer) -> None:
    with wire_server.connect() as connection:
        child = connection.session_id
    assert comes_true(lambda: not Path(f"/proc/{child}").exists())


def config_text(**changes: object) -> str:
    """A configuration whose store cannot be reached."""
    store = {"host": "127.0.0.1", "port": 1, "database": "d", "user": "u", "password": "geheim"}
    config = {"host": "127.0.0.1", "port": 0, "ready_file": "ready", "store": store, "users": {}}
    return json.dumps(config | changes)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot read"),
        ("{", "is not JSON"),
        ("[]", "holds no JSON object"),
        (
            json.dumps({"host": "127.0.0.1", "port": "1521", "ready_file": "x"}),
            '"port" has to be a number',
        ),
        (config_text(store={"host": "127.0.0.1"}), '"store.port" has to be a number'),
        (config_text(users={"DMSUSER": "geheim"}), '"users.DMSUSER.password" has to be a string'),
        (config_text(), "the store cannot be used: "),
    ],
)
def test_a_configuration_that_cannot_be_used_is_one_clear_line(
    tmp_path: Path, content: str | None, message: str
) -> None:
    path = tmp_path / "oracle.json"
    if content is not None:
        path.write_text(content)
    done = subprocess.run(
        [sys.executable, "-m", "lab.oracle", "--config", str(path)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        timeout=LONG_SECONDS,
        check=False,
    )
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "geheim" not in done.stderr
