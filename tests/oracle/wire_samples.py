"""Valid requests as a thin client writes them, built from the protocol's fields; seeds for
mutations.
"""

from __future__ import annotations

from collections.abc import Sequence

from lab.oracle.wire import packets
from lab.oracle.wire.buffer import clr, dalc, ub
from lab.oracle.wire.constants import Packet

CONNECT_STRING = b"(DESCRIPTION=(CONNECT_DATA=(SERVICE_NAME=XE)))"
#: type, declared size, csfrm
Bind = tuple[int, int, int]

_SCROLLABLE = 2
_LOCATOR = b"\0\x26\0\x04\x02\x08\x80\x01" + (1).to_bytes(8, "big") + bytes(24)


def connect_packet(data: bytes = CONNECT_STRING) -> bytes:
    """A CONNECT packet of version 319."""
    fields = [319, 300, 0x401, 8192, 8192, 0x4F98, 0, 1, len(data), 74]
    fixed = b"".join(value.to_bytes(2, "big") for value in fields) + bytes(46)
    return packets.encode(Packet.CONNECT, fixed + data, large=False)


def auth_call(function: int, user: str, pairs: dict[str, str]) -> bytes:
    """Either phase of the authentication."""
    name = user.encode()
    head = (
        bytes((3, function, 1, 1))
        + ub(len(name))
        + ub(0x101)
        + b"\x01"
        + ub(len(pairs))
        + b"\x01\x01"
        + clr(name)
    )
    return head + b"".join(
        dalc(key.encode()) + dalc(value.encode()) + ub(0) for key, value in pairs.items()
    )


def execute(
    sql: str | None,
    options: int = 0x8061,
    *,
    cursor: int = 0,
    binds: Sequence[Bind] = (),
    defines: Sequence[Bind] = (),
    rows: Sequence[bytes] = (),
    iterations: int = 1,
    is_query: bool = False,
    scroll: tuple[int, int] | None = None,
) -> bytes:
    """An execute call; ``rows`` are already encoded. ``scroll``: orientation and position in a
    scrollable result.
    """
    text = sql.encode() if sql is not None else b""
    head = (
        b"\x03\x5e\x01"
        + ub(options)
        + ub(cursor)
        + bytes((sql is not None,))
        + ub(len(text))
        + b"\x01"
        + ub(13)
    )
    head += (
        b"\0\0"
        + ub(0)
        + ub(50)
        + ub(0x7FFFFFFF)
        + bytes((bool(binds),))
        + ub(len(binds))
        + bytes(5)
    )
    head += (
        bytes((bool(defines),))
        + ub(len(defines))
        + ub(0)
        + b"\0\x01\0"
        + ub(0)
        + b"\0"
        + ub(0)
        + ub(0)
        + b"\0"
    )
    head += ub(0) + b"\0" + b"\0" + ub(0) + b"\0" + ub(0) + b"\0" + b"\0" + ub(0)
    flags, (orientation, position) = (0, (0, 0)) if scroll is None else (_SCROLLABLE, scroll)
    vector = [
        1,
        0 if is_query else iterations,
        0,
        0,
        0,
        0,
        0,
        int(is_query),
        0,
        flags,
        orientation,
        position,
        0,
    ]
    parts = [head, clr(text) if sql is not None else b"", *(ub(item) for item in vector)]
    return b"".join(parts) + b"".join(map(_descriptor, (*defines, *binds))) + b"".join(rows)


def _descriptor(bind: Bind) -> bytes:
    kind, size, csfrm = bind
    return (
        bytes((kind, 3, 0, 0))
        + ub(size)
        + ub(0)
        + ub(0)
        + ub(0)
        + ub(0)
        + ub(873)
        + bytes((csfrm,))
        + ub(0) * 2
    )


def row(*values: bytes | None) -> bytes:
    return b"\x07" + b"".join(map(clr, values))


def reexecute(cursor: int, count: int, rows: Sequence[bytes], *, fetch: bool = False) -> bytes:
    return (
        bytes((3, 78 if fetch else 4, 1)) + ub(cursor) + ub(count) + ub(0) + ub(1) + b"".join(rows)
    )


