"""The target database: what the apply side asks of it, and Oracle through python-oracledb."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import oracledb

from lab.dms.agreed.spec import Endpoint
from lab.dms.ground.catalogue import TargetColumn, TargetTable
from lab.dms.ground.errors import TargetLost, TaskFailed, one_line
from lab.dms.values import binding

_TYPES: Mapping[str, Any] = {
    binding.NUMBER: oracledb.DB_TYPE_NUMBER,
    binding.DOUBLE: oracledb.DB_TYPE_BINARY_DOUBLE,
    binding.TEXT: oracledb.DB_TYPE_VARCHAR,
    binding.NTEXT: oracledb.DB_TYPE_NVARCHAR,
    binding.TIMESTAMP: oracledb.DB_TYPE_TIMESTAMP,
    binding.DATE: oracledb.DB_TYPE_DATE,
    binding.RAW: oracledb.DB_TYPE_RAW,
    binding.CLOB: oracledb.DB_TYPE_CLOB,
    binding.NCLOB: oracledb.DB_TYPE_NCLOB,
    binding.BLOB: oracledb.DB_TYPE_BLOB,
}
#: the session or the whole server is gone, or will be in a moment; a deadlock is worth another try,
#: too
_RECOVERABLE_ORA = {
    28,
    60,
    600,
    1012,
    1033,
    1034,
    1089,
    1090,
    1092,
    3113,
    3114,
    3135,
    12170,
    12514,
    12528,
    12537,
}
_RECOVERABLE_ORA |= {12541, 12547, 12570, 12571}
_RECOVERABLE_DPY = {
    "DPY-1001",
    "DPY-4005",
    "DPY-4011",
    "DPY-4024",
    "DPY-6000",
    "DPY-6001",
    "DPY-6003",
    "DPY-6005",
}
_REFUSED_USER = {1005, 1017, 1045, 28000, 28001}


class TargetError(Exception):
    """A statement the target refuses: the ORA number (None for a refusal of the driver) and the
    whole text.
    """

    def __init__(self, code: int | None, text: str) -> None:
        self.code = code
        self.text = text
        super().__init__(text)


class Target(Protocol):
    """One session. Every method raises TargetLost when it is lost."""

    def describe(self, schema: str, table: str) -> TargetTable | None:
        """The table as the catalogue has it, None when it is absent."""

    def execute(self, sql: str, values: Sequence[Any] = (), kinds: Sequence[str] = ()) -> int:
        """Run one statement; returns the number of rows it touched, raises TargetError."""

    def execute_many(
        self, sql: str, rows: Sequence[Sequence[Any]], kinds: Sequence[str]
    ) -> tuple[list[int], dict[int, TargetError]]:
        """Run a statement for every row, in order; rows that fail are reported by their index.

        Returns the touched rows for each row (0 for one that failed). Raises TargetError when the
        statement as a whole was refused and nothing was done.
        """

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]: ...

    def commit(self) -> None: ...

    def rollback(self) -> None: ...

    def close(self) -> None: ...


class OracleTarget:
    """A Target over python-oracledb's thin mode."""

    def __init__(self, endpoint: Endpoint, statement_cache: int = 50) -> None:
        try:
            self._connection = oracledb.connect(
                user=endpoint.user,
                password=endpoint.password,
                host=endpoint.host,
                port=endpoint.port,
                service_name=endpoint.name,
                tcp_connect_timeout=10,
                stmtcachesize=statement_cache,
            )
        except oracledb.Error as error:
            found = error.args[0]
            text = f"Failed to connect to the target database: {_text(found.message)}"
            raise (TaskFailed(text) if found.code in _REFUSED_USER else TargetLost(text)) from None
        self._cursor = self._connection.cursor()

    def describe(self, schema: str, table: str) -> TargetTable | None:
        columns = self.query(
            "SELECT COLUMN_NAME, DATA_TYPE, DATA_LENGTH, NULLABLE FROM ALL_TAB_COLUMNS "
            "WHERE OWNER = :1 AND TABLE_NAME = :2 ORDER BY COLUMN_ID",
            (schema, table),
        )
        if not columns:
            return None
        constraints = self.query(
            "SELECT CONSTRAINT_NAME FROM ALL_CONSTRAINTS "
            "WHERE OWNER = :1 AND TABLE_NAME = :2 AND CONSTRAINT_TYPE = 'P'",
            (schema, table),
        )
        key = self.query(
            "SELECT COLUMN_NAME FROM ALL_CONS_COLUMNS "
            "WHERE OWNER = :1 AND TABLE_NAME = :2 AND CONSTRAINT_NAME = :3 ORDER BY POSITION",
            (schema, table, constraints[0][0] if constraints else ""),
        )
        described = tuple(
            TargetColumn(name, data_type, int(length or 0), nullable == "Y")
            for name, data_type, length, nullable in columns
        )
        return TargetTable(schema, table, described, tuple(name for (name,) in key))

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        try:
            with self._connection.cursor() as cursor:
                return cursor.execute(sql, list(values)).fetchall()
        except oracledb.Error as error:
            raise _translated(error) from None

    def execute(self, sql: str, values: Sequence[Any] = (), kinds: Sequence[str] = ()) -> int:
        try:
            if kinds:
                self._cursor.setinputsizes(*[_TYPES[kind] for kind in kinds])
            self._cursor.execute(sql, list(values))
            return self._cursor.rowcount
        except oracledb.Error as error:
            raise _translated(error) from None

    def execute_many(
        self, sql: str, rows: Sequence[Sequence[Any]], kinds: Sequence[str]
    ) -> tuple[list[int], dict[int, TargetError]]:
        try:
            self._cursor.setinputsizes(*[_TYPES[kind] for kind in kinds])
            self._cursor.executemany(
                sql, [list(row) for row in rows], batcherrors=True, arraydmlrowcounts=True
            )
            counts = list(self._cursor.getarraydmlrowcounts())
            errors = {
                error.offset: TargetError(error.code, _text(error.message))
                for error in self._cursor.getbatcherrors()
            }
        except oracledb.Error as error:
            raise _translated(error) from None
        return counts + [0] * (len(rows) - len(counts)), errors

    def commit(self) -> None:
        try:
            self._connection.commit()
        except oracledb.Error as error:
            raise _translated(error) from None

    def rollback(self) -> None:
        try:
            self._connection.rollback()
        except oracledb.Error as error:
            raise _translated(error) from None

    def close(self) -> None:
        try:
            self._connection.close()
        except oracledb.Error:
            return  # it was lost already


def _text(message: object) -> str:
    """Oracle's own text on one line, without the link the driver adds."""
    return one_line(str(message).partition("\nHelp: ")[0])


def _translated(error: oracledb.Error) -> Exception:
    """The error as TargetLost or TargetError."""
    found = error.args[0]
    text = _text(getattr(found, "message", found))
    code = getattr(found, "code", 0) or 0
    full_code = getattr(found, "full_code", "")
    if (
        code in _RECOVERABLE_ORA
        or full_code in _RECOVERABLE_DPY
        or getattr(found, "isrecoverable", False)
    ):
        return TargetLost(f"The target database cannot be used: {text}")
    return TargetError(code if full_code.startswith("ORA-") else None, text)
