"""A stand-in for the SQL engine: answers a handful of made-up statements, so that the wire layer is
tested alone.

Run as ``python -m tests.oracle.fake_engine READY_FILE`` it serves on a free port until SIGTERM.
"""

from __future__ import annotations

import json
import logging
import os
import re
import select
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

from lab.oracle.interface import (
    Bind,
    ClientWatch,
    Column,
    Execution,
    Kind,
    OracleError,
    OraType,
    Verifier,
)
from lab.oracle.server import Server, listen, write_ready_file
from lab.oracle.wire.auth import derive_verifier

USER = "TRAVELBUDDY"
PASSWORD = "geheim \N{KEY} 1"
SERVICE = "XE"

Row = Sequence[bytes | None]


def number(value: int) -> bytes:
    """A whole number >= 0 as Oracle's NUMBER."""
    digits: list[int] = []
    while value:
        value, digit = divmod(value, 100)
        digits.insert(0, digit)
    exponent = len(digits)
    while digits and digits[-1] == 0:
        digits.pop()
    return bytes((192 + exponent, *(digit + 1 for digit in digits))) if digits else b"\x80"


NOON = bytes((120, 124, 2, 29, 13, 1, 1))
NUMBER = Column("ID", OraType.NUMBER, 22, scale=-127)
FIVE = (
    NUMBER,
    Column("NAME", OraType.VARCHAR2, 40, 40, csfrm=1, nullable=False),
    Column("AMOUNT", OraType.NUMBER, 22, precision=12, scale=2),
    Column("DAY", OraType.DATE, 7),
    Column("REMARK", OraType.VARCHAR2, 100, 100, csfrm=1),
)
LOBS = (
    NUMBER,
    Column("TEXT", OraType.CLOB, 4000, csfrm=1),
    Column("BINARY", OraType.BLOB, 4000),
    Column("NATIONAL", OraType.CLOB, 4000, csfrm=2),
)
NATIONAL = (
    Column("N", OraType.VARCHAR2, 80, 40, csfrm=2),
    Column("NOTHING", OraType.VARCHAR2, 0, csfrm=1),
)
TEXT = (Column("STATE", OraType.VARCHAR2, 4000, 4000, csfrm=1),)
COLUMNS = {"five": FIVE, "lobs": LOBS, "national": NATIONAL, "state": TEXT, "sys_context": TEXT}
ONE_POINT_ONE = b"\xc1\x02\x0b"
LOB_TEXT = "Grüße, 世界 \N{AIRPLANE}\N{GRINNING FACE} " * 4000


def five_rows(count: int) -> Iterator[Row]:
    for i in range(count):
        yield number(i), b"name %d" % i, None if i % 2 else number(i), NOON, "Bemerkung é".encode()


def lob_rows(count: int) -> Iterator[Row]:
    for i in range(count):
        text = LOB_TEXT.encode()
        yield number(i), text, bytes(range(256)) * 300, (None if i % 2 else text)


@dataclass
class FakeStatement:
    text: str
    kind: Kind
    returning: tuple[bool, ...] = ()


