"""The bad network of the tests does what it says: otherwise the tests on it would show nothing."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.proxy import Proxy
from tests.waiting import LONG_SECONDS, wait_for


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that sends back what it gets."""
    listener = socket.create_server(("127.0.0.1", 0))

    def answer(connection: socket.socket) -> None:
        with connection:
            try:
                while data := connection.recv(65536):
                    connection.sendall(data)
            except OSError:
                pass

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def _client(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=LONG_SECONDS)


def _back(client: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        part = client.recv(size)
        assert part, "the connection was closed"
        found += part
    return found


def test_everything_arrives_and_is_counted(echo: int) -> None:
    data = bytes(range(256)) * 2000
    with Proxy(echo) as proxy, _client(proxy) as client:
        threading.Thread(target=client.sendall, args=(data,), daemon=True).start()
        assert _back(client, len(data)) == data
        wait_for(lambda: proxy.received >= len(data))  # what is passed on is counted behind that
        assert (proxy.received, proxy.sent, proxy.connections) == (len(data), len(data), 1)


def test_a_cut_resets_every_connection_and_refuses_new_ones_until_it_is_healed(echo: int) -> None:
    with Proxy(echo) as proxy, _client(proxy) as client:
        client.sendall(b"x")
        assert _back(client, 1) == b"x"
        proxy.cut(refuse_seconds=10 * LONG_SECONDS)
        with pytest.raises(ConnectionRefusedError):
            _client(proxy)
        with pytest.raises(ConnectionResetError):
            client.recv(1)
        proxy.heal()
        with _client(proxy) as again:
            again.sendall(b"y")
            assert _back(again, 1) == b"y"


def test_a_cut_ends_by_itself(echo: int) -> None:
    def connected() -> socket.socket | None:
        try:
            return _client(proxy)
        except ConnectionRefusedError:
            return None

    with Proxy(echo) as proxy:
        began = time.monotonic()
        proxy.cut(refuse_seconds=0.5)
        with wait_for(connected) as client:
            assert time.monotonic() - began >= 0.5
            client.sendall(b"y")
            assert _back(client, 1) == b"y"


def test_nobody_else_is_given_the_port_while_connections_are_refused(echo: int) -> None:
    with Proxy(echo) as proxy:
        proxy.cut(refuse_seconds=10 * LONG_SECONDS)
        with pytest.raises(OSError, match="Address already in use"):
            socket.create_server(("127.0.0.1", proxy.port))


def test_nothing_comes_through_a_stall_until_it_ends(echo: int) -> None:
    with Proxy(echo) as proxy, _client(proxy) as client:
        client.sendall(b"x")
        assert _back(client, 1) == b"x"
        proxy.stall()
        client.sendall(b"y")
        client.settimeout(0.3)
        with pytest.raises(TimeoutError):
            client.recv(1)
        proxy.flow()
        client.settimeout(LONG_SECONDS)
        assert _back(client, 1) == b"y"


def test_a_thin_line_takes_its_time(echo: int) -> None:
    with Proxy(echo) as proxy, _client(proxy) as client:
        proxy.throttle(100_000)
        began = time.monotonic()
        client.sendall(bytes(20_000))
        _back(client, 20_000)
        assert time.monotonic() - began >= 0.35  # 20 kB there and 20 kB back


def test_something_can_be_done_after_so_many_bytes(echo: int) -> None:
    with Proxy(echo) as proxy, _client(proxy) as client:
        proxy.after(1000, proxy.cut)
        client.sendall(bytes(900))
        _back(client, 900)
        client.sendall(bytes(200))
        with pytest.raises(ConnectionResetError):
            _back(client, 10_000)
