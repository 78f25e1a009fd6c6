"""A break that arrives when its call has just been finished: what is answered with ORA-01013 has
not happened.
"""

from __future__ import annotations

import itertools
import socket
import threading
from collections.abc import Iterator

import oracledb
import pytest

from lab.oracle.wire import packets
from lab.oracle.wire.buffer import Reader, ub
from lab.oracle.wire.channel import Channel, StalledError
from lab.oracle.wire.constants import Marker, Message, Packet
from tests.oracle import raw_client
from tests.oracle.conftest import WireServer
from tests.oracle.fake_engine import PASSWORD, USER
from tests.oracle.wire_samples import execute, row

PARSE_EXECUTE, COMMIT_TOO = 0x8021, 0x100
COMMIT, PING = b"\x03\x0e\x01", b"\x03\x93\x01"
CANCELLED, OUT_OF_SEQUENCE = 1013, 1002
NUMBER = (2, 22, 0)
_names = (f"late{number}" for number in itertools.count())


class Client:
    """A raw session whose breaks stand in the same write as the call: they are there before it is
    answered.
    """

    def __init__(self, server: WireServer) -> None:
        self._sock = raw_client.log_in(server.port, USER, PASSWORD).sock

    def call(self, message: bytes) -> int | None:
        """The ORA number that the call is answered with, None for an answer with more in it."""
        raw_client.send(self._sock, message)
        return self._answer()

    def broken(self, message: bytes) -> int | None:
        """The same for a call that is broken off."""
        return self.cancelled(packets.encode_data(message, large=True))

    def cancelled(self, call: bytes = b"") -> int | None:
        """The answer to a break that follows right behind ``call``."""
        self._sock.sendall(call + packets.encode_marker(Marker.INTERRUPT, large=True))
        assert self._packet()[0] == Packet.MARKER
        self._sock.sendall(packets.encode_marker(Marker.RESET, large=True))
        return self._answer()

    def _answer(self) -> int | None:
        kind, body = self._packet()
        assert kind == Packet.DATA
        record = Reader(body[2:])
        message = record.u8()
        if message == Message.STATUS:
            return 0
        if message != Message.ERROR:
            return None
        record.skip("iii")
        return record.ub()

    def _packet(self) -> tuple[int, bytes]:
        head = self._exactly(8)
        return head[4], self._exactly(int.from_bytes(head[:4], "big") - 8)

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            piece = self._sock.recv(size - len(data))
            assert piece, "the server has closed the session"
            data += piece
        return data

    def close(self) -> None:
        self._sock.close()


@pytest.fixture
def client(oracle_server: WireServer) -> Iterator[Client]:
    client = Client(oracle_server)
    assert client.call(PING) == 0
    yield client
    client.close()


@pytest.fixture
def other(oracle_server: WireServer) -> Iterator[oracledb.Connection]:
    with oracle_server.connect() as connection:
        yield connection


@pytest.fixture
def table(other: oracledb.Connection) -> Iterator[str]:
    name = next(_names)
    with other.cursor() as cursor:
        cursor.execute(f"create table {name} (a number primary key)")
        yield name
        other.rollback()
        cursor.execute(f"drop table {name} purge")


def values(other: oracledb.Connection, table: str) -> list[int]:
    return [value for (value,) in other.cursor().execute(f"select a from {table} order by a")]


def test_a_change_that_was_broken_off_is_undone(
    client: Client, other: oracledb.Connection, table: str
) -> None:
    assert client.broken(execute(f"insert into {table} values (1)", PARSE_EXECUTE)) == CANCELLED
    assert client.call(COMMIT) == 0
    assert values(other, table) == []


def test_only_the_statement_is_undone(
    client: Client, other: oracledb.Connection, table: str
) -> None:
    assert client.call(execute(f"insert into {table} values (1)", PARSE_EXECUTE)) == 0
    assert client.broken(execute(f"insert into {table} values (2)", PARSE_EXECUTE)) == CANCELLED
    assert client.call(execute(f"insert into {table} values (3)", PARSE_EXECUTE)) == 0
    assert client.call(COMMIT) == 0
    assert values(other, table) == [1, 3]


