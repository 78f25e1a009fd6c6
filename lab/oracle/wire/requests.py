"""The calls of a logged-in client, parsed from the stream into values. Nothing here knows of
sockets or SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from lab.oracle.wire.auth import normalize_user, parse_auth
from lab.oracle.wire.binds import Descriptor, Row, parse_descriptors, parse_rows, wire_order
from lab.oracle.wire.buffer import ProtocolError, Reader
from lab.oracle.wire.constants import Function, LobOp, Message, Option
from lab.oracle.wire.scan import Scan, scan

_VECTOR_SIZE = 13
_MAX_ITERATIONS = 1 << 24


class OpenCursor(Protocol):
    """What parsing a re-execute needs to know of an open cursor."""

    scan: Scan
    binds: tuple[Descriptor, ...]


CursorLookup = Callable[[int], OpenCursor | None]


@dataclass(frozen=True)
class Execute:
    """The execute call: parse, bind, define, execute and fetch in any combination."""

    options: Option
    cursor_id: int
    sql: str | None
    scan: Scan
    prefetch: int
    iterations: int
    flags: int
    binds: tuple[Descriptor, ...]
    defines: tuple[Descriptor, ...]
    rows: list[Row]
    #: of a scrollable cursor: how to move before the fetch, and the row for it (from 1)
    orientation: int = 0
    position: int = 0


@dataclass(frozen=True)
class Reexecute:
    """Executes an open cursor again; ``prefetch`` is None unless rows are to
    come with the answer.
    """

    cursor_id: int
    iterations: int
    prefetch: int | None
    commit: bool
    rows: list[Row]


@dataclass(frozen=True)
class Fetch:
    cursor_id: int
    count: int


@dataclass(frozen=True)
class LobCall:
    """A LOB operation; ``offset`` is 1-based; ``amount`` is None when the client sends and expects
    none.
    """

    operation: int
    locator: bytes
    offset: int
    destination: int
    data: bytes | None
    amount: int | None


@dataclass(frozen=True)
class Simple:
    """Commit, rollback, ping or logoff."""

    function: Function


def parse_execute(reader: Reader, cursors: CursorLookup) -> Execute:
    """The rest of an execute call."""
    options = Option(reader.ub())
    cursor_id = reader.ub()
    has_sql = reader.u8()
    reader.skip("ipippi")
    prefetch = reader.ub()
    reader.skip("ip")
    bind_count = reader.ub()
    reader.skip("pppppp")
    define_count = reader.ub()
    reader.skip("ipppipiipippipip")
    reader.skip("pi")
    sql = (reader.clr() or b"").decode("utf-8", "replace") if has_sql else None
    vector = [reader.ub() for _ in range(_VECTOR_SIZE)]
    seen = _scan_of(sql, cursor_id, cursors)
    defines = parse_descriptors(reader, define_count) if options & Option.DEFINE else ()
    binds = parse_descriptors(reader, bind_count) if not options & Option.DEFINE else ()
    iterations = 1 if vector[7] else _iterations(vector[1])
    order = wire_order(binds, seen.returning, plsql=seen.is_plsql)
    # a client that scrolls declares the binds once more but sends no values
    rows = (
        parse_rows(reader, binds, order, iterations) if binds and options & Option.EXECUTE else []
    )
    return Execute(
        options,
        cursor_id,
        sql,
        seen,
        prefetch,
        iterations,
        vector[9],
        binds,
        defines,
        rows,
        vector[10],
        vector[11],
    )


def _scan_of(sql: str | None, cursor_id: int, cursors: CursorLookup) -> Scan:
    if sql is not None:
        return scan(sql)
    return _open_cursor(cursor_id, cursors).scan


def _open_cursor(cursor_id: int, cursors: CursorLookup) -> OpenCursor:
    """The cursor, without which the length of the request cannot be known."""
    cursor = cursors(cursor_id)
    if cursor is None:
        raise ProtocolError(f"the client uses cursor {cursor_id}, which is not open")
    return cursor


def _iterations(count: int) -> int:
    if count > _MAX_ITERATIONS:
        raise ProtocolError(f"{count} iterations")
    return max(count, 1)


def parse_reexecute(reader: Reader, cursors: CursorLookup, *, fetch: bool) -> Reexecute:
    """The rest of a re-execute or re-execute-and-fetch call; its count is of iterations or of rows
    respectively.
    """
    cursor_id = reader.ub()
    count = reader.ub()
    reader.ub()
    commit = bool(reader.ub() & 1)
    cursor = _open_cursor(cursor_id, cursors)
    iterations = 1 if fetch else _iterations(count)
    order = wire_order(cursor.binds, cursor.scan.returning, plsql=cursor.scan.is_plsql)
    rows = parse_rows(reader, cursor.binds, order, iterations) if cursor.binds else []
    return Reexecute(cursor_id, iterations, count if fetch else None, commit, rows)


def parse_fetch(reader: Reader) -> Fetch:
    return Fetch(reader.ub(), reader.ub())


def parse_lob(reader: Reader) -> LobCall:
    """The rest of a LOB operation call."""
    has_locator = reader.u8()
    size = reader.ub()
    reader.skip("piiippp")
    operation = reader.ub()
    reader.skip("pp")
    offset = reader.ub()
    destination = reader.ub()
    has_amount = reader.u8()
    reader.raw(6)
    if size > 4096:
        raise ProtocolError(f"LOB locator of {size} bytes")
    locator = reader.raw(size) if has_locator else b""
    if operation == LobOp.CREATE_TEMP:
        reader.ub()
    data = None
    if operation == LobOp.WRITE:
        if reader.u8() != Message.LOB_DATA:
            raise ProtocolError("LOB write without data")
        data = reader.clr() or b""
    amount = reader.ub() if has_amount else None
    return LobCall(operation, locator, offset, destination, data, amount)


@dataclass(frozen=True)
class ChangePassword:
    """The account and, under the key of the login, its old and its new password."""

    account: str
    pairs: dict[str, str] = field(repr=False)


def parse_change_password(reader: Reader) -> ChangePassword:
    """The rest of an authentication call of a client that has logged in already."""
    request = parse_auth(reader)
    return ChangePassword(normalize_user(request.user).upper(), request.pairs)


_SIMPLE = frozenset({Function.COMMIT, Function.ROLLBACK, Function.PING, Function.LOGOFF})

Call = Execute | Reexecute | Fetch | LobCall | ChangePassword | Simple


class UnknownCallError(Exception):
    """A call that is not implemented; where it ends is not known."""


def parse_call(reader: Reader, function: int, cursors: CursorLookup) -> Call:
    """A call behind its function code and sequence number; UnknownCallError for one that is not
    implemented.
    """
    if function == Function.EXECUTE:
        return parse_execute(reader, cursors)
    if function in (Function.REEXECUTE, Function.REEXECUTE_AND_FETCH):
        return parse_reexecute(reader, cursors, fetch=function == Function.REEXECUTE_AND_FETCH)
    if function == Function.FETCH:
        return parse_fetch(reader)
    if function == Function.LOB_OP:
        return parse_lob(reader)
    if function == Function.AUTH_PHASE_TWO:
        return parse_change_password(reader)
    if function in _SIMPLE:
        return Simple(Function(function))
    raise UnknownCallError(f"function {function}")


def scalar_binds_only(binds: Sequence[Descriptor]) -> bool:
    """Whether every bind is a scalar or a LOB, the kinds that reach the engine."""
    return all(bind.is_scalar or bind.is_lob for bind in binds)
