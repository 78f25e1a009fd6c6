"""A client that speaks just enough of the protocol to log in and then send whatever a test wants to
send.
"""

from __future__ import annotations

import hashlib
import socket
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from lab.oracle.wire import packets
from lab.oracle.wire.buffer import Reader
from lab.oracle.wire.constants import Message, Packet
from tests.oracle.wire_samples import auth_call, connect_packet
from tests.waiting import LONG_SECONDS


@dataclass(frozen=True)
class Attempt:
    """A login that was tried: the open socket, the ORA number (0 for success), and the challenge
    that was sent.
    """

    sock: socket.socket
    code: int
    challenge: dict[str, str]


def accepted(port: int) -> socket.socket:
    """A connection whose CONNECT has been accepted."""
    sock = socket.create_connection(("127.0.0.1", port), timeout=LONG_SECONDS)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.sendall(connect_packet())
    if sock.recv(4096)[4] != Packet.ACCEPT:
        raise ConnectionError("the server does not accept")
    return sock


def log_in(port: int, user: str, password: str) -> Attempt:
    """Tries to log in."""
    sock = accepted(port)
    send(sock, auth_call(118, user, {"AUTH_TERMINAL": "raw"}))
    challenge = _pairs(receive(sock))
    send(sock, auth_call(115, user, _proof(challenge, password.encode())))
    answer = Reader(receive(sock))
    return Attempt(sock, 0 if answer.peek() == Message.PARAMETER else _code(answer), challenge)


def send(sock: socket.socket, message: bytes) -> None:
    sock.sendall(packets.encode_data(message, large=True))


def receive(sock: socket.socket) -> bytes:
    """The payload of the next DATA packet."""
    data = b""
    while len(data) < 8 or len(data) < int.from_bytes(data[:4], "big"):
        piece = sock.recv(65536)
        if not piece:
            raise ConnectionError("the server has closed the connection")
        data += piece
    return data[10:]


def _code(record: Reader) -> int:
    """The ORA number of an error record."""
    record.u8()
    record.skip("iii")
    return record.ub()


def _pairs(answer: bytes) -> dict[str, str]:
    reader = Reader(answer)
    reader.u8()
    pairs = {}
    for _ in range(reader.ub()):
        key, value = reader.dalc() or b"", reader.dalc() or b""
        reader.ub()
        pairs[key.decode()] = value.decode()
    return pairs


def _proof(challenge: dict[str, str], password: bytes) -> dict[str, str]:
    """The answer to a 12c challenge, from a client key of zeros."""
    salt = bytes.fromhex(challenge["AUTH_VFR_DATA"])
    rounds = int(challenge["AUTH_PBKDF2_VGEN_COUNT"])
    speedy = hashlib.pbkdf2_hmac("sha512", password, salt + b"AUTH_PBKDF2_SPEEDY_KEY", rounds, 64)
    stored = hashlib.sha512(speedy + salt).digest()[:32]
    server_key = _crypt(stored, bytes.fromhex(challenge["AUTH_SESSKEY"]), decrypt=True)
    combined = (bytes(32) + server_key).hex().upper().encode()
    csk_salt = bytes.fromhex(challenge["AUTH_PBKDF2_CSK_SALT"])
    key = hashlib.pbkdf2_hmac(
        "sha512", combined, csk_salt, int(challenge["AUTH_PBKDF2_SDER_COUNT"]), 32
    )
    padding = 16 - len(password) % 16
    secret = _crypt(key, bytes(16) + password + bytes((padding,)) * padding)
    return {
        "AUTH_SESSKEY": _crypt(stored, bytes(32)).hex().upper(),
        "AUTH_PASSWORD": secret.hex().upper(),
    }


def _crypt(key: bytes, value: bytes, *, decrypt: bool = False) -> bytes:
    cipher = Cipher(algorithms.AES(key), modes.CBC(bytes(16)))
    worker = cipher.decryptor() if decrypt else cipher.encryptor()
    return worker.update(value) + worker.finalize()
