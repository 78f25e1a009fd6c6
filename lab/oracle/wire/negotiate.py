"""The two messages before the login: protocol negotiation and data types."""

from __future__ import annotations

from lab.oracle.wire.buffer import ProtocolError, Reader, clr
from lab.oracle.wire.constants import CHARSET_UTF8, CHARSET_UTF16, FIELD_VERSION, Message

_BANNER = b"Linux/Oracle stand-in\0"
_MAX_DATA_TYPES = 4096


def _compile_capabilities() -> bytes:
    """Capabilities by index; what is zero keeps clients from using a feature.

    7 is the TTC field version, 37 the big chunks of a CLR; 40, 45 and 54 stay zero so that clients
    send no request-boundary, security-context or high-availability piggybacks.
    """
    capabilities = bytearray(55)
    capabilities[0] = 6
    capabilities[7] = FIELD_VERSION
    capabilities[23] = 0x8F
    capabilities[27] = 1
    capabilities[37] = 0x20
    return bytes(capabilities)


def _runtime_capabilities() -> bytes:
    """Index 6 bit 4 allows 32K strings; index 1 stays zero (no time zone bytes in the data types
    reply).
    """
    capabilities = bytearray(13)
    capabilities[0] = 2
    capabilities[6] = 0x04
    return bytes(capabilities)


def parse_protocol(reader: Reader) -> str:
    """The rest of a protocol message; returns the name the driver gives itself."""
    _null_terminated(reader)
    return _null_terminated(reader).decode("ascii", "replace")


def protocol_reply() -> bytes:
    """Banner, character sets and capabilities."""
    fdo = bytes(9) + CHARSET_UTF16.to_bytes(2, "big")
    return b"".join(
        (
            bytes((Message.PROTOCOL, 6, 0)),
            _BANNER,
            CHARSET_UTF8.to_bytes(2, "little"),
            b"\x01",
            bytes(2),
            len(fdo).to_bytes(2, "big"),
            fdo,
            clr(_compile_capabilities()),
            clr(_runtime_capabilities()),
        )
    )


def parse_data_types(reader: Reader) -> None:
    """The rest of a data types message: charsets, capabilities, and a list of conversions that is
    not needed here.
    """
    reader.raw(5)
    reader.clr()
    reader.clr()
    for _ in range(_MAX_DATA_TYPES):
        if reader.u16() == 0:
            return
        if reader.u16():
            reader.raw(4)
    raise ProtocolError("the list of data types does not end")


def data_types_reply() -> bytes:
    """An empty list: every type is exchanged as it is."""
    return bytes((Message.DATA_TYPES, 0, 0))


def _null_terminated(reader: Reader) -> bytes:
    name = bytearray()
    while byte := reader.u8():
        name.append(byte)
        if len(name) > 255:
            raise ProtocolError("name in the protocol message does not end")
    return bytes(name)
