"""Messages that travel in front of a call and have no answer of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lab.oracle.wire.buffer import ProtocolError, Reader
from lab.oracle.wire.constants import EndToEnd, Function
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
class SetAttributes:
    """Attributes of the session by name; None for one that is taken back."""

    attributes: dict[str, str | None]


@dataclass(frozen=True)
class SetContext:
    """Values of an application context; without any it is cleared."""

    namespace: str
    values: dict[str, str]


@dataclass(frozen=True)
class Ignored:
    """A piggyback that changes nothing here: request boundaries."""


Piggyback = (
    CloseCursors | CancelCursors | SetSchema | FreeLobs | SetAttributes | SetContext | Ignored
)


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
    """Temporary LOBs to free; as a piggyback the LOB call has fields of its own and ends with the
    bare locators.
    """
    reader.u8()
    size = reader.ub()
    reader.skip("piiipppipiiippipipi")
    locators = reader.raw(size)
    return FreeLobs(tuple(locators[i : i + LOCATOR_SIZE] for i in range(0, size, LOCATOR_SIZE)))


#: in the order in which their strings follow
_ATTRIBUTES = ("client_identifier", "module", "action", "client_info", "dbop")


def parse_end_to_end(reader: Reader) -> SetAttributes:
    """Client identifier, module, action, execution context...: lengths first, then the strings.

    An attribute set to '' is announced with length 0 and still followed by a zero byte, one set to
    None is not; no string and no message begins with a zero byte, so those are passed over.
    """
    reader.skip("pp")
    changed = EndToEnd(reader.ub())
    lengths = [_length(reader) for _ in range(3)]
    unused = _length(reader)
    reader.skip("pi")
    lengths.append(_length(reader))
    reader.skip("pipi")
    lengths.append(_length(reader))
    attributes: dict[str, str | None] = {}
    for name, length in zip(_ATTRIBUTES, lengths, strict=True):
        value = _attribute(reader) if length else None
        if changed & EndToEnd[name.upper()]:
            attributes[name] = value
        if name == "action" and unused:
            _attribute(reader)
    _skip_zeros(reader)
    return SetAttributes(attributes)


def _attribute(reader: Reader) -> str:
    _skip_zeros(reader)
    return (reader.clr() or b"").decode("utf-8", "replace")


def _length(reader: Reader) -> int:
    reader.u8()
    return reader.ub()


def _skip_zeros(reader: Reader) -> None:
    while reader.peek() == 0:
        reader.u8()


def parse_app_context(reader: Reader) -> SetContext:
    reader.skip("pip")
    count = reader.ub()
    reader.skip("ip")
    namespace = (reader.clr() or b"").decode("utf-8", "replace")
    values = {}
    for _ in range(count):
        name = (reader.dalc() or b"").decode("utf-8", "replace")
        values[name] = (reader.dalc() or b"").decode("utf-8", "replace")
        reader.ub()
    return SetContext(namespace, values)


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
    """A piggyback behind its message type. There is no length to skip an unknown one by:
    ProtocolError.
    """
    code = reader.u8()
    reader.u8()
    parser = _PIGGYBACKS.get(code)
    if parser is None:
        raise ProtocolError(f"unknown piggyback {code}")
    return parser(reader)