@dataclass
class FakeSession:
    """Keeps what was done to it, for ``select state`` to tell."""

    user: str
    watch: ClientWatch
    in_transaction: bool = False
    schema: str = USER
    done: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    open_executions: int = 0
    iterations: int = 0
    attributes: dict[str, str | None] = field(default_factory=dict)
    identity: SimpleNamespace = field(
        default_factory=lambda: SimpleNamespace(session_id=os.getpid(), serial=7)
    )

    def begin_call(self) -> None:
        pass

    def set_attributes(self, attributes: Mapping[str, str | None]) -> None:
        self.attributes |= attributes

    def set_context(self, namespace: str, values: Mapping[str, str]) -> None:
        self.done.append(f"context {namespace} {sorted(values.items())}")

    def parse(self, text: str) -> FakeStatement:
        if "nonsense" in text:
            raise OracleError(900, "invalid SQL statement", text.index("nonsense"))
        word = re.findall(r"[a-z]+", text.lower())[0]
        if word == "begin":
            return FakeStatement(text, Kind.PLSQL, (True, False))
        kinds = {"select": Kind.QUERY, "insert": Kind.DML, "update": Kind.DML, "alter": Kind.OTHER}
        return FakeStatement(text, kinds.get(word, Kind.DDL))

    def describe(self, statement: FakeStatement) -> tuple[Column, ...]:
        return self._columns(statement, ())

    def execute(
        self,
        statement: FakeStatement,
        binds: Sequence[Bind],
        rows: Sequence[Row],
        *,
        iterations: int = 1,
        batch_errors: bool = False,
        row_counts: bool = False,
        commit: bool = False,
    ) -> Execution:
        self.done.append(statement.text + (" commit" if commit else ""))
        if statement.kind is Kind.QUERY:
            return self._query(statement, binds, rows)
        if statement.kind is Kind.PLSQL:
            return Execution(returned=[[[b"<" + (rows[0][0] or b"") + b">"]]] if rows else [])
        if statement.kind is Kind.DML:
            return self._change(binds, rows, iterations, batch_errors=batch_errors, commit=commit)
        return Execution()

    def _change(
        self,
        binds: Sequence[Bind],
        rows: Sequence[Row],
        iterations: int,
        *,
        batch_errors: bool,
        commit: bool,
    ) -> Execution:
        """Every row counts as its position + 1 changed rows; ``bad`` in a row
        is a duplicate key.
        """
        self.in_transaction = not commit
        self.iterations = iterations
        assert len(rows) == iterations or not binds
        result = Execution()
        for position, row in enumerate(rows):
            if b"bad" in row:
                error = OracleError(1, "unique constraint (TRAVELBUDDY.PK) violated")
                if not batch_errors:
                    error.rows_done = result.rowcount
                    raise error
                result.batch_errors.append((position, error))
                continue
            self.rows.append(row)
            result.rowcount += 1
            result.row_counts.append(position + 1)
            result.returned.append(
                [[b"got %d" % position] * (position + 1) for bind in binds if bind.is_return]
            )
        return result

    def _query(
        self, statement: FakeStatement, binds: Sequence[Bind], rows: Sequence[Row]
    ) -> Execution:
        columns = self._columns(statement, binds)
        self.open_executions += 1
        return Execution(columns=columns, handle=self._rows(statement.text, rows))

    def _columns(self, statement: FakeStatement, binds: Sequence[Bind]) -> tuple[Column, ...]:
        text = statement.text
        if "grow" in text:
            return tuple(Column(f"G{i}", OraType.NUMBER, 22) for i in range(self.done.count(text)))
        if "echo" in text:
            sizes = [bind.size or 1 for bind in binds]
            return tuple(
                Column(f"C{i}", bind.type, size, size, csfrm=bind.csfrm)
                for i, (bind, size) in enumerate(zip(binds, sizes, strict=True))
            )
        return next((columns for word, columns in COLUMNS.items() if word in text), (NUMBER,))

    def _rows(self, text: str, rows: Sequence[Row]) -> Iterator[Row]:
        handlers: dict[str, Callable[[int], Iterator[Row]]] = {
            "five": five_rows,
            "lobs": lob_rows,
            "national": lambda _: iter([("Zürich 東".encode(), None)]),
            "state": lambda _: iter([(self._state().encode(),)]),
            "echo": lambda _: iter(rows),
            "fail": _fail,
            "bug": _bug,
            "sleep": self._sleep,
            "grow": lambda _: iter([tuple(number(i) for i in range(self.done.count(text)))]),
            "sys_context": lambda _: iter([(self.schema.encode(),)]),
            "dual": lambda _: iter([(ONE_POINT_ONE,)]),
        }
        word, count = re.search(rf"({'|'.join(handlers)})(?: (\d+))?", text, re.IGNORECASE).groups()
        return handlers[word.lower()](int(count or 0))

    def _state(self) -> str:
        rows = [[value.decode("latin-1") if value else None for value in row] for row in self.rows]
        kept = {
            "schema": self.schema,
            "done": self.done[-20:],
            "rows": rows[:20],
            "count": len(rows),
        }
        counts = {"open": self.open_executions, "iterations": self.iterations}
        return json.dumps(kept | counts | {"user": self.user})

    def _sleep(self, seconds: int) -> Iterator[Row]:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if select.select([self.watch], [], [], 0.05)[0] and self.watch.break_requested():
                raise OracleError(1013, "user requested cancel of current operation")
        yield (number(seconds),)

    def fetch(self, execution: Execution, count: int) -> tuple[list[Row], bool]:
        rows = [row for _, row in zip(range(count), execution.handle, strict=False)]
        return rows, len(rows) < count

    def await_rows(self, execution: Execution, count: int) -> bool:
        return True

    def close_execution(self, execution: Execution) -> None:
        self.open_executions -= 1

    def set_schema(self, schema: str) -> None:
        if schema == "NOBODY":
            raise OracleError(1435, "user does not exist")
        self.schema = schema

    def commit(self) -> None:
        self.done.append("COMMIT")
        self.in_transaction = False

    def rollback(self) -> None:
        self.done.append("ROLLBACK")
        self.rows.clear()
        self.in_transaction = False

    def close(self) -> None:
        logging.info("fake session closed")


def _fail(_: int) -> Iterator[Row]:
    raise OracleError(942, "table or view does not exist", 14)
    yield


def _bug(_: int) -> Iterator[Row]:
    raise ZeroDivisionError("planted fault")
    yield


class FakeEngine:
    service_names = (SERVICE,)
    version = (19, 3, 0, 0, 0)
    refuses_thin_clients = False

    def __init__(self) -> None:
        self._verifier = derive_verifier(PASSWORD)

    def change_password(self, user: str, verifier: Verifier) -> None:
        self._verifier = verifier

    def may_proxy(self, proxy: str, user: str) -> bool:
        return False

    def verifier(self, user: str) -> Verifier | None:
        return self._verifier if user.upper() == USER else None

    def connect(self, user: str, watch: ClientWatch) -> FakeSession:
        return FakeSession(user, watch)


def main(ready_file: str) -> None:
    logging.basicConfig(level=logging.INFO, format="%(process)d %(name)s %(message)s")
    listener = listen("127.0.0.1", 0)
    server = Server(FakeEngine(), listener)
    write_ready_file(Path(ready_file), listener.getsockname()[1])
    server.run()


if __name__ == "__main__":
    os.chdir(Path(__file__).parents[2])
    main(sys.argv[1])
