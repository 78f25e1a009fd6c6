"""What the wire layer and the SQL engine of the Oracle stand-in agree on.

The wire layer (``lab.oracle.wire``) speaks TNS/TTC with clients; the engine (``lab.oracle.engine``)
knows SQL, types and PostgreSQL. Values cross this boundary as *wire scalars*: the bytes that stand
inside a CLR in the protocol (NUMBER, DATE, UTF-8 text, ...), ``None`` for NULL. LOB columns cross
as their whole content (UTF-8 text for CLOB/NCLOB, raw bytes for BLOB); locators are the wire
layer's business.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import Any, Protocol, TypeVar


class OraType(IntEnum):
    """Oracle's type numbers as they stand in describe and bind descriptors."""

    VARCHAR2 = 1
    NUMBER = 2
    BINARY_INTEGER = 3
    LONG = 8
    ROWID = 11
    DATE = 12
    RAW = 23
    LONG_RAW = 24
    CHAR = 96
    BINARY_FLOAT = 100
    BINARY_DOUBLE = 101
    CURSOR = 102
    CLOB = 112
    BLOB = 113
    TIMESTAMP = 180
    TIMESTAMP_TZ = 181
    INTERVAL_YM = 182
    INTERVAL_DS = 183
    UROWID = 208
    TIMESTAMP_LTZ = 231
    BOOLEAN = 252


class OracleError(Exception):
    """An error as Oracle reports it.

    ``code`` is the ORA number, ``text`` the whole message including ``ORA-nnnnn: ``, ``offset`` the
    0-based character position in the statement (0 when unknown). ``rows_done`` may be set to the
    iterations of an array DML that stay done before the failing one.
    """

    rows_done: int = 0

    def __init__(self, code: int, message: str, offset: int = 0) -> None:
        self.code = code
        self.text = f"ORA-{code:05d}: {message}"
        self.offset = offset
        super().__init__(self.text)


class LobHome(Protocol):
    """Where a LOB's content is kept in the store."""

    #: a rollback has taken back what was written here: the content a client has seen is no longer
    #: the row's
    @property
    def undone(self) -> bool: ...

    def write(self, content: bytes) -> None:
        """Replaces the content (UTF-8 text or bytes); OracleError when the row is not the session's
        to change.
        """


class StoredLob(bytes):
    """A LOB's content that knows where it is kept, so that it can be written to by its locator."""

    home: LobHome

    def __new__(cls, content: bytes, home: LobHome) -> StoredLob:
        made = super().__new__(cls, content)
        made.home = home
        return made


@dataclass(frozen=True)
class Column:
    """One column of a result as describe announces it.

    ``size`` is in bytes (0 means: always NULL), ``char_size`` in characters; an unconstrained
    NUMBER has precision 0 and scale -127; ``csfrm`` is 1 for the database character set and 2 for
    the national one.
    """

    name: str
    type: OraType
    size: int
    char_size: int = 0
    precision: int = 0
    scale: int = 0
    csfrm: int = 0
    nullable: bool = True


@dataclass(frozen=True)
class Bind:
    """One bind descriptor, in the order of the placeholders' occurrences (SQL) or first occurrences
    (PL/SQL).

    Values of a bind with ``csfrm`` 2 have already been recoded to UTF-8 by the wire layer; LOB
    locators have been replaced by their content.
    """

    type: OraType
    size: int
    csfrm: int = 1
    is_return: bool = False


class Kind(Enum):
    QUERY = "query"
    DML = "dml"
    DDL = "ddl"
    PLSQL = "plsql"
    OTHER = "other"


class Statement(Protocol):
    """A parsed statement; kept by the wire layer under a cursor id and executed many times."""

    text: str
    kind: Kind
    #: index into the binds -> True where the bind receives a value (RETURNING ... INTO, PL/SQL out)
    returning: tuple[bool, ...]


@dataclass
class Execution:
    """The outcome of one execute call.

    For a query ``columns`` is set and rows come from ``EngineSession.fetch``. ``returned`` holds
    for each iteration and each returning bind the list of values, already encoded in the type the
    client declared; character values are UTF-8 whatever the bind's ``csfrm`` (the wire layer
    recodes them), LOB binds get the whole content. ``row_counts`` leaves out the iterations listed
    in ``batch_errors``.
    """

    columns: tuple[Column, ...] | None = None
    rowcount: int = 0
    row_counts: list[int] = field(default_factory=list)
    batch_errors: list[tuple[int, OracleError]] = field(default_factory=list)
    returned: list[list[list[bytes | None]]] = field(default_factory=list)
    #: of the row that was changed last, as a wire scalar
    rowid: bytes | None = None
    #: the engine's own handle for fetching; opaque to the wire layer
    handle: object | None = None


