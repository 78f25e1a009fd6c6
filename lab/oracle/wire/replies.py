"""Messages to the client, as bytes: describe, error record, parameters and the small ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lab.oracle.interface import Column, OracleError, OraType
from lab.oracle.wire.buffer import NULL, clr, sb, text, ub
from lab.oracle.wire.constants import (
    ARRAY_DML_ERRORS,
    BIND_DIR_IN,
    BIND_DIR_IN_OUT,
    CHARSET_UTF8,
    CHARSET_UTF16,
    CSFRM_NCHAR,
    NO_DATA_FOUND,
    STATUS_TRANSACTION,
    Message,
)

#: Flags byte and six empty fields; the optional vector of columns equal to the previous row's is
#: never sent.
ROW_HEADER = bytes((Message.ROW_HEADER, 0)) + NULL * 6
ROW_MARK = bytes((Message.ROW_DATA,))

_LOB_DESCRIBE_SIZE = 4000
_MAX_OFFSET = 32767
_MAX_BATCH_ERRORS = 65535
_LOBS = frozenset({OraType.CLOB, OraType.BLOB})
_CURRENT_SCHEMA = 168
_PLAIN_LENGTH = b"\x01"
_NO_ROWID = NULL * 5


@dataclass(frozen=True)
class Outcome:
    """What an error record says: it ends every answer, also that of a success (``error`` None)."""

    in_transaction: bool
    cursor_id: int = 0
    rowcount: int = 0
    error: OracleError | None = None
    end_of_fetch: bool = False
    batch_errors: Sequence[tuple[int, OracleError]] = ()
    #: the ROWID of the row changed last
    rowid: bytes | None = None


def error_record(outcome: Outcome) -> bytes:
    """The record that ends an answer."""
    code, message, offset = _code_and_text(outcome)
    return b"".join(
        (
            bytes((Message.ERROR,)),
            ub(call_status(in_transaction=outcome.in_transaction)),
            NULL,
            ub(outcome.rowcount & 0xFFFFFFFF),
            ub(code),
            NULL * 2,
            ub(outcome.cursor_id),
            sb(min(offset, _MAX_OFFSET)),
            bytes(6),
            outcome.rowid or _NO_ROWID,
            NULL,
            bytes(2),
            NULL * 3,
            _batch_errors(outcome.batch_errors[:_MAX_BATCH_ERRORS]),
            ub(code),
            ub(outcome.rowcount),
            clr(message) if code else b"",
        )
    )


def _code_and_text(outcome: Outcome) -> tuple[int, bytes, int]:
    if outcome.error is not None:
        return outcome.error.code, _line(outcome.error.text), outcome.error.offset
    if outcome.batch_errors:
        return ARRAY_DML_ERRORS, _line("ORA-24381: error(s) in array DML"), 0
    if outcome.end_of_fetch:
        return NO_DATA_FOUND, _line("ORA-01403: no data found"), 0
    return 0, b"", 0


def _line(message: str) -> bytes:
    return message.rstrip("\n").encode("utf-8", "replace") + b"\n"


def _batch_errors(errors: Sequence[tuple[int, OracleError]]) -> bytes:
    """Codes, row offsets and messages, each as an array of its own."""
    if not errors:
        return NULL * 3
    count = ub(len(errors))
    parts = [count, _PLAIN_LENGTH, *(ub(error.code) for _, error in errors)]
    parts += (count, _PLAIN_LENGTH, *(ub(row) for row, _ in errors))
    parts += (count, _PLAIN_LENGTH)
    for _, error in errors:
        message = _line(error.text)
        parts += (ub(len(message)), clr(message), bytes(2))
    return b"".join(parts)


def call_status(*, in_transaction: bool) -> int:
    return STATUS_TRANSACTION if in_transaction else 0


def status(*, in_transaction: bool) -> bytes:
    """The whole answer to commit, rollback, ping and logoff."""
    return bytes((Message.STATUS,)) + ub(call_status(in_transaction=in_transaction)) + NULL


def describe(columns: Sequence[Column]) -> bytes:
    """The describe message of a query."""
    parts = [
        bytes((Message.DESCRIBE_INFO,)),
        NULL,
        ub(sum(column.size for column in columns) & 0xFFFFFFFF),
        ub(len(columns)),
    ]
    if columns:
        parts.append(_PLAIN_LENGTH)
    parts += (_describe_column(position, column) for position, column in enumerate(columns, 1))
    parts.append(NULL * 6)
    return b"".join(parts)


def _describe_column(position: int, column: Column) -> bytes:
    name = column.name.encode()
    size = column.size or (_LOB_DESCRIBE_SIZE if column.type in _LOBS else 0)
    charset = CHARSET_UTF16 if column.csfrm == CSFRM_NCHAR else CHARSET_UTF8 if column.csfrm else 0
    return b"".join(
        (
            bytes((column.type, 0, column.precision & 0xFF, column.scale & 0xFF)),
            ub(size),
            NULL * 4,
            ub(charset),
            bytes((column.csfrm,)),
            ub(column.char_size),
            NULL,
            bytes((column.nullable, min(len(name), 255))),
            text(column.name),
            NULL * 2,
            ub(position),
            NULL,
        )
    )


def row_counts(counts: Sequence[int]) -> bytes:
    """Rows per iteration of an array DML."""
    return b"".join(
        (bytes((Message.PARAMETER,)), NULL * 4, ub(len(counts)), *(ub(count) for count in counts))
    )


def session_state(schema: str) -> bytes:
    """The schema in which the session's names are looked up now, as a pair of number and value."""
    value = schema.encode()
    pair = ub(len(value)) + clr(value) + NULL + ub(_CURRENT_SCHEMA)
    return bytes((Message.PARAMETER,)) + NULL * 2 + ub(1) + pair + NULL


def io_vector(receives: Sequence[bool]) -> bytes:
    """The directions of a PL/SQL block's binds.

    Receiving binds are announced as IN OUT, never as OUT: a client leaves OUT binds out when it
    executes again.
    """
    count = len(receives)
    directions = bytes(BIND_DIR_IN_OUT if receive else BIND_DIR_IN for receive in receives)
    return b"".join(
        (
            bytes((Message.IO_VECTOR, 0)),
            ub(count % 256),
            ub(count // 256),
            NULL,
            NULL,
            NULL,
            NULL,
            directions,
        )
    )