def lob_call(
    operation: int, *, amount: int | None = None, data: bytes = b"", offset: int = 1
) -> bytes:
    head = (
        b"\x03\x60\x01\x01"
        + ub(len(_LOCATOR))
        + b"\0"
        + ub(0) * 3
        + bytes(3)
        + ub(operation)
        + b"\0\0"
    )
    head += ub(offset) + ub(0) + bytes((amount is not None,)) + bytes(6) + _LOCATOR
    return (
        head + (b"\x0e" + clr(data) if data else b"") + (ub(amount) if amount is not None else b"")
    )


_NUMBER, _TEXT, _NATIONAL, _CLOB, _LONG = (
    (2, 22, 0),
    (1, 40, 1),
    (1, 80, 2),
    (112, 4000, 1),
    (1, 40000, 1),
)
_CLOSE = b"\x11\x69\x01\x01" + ub(2) + ub(7) + ub(300)
_SCHEMA = b"\x11\x98\x01\x01" + dalc(b"HR")
_FREE = b"\x11\x60\x01\x01" + ub(40) + bytes(7) + ub(0x80111) + bytes(11) + _LOCATOR
_TRACE = (
    b"\x11\x87\x01\0\0"
    + ub(0x18)
    + (b"\x01" + ub(1)) * 4
    + bytes(2)
    + bytes(2)
    + bytes(4)
    + bytes(2)
)
_TRACE += clr(b"m") * 4
#: all attributes, of which some are set to '', some to None and some to text
_ATTRIBUTES = (
    b"\x11\x87\x01\0\0" + ub(0x319) + (b"\x01" + ub(0)) + (b"\x01" + ub(6)) + (b"\0" + ub(0)) * 2
)
_ATTRIBUTES += (
    b"\0" + ub(0) + (b"\x01" + ub(2)) + b"\0" + ub(0) + b"\0" + ub(0) + (b"\x01" + ub(4)) + b"\0"
)
_ATTRIBUTES += clr("prüf".encode() + b"!") + clr(b"ci") + clr(b"dbop")
_CONTEXT = (
    b"\x11\x9a\x01\x01"
    + ub(2)
    + b"\x01"
    + ub(1)
    + ub(1)
    + b"\0"
    + clr(b"NS")
    + dalc(b"k")
    + dalc(b"v")
    + ub(0)
)
_PING = b"\x03\x93\x01"
_STATE = b"\x11\xb0\x01" + ub(0x40)
_SECRETS = {"AUTH_PASSWORD": "5A" * 48, "AUTH_NEWPASSWORD": "A5" * 48}
_SELECT = execute(
    "select id, name from t where id = :1", binds=[_NUMBER], rows=[row(b"\xc1\x02")], is_query=True
)

#: forms that a login or a session may take besides the usual ones
SESSION_FORMS: dict[str, bytes] = {
    "change of password": auth_call(115, "TRAVELBUDDY", _SECRETS),
    "attributes": _ATTRIBUTES + _PING,
    "all attributes": _TRACE + _PING,
    "session state": _STATE + _CLOSE + _PING,
    "context": _CONTEXT + _PING,
    "cancelled cursors": b"\x11\x78\x01\x01" + ub(2) + ub(1) + ub(2) + _PING,
    "start of scrolling": execute(
        "select id from t where id > :1",
        0x8061,
        binds=[_NUMBER],
        rows=[row(b"\xc1\x02")],
        is_query=True,
        scroll=(0, 0),
    ),
    "scroll to a row": execute(None, 0x8040, cursor=1, is_query=True, scroll=(0x20, 300)),
    "scroll back": execute(
        None, 0x8040, cursor=1, is_query=True, scroll=(0x40, 5), binds=[_NUMBER]
    ),
    "scroll to the last row": execute(None, 0x8040, cursor=1, is_query=True, scroll=(0x08, 0)),
    "write to a locator": lob_call(0x40, data=b"x" * 300, offset=70_000),
}
_APPLICATION = {
    "AUTH_APPCTX_NSPACE\0": "CLIENTCONTEXT",
    "AUTH_APPCTX_ATTR\0": "k",
    "AUTH_APPCTX_VALUE\0": "v",
}
_IN_PLACE = {"AUTH_SESSKEY": "A5" * 32, "AUTH_PASSWORD": "5A" * 48, "PROXY_CLIENT_NAME": "MASTER"}
LOGIN_FORMS: dict[str, bytes] = {
    "proxy": auth_call(115, "SERVANT", _IN_PLACE),
    "change of password": auth_call(115, "TRAVELBUDDY", {"AUTH_SESSKEY": "A5" * 32} | _SECRETS),
    "context": auth_call(115, "TRAVELBUDDY", _APPLICATION),
    "edition": auth_call(
        115,
        "TRAVELBUDDY",
        {"AUTH_ORA_EDITION": "ORA$BASE", "AUTH_ALTER_SESSION": "ALTER SESSION\0"},
    ),
}

