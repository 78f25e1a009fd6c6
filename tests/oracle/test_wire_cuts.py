"""A proxy cuts everything a client sends into tiny packets: a request may be cut anywhere."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import oracledb
import pytest

from lab.oracle.wire import packets
from lab.oracle.wire.constants import Packet
from tests.oracle.conftest import WireServer
from tests.waiting import LONG_SECONDS


class CuttingProxy:
    """Passes one connection on; DATA packets of the client become packets of ``size`` payload
    bytes.
    """

    def __init__(self, target: int, size: int) -> None:
        self._size = size
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._serve)]
        self._threads[0].start()

    def _serve(self) -> None:
        client, _ = self._listener.accept()
        server = socket.create_connection(("127.0.0.1", self._target))
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        back = threading.Thread(target=self._copy, args=(server, client))
        back.start()
        with client, server, contextlib.suppress(OSError):
            self._cut(client.makefile("rb"), server)
            back.join(LONG_SECONDS)

    def _cut(self, source: object, server: socket.socket) -> None:
        large = False
        while len(head := source.read(8)) == 8:
            length, kind = packets.header(head, 0, large=large)
            body = source.read(length - 8)
            if kind is Packet.DATA and large:
                server.sendall(packets.encode_data(body[2:], large=True, sdu=10 + self._size))
            else:
                server.sendall(head + body)
            large = True
        server.shutdown(socket.SHUT_WR)

    @staticmethod
    def _copy(server: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                client.sendall(data)

    def close(self) -> None:
        self._listener.close()
        for thread in self._threads:
            thread.join(LONG_SECONDS)


@pytest.fixture(params=[1, 3, 7])
def cut(wire_server: WireServer, request: pytest.FixtureRequest) -> Iterator[oracledb.Connection]:
    proxy = CuttingProxy(wire_server.port, request.param)
    connection = wire_server.connect(dsn=f"127.0.0.1:{proxy.port}/XE")
    yield connection
    connection.close()
    proxy.close()


def test_every_kind_of_request_survives_being_cut(cut: oracledb.Connection) -> None:
    cursor = cut.cursor()
    cut.module, cut.current_schema = "cut", "HR"
    long = "Ü" * 9000
    for value in ("a", 5, None, long, b"raw"):
        assert cut.cursor().execute("select echo :1, :2 from dual", [value, "x"]).fetchone() == (
            value,
            "x",
        )
    cursor.executemany(
        "insert into t values (:1, :2)", [(i, f"row {i}" if i % 3 else None) for i in range(300)]
    )
    assert cursor.rowcount == 300
    cut.commit()
    lob = cut.createlob(oracledb.DB_TYPE_CLOB, long)
    assert cursor.execute("select echo :1 from dual", [lob], fetch_lobs=False).fetchone() == (long,)
    cursor.arraysize = 7
    assert len(cursor.execute("select five 40 from t").fetchall()) == 40
    out = cursor.var(str)
    cursor.execute("insert into t values (:1) returning a into :2", [1, out])
    assert out.getvalue() == ["got 0"]
