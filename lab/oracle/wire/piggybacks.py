"""Messages that travel in front of a call and have no answer of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lab.oracle.wire.buffer import ProtocolError, Reader
from lab.oracle.wire.constants import Function
from lab.oracle.wire.lobs import LOCATOR_SIZE

_MAX_CURSORS = 65536


@dataclass(frozen=True)
class CloseCursors:
    cursor_ids: tuple[int, ...]


@dataclass(frozen=True)
class CancelCursors:
    """The client gives up what is open of these cursors' results, but keeps the cursors."""

    cursor_ids: tuple[int, ...]


@dataclass(frozen=True)
class SetSchema:
    schema: str


@dataclass(frozen=True)
class FreeLobs:
    locators: tuple[bytes, ...]


@dataclass(frozen=True)
class Ignored:
    """A piggyback that changes nothing here: tracing attributes, application context, request boundaries."""


Piggyback = CloseCursors | CancelCursors | SetSchema | FreeLobs | Ignored


def parse_close_cursors(reader: Reader) -> CloseCursors:
    return CloseCursors(_cursor_ids(reader))


def parse_cancel_cursors(reader: Reader) -> CancelCursors:
    return CancelCursors(_cursor_ids(reader))


def _cursor_ids(reader: Reader) -> tuple[int, ...]:
    reader.u8()
    count = reader.ub()
    if count > _MAX_CURSORS:
        raise ProtocolError(f"{count} cursors to close or cancel")
    return tuple(reader.ub() for _ in range(count))


def parse_set_schema(reader: Reader) -> SetSchema:
    reader.u8()
    return SetSchema((reader.dalc() or b"").decode("utf-8", "replace"))


def parse_free_lobs(reader: Reader) -> FreeLobs:
    """Temporary LOBs to free; as a piggyback the LOB call has fields of its own and ends with the bare locators."""
    reader.u8()
    size = reader.ub()
    reader.skip("piiipppipiiippipipi")
    locators = reader.raw(size)
    return FreeLobs(tuple(locators[i : i + LOCATOR_SIZE] for i in range(0, size, LOCATOR_SIZE)))


def parse_end_to_end(reader: Reader) -> Ignored:
    """Client identifier, module, action, execution context...: lengths first, then the strings.

    An attribute set to '' is announced with length 0 and still followed by a zero byte, one set to None is not; no
    string and no message begins with a zero byte, so those are passed over.
    """
    reader.skip("ppi")
    lengths = [_length(reader) for _ in range(4)]
    reader.skip("pi")
    lengths.append(_length(reader))
    reader.skip("pipi")
    lengths.append(_length(reader))
    for length in lengths:
        if length:
            _skip_zeros(reader)
            reader.clr()
    _skip_zeros(reader)
    return Ignored()


def _length(reader: Reader) -> int:
    reader.u8()
    return reader.ub()


def _skip_zeros(reader: Reader) -> None:
    while reader.peek() == 0:
        reader.u8()


def parse_app_context(reader: Reader) -> Ignored:
    reader.skip("pip")
    count = reader.ub()
    reader.skip("ip")
    reader.clr()
    for _ in range(count):
        reader.dalc()
        reader.dalc()
        reader.ub()
    return Ignored()


def parse_session_state(reader: Reader) -> Ignored:
    reader.ub()
    return Ignored()


_PIGGYBACKS: dict[int, Callable[[Reader], Piggyback]] = {
    Function.CLOSE_CURSORS: parse_close_cursors,
    Function.CANCEL_CURSORS: parse_cancel_cursors,
    Function.SET_SCHEMA: parse_set_schema,
    Function.LOB_OP: parse_free_lobs,
    Function.END_TO_END: parse_end_to_end,
    Function.APP_CONTEXT: parse_app_context,
    Function.SESSION_STATE: parse_session_state,
}


def parse_piggyback(reader: Reader) -> Piggyback:
    """A piggyback behind its message type. There is no length to skip an unknown one by: ProtocolError."""
    code = reader.u8()
    reader.u8()
    parser = _PIGGYBACKS.get(code)
    if parser is None:
        raise ProtocolError(f"unknown piggyback {code}")
    return parser(reader)
