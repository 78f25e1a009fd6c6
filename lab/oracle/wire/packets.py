"""TNS packets: headers, the cut of a byte stream into DATA packets, CONNECT, ACCEPT and REFUSE."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from lab.oracle.wire.buffer import ProtocolError
from lab.oracle.wire.constants import PROTOCOL_VERSION, SDU, Marker, Packet

HEADER_SIZE = 8
#: No client of this server sends larger packets; a larger length is garbage.
MAX_PACKET = 1 << 20
#: Connect strings longer than this travel in a DATA packet of their own behind the CONNECT packet.
MAX_INLINE_CONNECT_DATA = 230
_CONNECT_FIXED = struct.Struct(">10H")


@dataclass(frozen=True)
class Connect:
    """What is needed of a CONNECT packet; ``data`` is None when the connect string follows in its
    own packet.
    """

    version: int
    data: bytes | None


def encode(kind: Packet, body: bytes, *, large: bool) -> bytes:
    """One packet. ``large`` selects the 4-byte length that both sides use after an ACCEPT of
    version 315 and up.
    """
    size = HEADER_SIZE + len(body)
    length = size.to_bytes(4, "big") if large else size.to_bytes(2, "big") + b"\0\0"
    return length + bytes((kind, 0, 0, 0)) + body


def encode_data(payload: bytes, *, large: bool, sdu: int = SDU) -> bytes:
    """A message as one or more DATA packets, back to back."""
    room = sdu - HEADER_SIZE - 2
    if len(payload) <= room:
        return encode(Packet.DATA, b"\0\0" + payload, large=large)
    return b"".join(
        encode(Packet.DATA, b"\0\0" + payload[start : start + room], large=large)
        for start in range(0, len(payload), room)
    )


def encode_marker(kind: Marker, *, large: bool) -> bytes:
    return encode(Packet.MARKER, bytes((1, 0, kind)), large=large)


def header(buffer: bytes | bytearray, start: int, *, large: bool) -> tuple[int, Packet]:
    """Length (bytes, header included) and type of the packet that begins at ``start``.

    Raises ProtocolError as soon as the header shows that this is no TNS packet.
    """
    length = int.from_bytes(buffer[start : start + (4 if large else 2)], "big")
    if not HEADER_SIZE <= length <= MAX_PACKET:
        raise ProtocolError(f"packet of {length} bytes")
    try:
        return length, Packet(buffer[start + 4])
    except ValueError:
        raise ProtocolError(f"packet of unknown type {buffer[start + 4]}") from None


def parse_connect(body: bytes) -> Connect:
    """The body of a CONNECT packet (what follows the 8 header bytes)."""
    if len(body) < _CONNECT_FIXED.size:
        raise ProtocolError("CONNECT packet is too short")
    fields = _CONNECT_FIXED.unpack_from(body)
    version, size, offset = fields[0], fields[8], fields[9] - HEADER_SIZE
    if size > MAX_INLINE_CONNECT_DATA:
        return Connect(version, None)
    data = body[offset : offset + size]
    if offset < _CONNECT_FIXED.size or len(data) != size:
        raise ProtocolError("CONNECT packet ends inside its connect string")
    return Connect(version, data)


def connect_value(data: str, key: str) -> str | None:
    """A value such as SERVICE_NAME or SID in a connect string."""
    found = re.search(rf"\(\s*{key}\s*=\s*([^()]*?)\s*\)", data, re.IGNORECASE)
    return found.group(1) if found else None


def accept(version: int = PROTOCOL_VERSION) -> bytes:
    """The body of the ACCEPT packet.

    The options leave out 0x0400, so clients send breaks in band; the connect flags say that native
    network services (encryption) are disabled.
    """
    fixed = struct.pack(">7H", version, 0x0001, 8192, 65535, 1, 0, HEADER_SIZE + 33)
    return fixed + b"\x04\x04" + bytes(8) + struct.pack(">2I", SDU, SDU) + b"\0"


def refuse(code: int) -> bytes:
    """The body of a REFUSE packet; clients look for ``(ERR=code)`` in its text."""
    text = (
        f"(DESCRIPTION=(TMP=)(VSNNUM=0)(ERR={code})(ERROR_STACK=(ERROR=(CODE={code})(EMFI=4))))"
    ).encode()
    return b"\x22\x00" + len(text).to_bytes(2, "big") + text
