"""The client's socket: packets in and out, time limits, and breaks.

A break is a MARKER packet that a client sends while a call runs. The server answers with a reset
marker, drops everything up to the client's own reset marker, and then sends the error record of the
broken call.
"""

from __future__ import annotations

import select
import socket
import time

from lab.oracle.wire.buffer import ProtocolError
from lab.oracle.wire.constants import (
    DATA_FLAG_EOF,
    MID_REQUEST_SECONDS,
    RESET_SECONDS,
    Marker,
    Packet,
)
from lab.oracle.wire.packets import HEADER_SIZE, encode, encode_data, encode_marker, header

_RECEIVE_SIZE = 1 << 16


class ClientGoneError(Exception):
    """The client has closed its side."""


class BreakError(Exception):
    """The client has sent a break; the marker has been taken off the stream."""


class StalledError(ProtocolError):
    """The client did not send the rest in time."""


class Channel:
    """One client's connection. Implements ``lab.oracle.interface.ClientWatch`` for the engine."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._buffer = bytearray()
        self._large = False
        self._gone = False

    def use_large_lengths(self) -> None:
        """From the ACCEPT on packet lengths have 4 bytes."""
        self._large = True

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    # -- writing
    # ----------------------------------------------------------------------------------------------

    def send_packet(self, kind: Packet, body: bytes) -> None:
        self._send(encode(kind, body, large=self._large))

    def send_data(self, message: bytes) -> None:
        """A message in as many DATA packets as it takes, in one write."""
        self._send(encode_data(message, large=self._large))

    def _send(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise ClientGoneError from error

    # -- reading
    # ----------------------------------------------------------------------------------------------

    def read_packet(self, timeout: float | None) -> tuple[Packet, bytes]:
        """The next packet's type and body.

        ``timeout`` (seconds, None for ever) limits the wait for its first byte; the rest has to
        follow within ``MID_REQUEST_SECONDS``. Raises ClientGoneError, StalledError, ProtocolError.
        """
        if not self._buffer:
            self._receive(timeout)
        deadline = time.monotonic() + MID_REQUEST_SECONDS
        while len(self._buffer) < HEADER_SIZE:
            self._receive(deadline - time.monotonic())
        length, kind = header(self._buffer, 0, large=self._large)
        while len(self._buffer) < length:
            self._receive(deadline - time.monotonic())
        body = bytes(self._buffer[HEADER_SIZE:length])
        del self._buffer[:length]
        return kind, body

    def read_data(self, timeout: float | None = MID_REQUEST_SECONDS) -> bytes:
        """The payload of the next DATA packet; raises BreakError when a break comes instead."""
        while True:
            kind, body = self.read_packet(timeout)
            if kind == Packet.DATA:
                payload = body[2:]
                if int.from_bytes(body[:2], "big") & DATA_FLAG_EOF and not payload:
                    raise ClientGoneError
                if payload:
                    return payload
            elif kind == Packet.MARKER:
                if _marker(body) != Marker.RESET:
                    raise BreakError
            elif kind != Packet.CONTROL:
                raise ProtocolError(f"packet of type {kind.name} in a session")

    def _receive(self, timeout: float | None) -> None:
        """Adds what has arrived to the buffer, waiting for at least one byte."""
        if timeout is not None:
            self._wait(timeout)
        try:
            data = self._socket.recv(_RECEIVE_SIZE)
        except OSError as error:
            raise ClientGoneError from error
        if not data:
            self._gone = True
            raise ClientGoneError
        self._buffer += data

    def _wait(self, timeout: float) -> None:
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        if not poll.poll(max(0.0, timeout) * 1000):
            raise StalledError("the client stopped in the middle of a request")

    @property
    def is_silent(self) -> bool:
        """Whether all that has been read from the socket has been handed out."""
        return not self._buffer

    # -- breaks
    # ----------------------------------------------------------------------------------------------

    def break_requested(self) -> bool:
        """Whether a break, or the client's end, has arrived; reads what is there without waiting.

        Garbage counts as an end: the statement is broken off, and reading the next packet tells
        what is wrong.
        """
        self._drain()
        try:
            return self._gone or self._marker_waiting()
        except ProtocolError:
            return True

    def _drain(self) -> None:
        try:
            data = self._socket.recv(_RECEIVE_SIZE, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._buffer += data
        else:
            self._gone = True

    def _marker_waiting(self) -> bool:
        """Looks at the headers of the packets that have arrived."""
        start = 0
        while len(self._buffer) - start >= HEADER_SIZE:
            length, kind = header(self._buffer, start, large=self._large)
            if (
                kind == Packet.MARKER
                and _marker(self._buffer[start + HEADER_SIZE : start + length]) != Marker.RESET
            ):
                return True
            start += length
        return False

    def take_break(self) -> None:
        """Drops what has arrived up to and including the break marker."""
        while True:
            kind, body = self.read_packet(MID_REQUEST_SECONDS)
            if kind == Packet.MARKER and _marker(body) != Marker.RESET:
                return

    def reset(self, *, was_idle: bool = False) -> None:
        """The handshake after a break: reset marker out, everything dropped until the client's
        reset marker is in.

        A client that broke off nothing reads the server's marker with its next call, which may be a
        long time away.
        """
        self._send(encode_marker(Marker.RESET, large=self._large))
        if was_idle and not self._buffer:
            self._receive(None)
        deadline = time.monotonic() + RESET_SECONDS
        while True:
            kind, body = self.read_packet(deadline - time.monotonic())
            if kind == Packet.MARKER and _marker(body) == Marker.RESET:
                return


def _marker(body: bytes | bytearray) -> int:
    return body[2] if len(body) > 2 else 0