class ColumnarRows:
    """Rows of a result kept by column, which is how they are made and how they are encoded.

    ``columns`` holds one list per column, all of length ``count``. Iterating gives the rows; a
    slice of the rows is of this kind again.
    """

    def __init__(self, columns: Sequence[list[bytes | None]], count: int) -> None:
        self._columns = columns
        self._count = count

    @property
    def columns(self) -> Sequence[list[bytes | None]]:
        return self._columns

    def __len__(self) -> int:
        return self._count

    def row_data(self) -> bytes | None:
        """The rows as they go over the wire, every value behind its length and every row behind a
        byte 7.

        None where the engine has only the values; it is for a result without LOBs, LONGs and
        national text.
        """
        return None

    def __getitem__(self, part: slice) -> ColumnarRows:
        return ColumnarRows(
            [column[part] for column in self.columns], len(range(self._count)[part])
        )

    def __iter__(self) -> Iterator[tuple[bytes | None, ...]]:
        return zip(*self.columns, strict=True)


class ClientWatch(Protocol):
    """Given by the wire layer to the engine so that a running statement can be broken off."""

    def fileno(self) -> int:
        """The client's socket, to be selected on together with PostgreSQL's."""

    def break_requested(self) -> bool:
        """Called when the socket became readable; True when a break (or the client's end) has
        arrived.
        """


class SessionIdentity(Protocol):
    """The numbers by which others name a session."""

    session_id: int
    serial: int


OwnStatement = TypeVar("OwnStatement", bound=Statement)


class EngineSession(Protocol[OwnStatement]):
    """One logged-in session: one PostgreSQL connection, one transaction at a time.

    Statements are of the engine's own class, and a session takes only those that it has parsed.
    """

    user: str
    #: the schema in which names are looked up
    schema: str

    @property
    def in_transaction(self) -> bool: ...

    @property
    def identity(self) -> SessionIdentity: ...

    def begin_call(self) -> None:
        """Called for every call of the client; raises OracleError 28 when the session has been
        killed meanwhile.
        """

    def set_attributes(self, attributes: Mapping[str, str | None]) -> None:
        """What the client says about itself: program, machine, terminal, osuser, process, driver,
        module, action, client_info, client_identifier, dbop. None takes one back.
        """

    def set_context(self, namespace: str, values: Mapping[str, str]) -> None:
        """Values of an application context; none clear it. Raises OracleError 28267."""

    def parse(self, text: str) -> OwnStatement: ...

    def describe(self, statement: OwnStatement) -> tuple[Column, ...]: ...

    def execute(
        self,
        statement: OwnStatement,
        binds: Sequence[Bind],
        rows: Sequence[Sequence[bytes | None]],
        *,
        iterations: int = 1,
        batch_errors: bool = False,
        row_counts: bool = False,
        commit: bool = False,
    ) -> Execution:
        """Execute; ``rows`` holds one sequence of wire scalars per iteration (empty when there are
        no binds).

        Raises OracleError; with ``batch_errors`` rows that fail are collected instead. Without it
        the rows before the failing one stay in the transaction, as in Oracle. A break raises
        OracleError 1013.
        """

    def fetch(
        self, execution: Execution, count: int
    ) -> tuple[list[Sequence[bytes | None]] | ColumnarRows, bool]:
        """Up to ``count`` further rows and whether the result is exhausted."""

    def await_rows(self, execution: Execution, count: int) -> bool:
        """Waits while the client is silent; whether a fetch of ``count`` rows would now be answered
        without waiting.
        """

    def close_execution(self, execution: Execution) -> None: ...

    def take_back(self) -> bool:
        """Undoes what the current call's statement has changed or locked; False when that can no
        longer be done.
        """

    def set_schema(self, schema: str) -> None: ...

    def commit(self) -> None: ...

    def rollback(self) -> None: ...

    def close(self) -> None:
        """Rolls back what is open and gives the PostgreSQL connection up."""


@dataclass(frozen=True)
class Verifier:
    """A 12c password verifier: salt (16 bytes) and the hash (32 bytes), never the password."""

    salt: bytes
    key: bytes = field(repr=False)


class Engine(Protocol):
    """One per server; must be safe to use after a fork (it opens connections
    only in ``connect``).
    """

    service_names: tuple[str, ...]
    version: tuple[int, int, int, int, int]
    #: whether clients are told that the server is too old for them, as a real one of 11.2 tells
    #: thin drivers
    refuses_thin_clients: bool

    def verifier(self, user: str) -> Verifier | None:
        """The user's password verifier, None for an unknown user."""

    def change_password(self, user: str, verifier: Verifier) -> None:
        """Puts another password in place for all sessions to come."""

    def may_proxy(self, proxy: str, user: str) -> bool:
        """Whether one user may, with its own password, log in in another's place."""

    # no caller need know the class of an engine's statements: it only hands them back
    def connect(self, user: str, watch: ClientWatch) -> EngineSession[Any]: ...
