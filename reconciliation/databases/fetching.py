"""How python-oracledb hands values over: exactly, and without failing for texts whose bytes are
none.

A driver that fails for one byte leaves the whole fetch unread. So such bytes are drawn (``\\xff``)
in what is read for people, and in what is compared each is kept as a lone surrogate (PEP 383): no
text of either database holds one otherwise, so a broken text equals nothing, and is told from every
other one.

A database in another character set than the client's converts what it sends, and writes U+FFFD for
bytes it cannot read; where its set lacks that character, it is kept as a lone surrogate as well.
Source: Oracle Globalization Support Guide, "Character Set Conversion".
"""

from __future__ import annotations

import decimal
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from reconciliation.canonical.charsets import UNCONVERTED
from reconciliation.databases.drivers import oracledb_of
from reconciliation.databases.faults import lost
from reconciliation.model import Value

if TYPE_CHECKING:
    import oracledb

#: Python's handlers of errors
_DRAWN, _KEPT = "backslashreplace", "surrogateescape"
#: as which bytes are kept that the database itself could not convert
_UNCONVERTED_KEPT = "\udcff"
_SURROGATE = re.compile("[\ud800-\udfff]")


def exact_values(
    keep_bytes: bool = False,
) -> Callable[[oracledb.Cursor, oracledb.FetchInfo], oracledb.Var | None]:
    """A handler for output types: NUMBER as Decimal, LOBs as str and bytes; whether broken bytes
    are kept or drawn.
    """
    import oracledb  # slow to import, and not needed between two PostgreSQL

    broken_text = _KEPT if keep_bytes else _DRAWN
    texts = (oracledb.DB_TYPE_VARCHAR, oracledb.DB_TYPE_CHAR)
    as_long = {
        oracledb.DB_TYPE_CLOB: oracledb.DB_TYPE_LONG,
        oracledb.DB_TYPE_NCLOB: oracledb.DB_TYPE_LONG_NVARCHAR,
        oracledb.DB_TYPE_LONG: oracledb.DB_TYPE_LONG,
    }

    def handler(cursor: oracledb.Cursor, metadata: oracledb.FetchInfo) -> oracledb.Var | None:
        kind = metadata.type_code
        if kind is oracledb.DB_TYPE_NUMBER:
            return cursor.var(decimal.Decimal, arraysize=cursor.arraysize)
        if kind in texts:
            return cursor.var(
                kind, metadata.internal_size or 0, cursor.arraysize, encoding_errors=broken_text
            )
        if kind in as_long:
            return cursor.var(
                as_long[kind], arraysize=cursor.arraysize, encoding_errors=broken_text
            )
        if kind is oracledb.DB_TYPE_BLOB:
            return cursor.var(oracledb.DB_TYPE_LONG_RAW, arraysize=cursor.arraysize)
        return None

    return handler


@contextmanager
def kept_bytes(connection: Connection) -> Iterator[None]:
    """Within it, Oracle's texts come with their broken bytes kept. PostgreSQL's driver fails for
    those.
    """
    if connection.engine.dialect.name != "oracle":
        yield
        return
    with set_meanwhile(connection, "outputtypehandler", exact_values(keep_bytes=True)):
        yield


@contextmanager
def set_meanwhile(connection: Connection, name: str, value: Value) -> Iterator[None]:
    """Within it, the attribute ``name`` of python-oracledb's connection is another; Lost when it
    has gone already.

    A connection that was lost within it takes nothing back, and its fault must not be hidden by
    another one. The driver fails in ways of its own (26.1) when a limit is set for a connection
    without a socket, so it is asked first.
    """
    driver = oracledb_of(connection)
    if not driver.is_healthy():
        raise lost(connection.engine.url)
    usual = getattr(driver, name)
    setattr(driver, name, value)
    try:
        yield
    finally:
        if driver.is_healthy():
            setattr(driver, name, usual)


def kept_unconverted(text: str) -> str:
    """A text out of a set that lacks U+FFFD (``charsets.hides_broken_bytes``), broken where one
    stands in it.
    """
    return text.replace(UNCONVERTED, _UNCONVERTED_KEPT)


def utf_8(text: str) -> bytes:
    """The bytes the database sent."""
    return text.encode("utf-8", _KEPT)


def kept_text(data: bytes) -> str:
    """The same the other way round."""
    return data.decode("utf-8", _KEPT)


def broken(value: Value) -> str | None:
    """What is wrong with a text whose bytes are none, in words without the text; None for any other
    value.
    """
    if not isinstance(value, str) or value.isascii() or (found := _SURROGATE.search(value)) is None:
        return None
    byte = ord(found.group()) - 0xDC00
    if found.group() == _UNCONVERTED_KEPT:
        what = "0xff, or one that Oracle cannot convert"
    else:
        what = f"0x{byte:02x}" if 0x80 <= byte <= 0xFF else "half of a pair"
    before = value[: found.start()].encode("utf-8", "surrogatepass")
    return f"its text is none in the character set: byte {len(before) + 1} is {what}"
