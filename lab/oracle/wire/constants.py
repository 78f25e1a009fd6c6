"""Numbers of the TNS/TTC protocol, named as the thin clients' sources name them."""

from __future__ import annotations

from enum import IntEnum, IntFlag


class Packet(IntEnum):
    """TNS packet types."""

    CONNECT = 1
    ACCEPT = 2
    REFUSE = 4
    REDIRECT = 5
    DATA = 6
    RESEND = 11
    MARKER = 12
    CONTROL = 14


class Marker(IntEnum):
    BREAK = 1
    RESET = 2
    INTERRUPT = 3


class Message(IntEnum):
    """TTC message types: the first byte of every message."""

    PROTOCOL = 1
    DATA_TYPES = 2
    FUNCTION = 3
    ERROR = 4
    ROW_HEADER = 6
    ROW_DATA = 7
    PARAMETER = 8
    STATUS = 9
    IO_VECTOR = 11
    LOB_DATA = 14
    DESCRIBE_INFO = 16
    PIGGYBACK = 17


class Function(IntEnum):
    """TTC function codes: the byte after message type FUNCTION or PIGGYBACK."""

    REEXECUTE = 4
    FETCH = 5
    LOGOFF = 9
    COMMIT = 14
    ROLLBACK = 15
    REEXECUTE_AND_FETCH = 78
    EXECUTE = 94
    LOB_OP = 96
    CLOSE_CURSORS = 105
    AUTH_PHASE_TWO = 115
    AUTH_PHASE_ONE = 118
    CANCEL_CURSORS = 120
    END_TO_END = 135
    PING = 147
    SET_SCHEMA = 152
    APP_CONTEXT = 154
    SESSION_STATE = 176


class EndToEnd(IntFlag):
    """Which attributes an end-to-end piggyback changes."""

    CLIENT_IDENTIFIER = 0x0001
    MODULE = 0x0008
    ACTION = 0x0010
    CLIENT_INFO = 0x0100
    DBOP = 0x0200


class Option(IntFlag):
    """Options of the execute call."""

    PARSE = 0x01
    BIND = 0x08
    DEFINE = 0x10
    EXECUTE = 0x20
    FETCH = 0x40
    COMMIT = 0x100
    PLSQL_BIND = 0x400
    NOT_PLSQL = 0x8000
    DESCRIBE = 0x20000
    BATCH_ERRORS = 0x80000


class ExecFlag(IntFlag):
    """Flags in item 9 of the execute call's vector."""

    SCROLLABLE = 0x02
    ROW_COUNTS = 0x4000


class LobOp(IntEnum):
    GET_LENGTH = 0x0001
    READ = 0x0002
    TRIM = 0x0020
    WRITE = 0x0040
    CREATE_TEMP = 0x0110
    FREE_TEMP = 0x0111
    GET_CHUNK_SIZE = 0x4000
    OPEN = 0x8000
    CLOSE = 0x10000
    IS_OPEN = 0x11000


DATA_FLAG_EOF = 0x0040

#: Protocol version of the ACCEPT packet. 317 has no flags word, hence no fast authentication, no
#: end-of-response marks and no out-of-band check; 315 is the least the thin clients accept.
PROTOCOL_VERSION = 317
#: What a server of 11.2 answers with: the thin clients give up on reading it.
PROTOCOL_VERSION_11 = 314
#: Bytes per packet announced to the client, which follows the server here even when it asked for
#: less.
SDU = 65536
#: TTC field version 12 stands for 19.1: modern version numbers, but none of the later optional
#: fields.
FIELD_VERSION = 12

CHARSET_UTF8 = 873
CHARSET_UTF16 = 2000
CSFRM_NCHAR = 2

VERIFIER_12C = 0x4815

BIND_ARRAY = 0x0040
BIND_DIR_IN = 32
BIND_DIR_IN_OUT = 48

#: Bit of the call status: a transaction is open, so a pool has to roll back on release.
STATUS_TRANSACTION = 0x02

#: With 32K strings enabled, binds declared longer than this come after all others in a row of an
#: SQL statement.
MAX_STRING_SIZE = 32767

NO_DATA_FOUND = 1403
#: Cursor ids have 16 bits; 0 is none.
MAX_OPEN_CURSORS = 65535
ARRAY_DML_ERRORS = 24381

#: Seconds a client may take to send the rest of a packet or request it has begun: a session whose
#: two sides disagree about where a request ends is over within 2 s.
MID_REQUEST_SECONDS = 1.8
#: Seconds a client may take from the connection to the end of the login.
LOGIN_SECONDS = 60.0
#: Bytes a client may send before it has logged in; the drivers send about 3,000.
MAX_LOGIN_BYTES = 1 << 18
#: Seconds a client may take to answer the server's reset marker after a break.
RESET_SECONDS = 10.0