SESSION: tuple[bytes, ...] = (
    *SESSION_FORMS.values(),
    execute("select * from dual", is_query=True),
    _SELECT,
    _CLOSE + _SELECT,
    execute(
        "insert into t values (:1, :2)",
        0x8029,
        binds=[_NUMBER, _TEXT],
        rows=[row(b"\xc1\x02", b"x" * 300), row(b"\xc1\x03", None)] * 3,
        iterations=6,
    ),
    execute(
        "insert into t values (:1, :2, :3) returning a into :4",
        0x8029,
        binds=[_LONG, _NATIONAL, _CLOB, _TEXT],
        rows=[b"\x07" + clr("é".encode("utf-16-be")) + ub(40) + clr(_LOCATOR) + clr(b"y" * 40000)],
    ),
    execute("delete from t returning a into :1", 0x8029, binds=[_TEXT], iterations=500),
    execute("begin :1 := :2; end;", 0x429, binds=[_TEXT, _NUMBER], rows=[row(None, b"\x80")]),
    execute("begin p(:1); end;", 0x429, binds=[(102, 0, 0)], rows=[b"\x07" + ub(1) + ub(3)]),
    execute(None, 0x8050, cursor=1, defines=[(112, 4000, 1), (8, 0, 1)], is_query=True),
    reexecute(1, 3, [row(b"\xc1\x02", b"a")] * 3),
    reexecute(1, 100, [row(b"\xc1\x02", b"a")], fetch=True),
    reexecute(2, 5, []),
    b"\x03\x05\x01" + ub(1) + ub(100),
    lob_call(2, amount=4000),
    lob_call(0x40, data=b"text" * 100),
    lob_call(0x110) + ub(873),
    _SCHEMA + _TRACE + _PING,
    _FREE + _CONTEXT + b"\x03\x0e\x01",
    b"\x11\x78\x01\x01" + ub(1) + ub(1) + b"\x11\xb0\x01" + ub(64) + b"\x03\x0f\x01",
    b"\x03\x09\x01",
)

_CONVERSION = b"\0\x01\0\x01\0\x01\0\0"
LOGIN: tuple[bytes, ...] = (
    b"\x01\x06\x00python-oracledb thn : 26.1.0\0",
    b"\x02\x69\x03\x69\x03\x01"
    + clr(bytes(55))
    + clr(bytes(13))
    + _CONVERSION * 40
    + b"\0\x02\0\0" * 9
    + b"\0\0",
    auth_call(
        118, "TRAVELBUDDY", {"AUTH_TERMINAL": "pts/0", "AUTH_PROGRAM_NM": "python", "AUTH_PID": "1"}
    ),
    auth_call(
        115,
        "TRAVELBUDDY",
        {"AUTH_SESSKEY": "A5" * 32, "AUTH_PASSWORD": "5A" * 48, "AUTH_SID": "x\0"},
    ),
    *LOGIN_FORMS.values(),
)

PACKETS: tuple[bytes, ...] = (
    connect_packet(),
    connect_packet()
    + packets.encode_data(LOGIN[0], large=True)
    + packets.encode_data(LOGIN[2], large=True, sdu=30),
    connect_packet(CONNECT_STRING.replace(b"XE", b"X" * 190))
    + packets.encode_marker(1, large=True),
)
