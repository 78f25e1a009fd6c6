"""LOB operations by locator."""

from __future__ import annotations

from collections.abc import Callable

from lab.oracle.interface import OracleError, OraType
from lab.oracle.wire.buffer import clr, ub
from lab.oracle.wire.constants import CHARSET_UTF8, CHARSET_UTF16, CSFRM_NCHAR, LobOp, Message
from lab.oracle.wire.lobs import CHUNK_SIZE, LobStore
from lab.oracle.wire.requests import LobCall

_PARAMETER = bytes((Message.PARAMETER,))


def answer(lobs: LobStore, call: LobCall) -> bytes:
    """The answer to a LOB call, without the error record that ends it.

    Raises OracleError for an operation that is not known and for locators of no LOB.
    """
    operation = _OPERATIONS.get(call.operation)
    if operation is None:
        raise OracleError(3001, f"unimplemented feature: LOB operation {call.operation:#x}")
    return operation(lobs, call)


def _parameters(call: LobCall, amount: int = 0) -> bytes:
    return _PARAMETER + call.locator + (b"" if call.amount is None else ub(amount))


def _length(lobs: LobStore, call: LobCall) -> bytes:
    return _parameters(call, lobs.get(call.locator).length)


def _chunk_size(lobs: LobStore, call: LobCall) -> bytes:
    lobs.get(call.locator)
    return _parameters(call, CHUNK_SIZE)


def _read(lobs: LobStore, call: LobCall) -> bytes:
    lob = lobs.get(call.locator)
    data = lob.read(call.offset, call.amount or 0)
    message = bytes((Message.LOB_DATA,)) + clr(data) if data else b""
    return message + _parameters(call, len(data) // lob.unit)


def _write(lobs: LobStore, call: LobCall) -> bytes:
    lobs.get(call.locator).write(call.offset, call.data or b"")
    return _parameters(call, call.amount or 0)


def _trim(lobs: LobStore, call: LobCall) -> bytes:
    lobs.get(call.locator).trim(call.amount or 0)
    return _parameters(call, call.amount or 0)


def _create(lobs: LobStore, call: LobCall) -> bytes:
    """The offset field carries the character set form and the destination offset the type."""
    locator = lobs.create(is_char=call.destination == OraType.CLOB, writable=True)
    charset = CHARSET_UTF16 if call.offset == CSFRM_NCHAR else CHARSET_UTF8
    return _PARAMETER + locator + ub(charset) + b"\0"


def _free(lobs: LobStore, call: LobCall) -> bytes:
    lobs.free(call.locator)
    return _parameters(call)


def _open(lobs: LobStore, call: LobCall) -> bytes:
    lob = lobs.get(call.locator)
    if lob.is_open:
        raise OracleError(22293, "LOB already opened in the same transaction")
    lob.is_open = True
    return _parameters(call, call.amount or 0)


def _close(lobs: LobStore, call: LobCall) -> bytes:
    lob = lobs.get(call.locator)
    if not lob.is_open:
        raise OracleError(
            22289, "cannot perform FILE or LOB close operation on an unopened file or LOB"
        )
    lob.is_open = False
    return _parameters(call)


def _is_open(lobs: LobStore, call: LobCall) -> bytes:
    return _parameters(call) + bytes((lobs.get(call.locator).is_open,))


_OPERATIONS: dict[int, Callable[[LobStore, LobCall], bytes]] = {
    LobOp.GET_LENGTH: _length,
    LobOp.GET_CHUNK_SIZE: _chunk_size,
    LobOp.READ: _read,
    LobOp.WRITE: _write,
    LobOp.TRIM: _trim,
    LobOp.CREATE_TEMP: _create,
    LobOp.FREE_TEMP: _free,
    LobOp.OPEN: _open,
    LobOp.CLOSE: _close,
    LobOp.IS_OPEN: _is_open,
}