def test_an_array_of_changes_is_undone(
    client: Client, other: oracledb.Connection, table: str
) -> None:
    rows = [row(b"\xc1" + bytes((number + 1,))) for number in (1, 2, 3)]
    insert = execute(
        f"insert into {table} values (:1)",
        PARSE_EXECUTE | 8,
        binds=[NUMBER],
        rows=rows,
        iterations=3,
    )
    assert client.broken(insert) == CANCELLED
    assert client.call(COMMIT) == 0
    assert values(other, table) == []


def test_an_array_that_failed_half_way_says_so(
    client: Client, other: oracledb.Connection, table: str
) -> None:
    """The rows before the failing one stay, so the answer has to be the
    failure, which counts them.
    """
    rows = [row(b"\xc1" + bytes((number + 1,))) for number in (1, 2, 2)]
    insert = execute(
        f"insert into {table} values (:1)",
        PARSE_EXECUTE | 8,
        binds=[NUMBER],
        rows=rows,
        iterations=3,
    )
    answer = client.broken(insert)
    assert client.call(COMMIT) == 0
    assert (answer, values(other, table)) in ((1, [1, 2]), (CANCELLED, []))


def test_what_is_committed_is_answered_as_done(
    client: Client, other: oracledb.Connection, table: str
) -> None:
    assert client.call(execute(f"insert into {table} values (1)", PARSE_EXECUTE)) == 0
    assert client.broken(COMMIT) == 0
    assert values(other, table) == [1]


def test_a_change_that_commits_itself_is_done_or_undone(
    client: Client, other: oracledb.Connection, table: str
) -> None:
    answer = client.broken(execute(f"insert into {table} values (1)", PARSE_EXECUTE | COMMIT_TOO))
    assert (answer, values(other, table)) in ((0, [1]), (CANCELLED, []))


def test_ddl_is_done_or_undone(client: Client, other: oracledb.Connection) -> None:
    name = next(_names)
    answer = client.broken(execute(f"create table {name} (a number)", PARSE_EXECUTE))
    count = (
        other.cursor()
        .execute("select count(*) from user_tables where table_name = upper(:1)", [name])
        .fetchone()
    )
    assert (answer, count) in ((0, (1,)), (CANCELLED, (0,)))


def test_locks_of_a_broken_query_are_given_up(
    client: Client, other: oracledb.Connection, table: str
) -> None:
    with other.cursor() as cursor:
        cursor.execute(f"insert into {table} values (1)")
        other.commit()
        query = execute(f"select a from {table} for update", 0x8061, is_query=True)
        assert client.broken(query) == CANCELLED
        cursor.execute(f"select a from {table} for update nowait")
        assert cursor.fetchall() == [(1,)]


def test_rows_of_a_broken_fetch_are_not_skipped(client: Client) -> None:
    query = "select level a from dual connect by level <= 500"
    assert client.call(execute(query, is_query=True)) is None
    fetch = b"\x03\x05\x01" + ub(1) + ub(10)
    assert client.call(fetch) is None
    assert client.broken(fetch) == CANCELLED
    assert client.call(fetch) == OUT_OF_SEQUENCE


def test_a_cancel_of_nothing_costs_the_next_call_only(
    client: Client, other: oracledb.Connection, table: str
) -> None:
    assert client.call(execute(f"insert into {table} values (1)", PARSE_EXECUTE)) == 0
    assert client.cancelled() == CANCELLED
    assert client.call(COMMIT) == 0
    assert values(other, table) == [1]


RESET = packets.encode_marker(Marker.RESET, large=False)


def test_an_idle_client_may_answer_its_break_much_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab.oracle.wire.channel.RESET_SECONDS", 0.05)
    near, far = socket.socketpair()
    with near, far:
        later = threading.Timer(0.3, far.sendall, [RESET])
        later.start()
        Channel(near).reset(was_idle=True)
        later.join()
        assert far.recv(100) == RESET


def test_a_client_that_broke_off_a_call_has_to_answer_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab.oracle.wire.channel.RESET_SECONDS", 0.05)
    near, far = socket.socketpair()
    with near, far:
        with pytest.raises(StalledError):
            Channel(near).reset(was_idle=False)
        assert far.recv(100) == RESET
