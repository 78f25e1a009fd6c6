"""Context logging (EnableLogContext): one line for every record that is captured and applied,
without its data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from lab.dms.ground.changes import DELETE, INSERT, UPDATE, Change, Transaction
from lab.dms.ground.logs import SOURCE_CAPTURE, TARGET_APPLY, TaskLog, braced
from lab.dms.ground.statements import statement_text
from lab.dms.mapping.resolve import MappedTable

#: names and numbers of the operations; those of inserts and starts are in the user guide's samples,
#: the others follow
_OPERATIONS = {INSERT: "INSERT (1)", UPDATE: "UPDATE (2)", DELETE: "DELETE (3)"}
_START = "START_REGULAR (43)"


class ContextLog:
    """Does nothing unless the log wants contexts. ``mapped`` gives the tables of the task as they
    are now.
    """

    def __init__(self, log: TaskLog, mapped: Callable[[], Iterable[MappedTable]]) -> None:
        self._log = log
        self._mapped = mapped
        self._captured = self._applied = 0
        self._last: Mapping[str, object] = {}

    def started(self, position: str) -> None:
        if self._log.with_context:
            self._say_captured({"operation": _START, "streamPosition": position})

    def captured(self, transactions: Iterable[Transaction]) -> None:
        if self._log.with_context:
            for transaction in transactions:
                for change in transaction.changes:
                    self._say_captured(_context(transaction, change))

    def applied(self, transactions: Iterable[Transaction]) -> None:
        """The target has committed these, whatever became of their changes."""
        if not self._log.with_context:
            return
        tables = {(table.source.schema, table.source.name): table for table in self._mapped()}
        for transaction in transactions:
            for change in transaction.changes:
                if table := tables.get((change.schema, change.table)):
                    self._applied += 1
                    self._last = {
                        **_context(transaction, change),
                        "statement": _statement(table, change),
                    }
                    self._log.info(
                        TARGET_APPLY, f"Applied record {self._applied} to target", self._last
                    )

    def idle(self) -> None:
        """Nothing has come for a while."""
        if self._log.with_context:
            self._log.info(SOURCE_CAPTURE, "No Event fetched from wal log")
            said = (
                "No records received to load or apply on target , waiting for data from "
                "upstream. The last context is"
            )
            self._log.info(TARGET_APPLY, f"{said} {braced(self._last or {'operation': _START})}")

    def _say_captured(self, context: Mapping[str, object]) -> None:
        self._captured += 1
        self._log.info(
            SOURCE_CAPTURE,
            f"Capture record {self._captured} to internal queue from Source",
            context,
        )


def _context(transaction: Transaction, change: Change) -> dict[str, object]:
    return {
        "operation": _OPERATIONS.get(change.operation, change.operation),
        "tableName": change.table,
        "schemaName": change.schema,
        "txnId": f"{transaction.xid:016X}",
    }


def _statement(table: MappedTable, change: Change) -> str:
    columns = tuple(column.target for column in table.columns)
    targets = {
        column.source.name: column.target for column in table.columns if column.source is not None
    }
    key = table.key_columns or tuple(targets[name] for name in table.source.key if name in targets)
    return statement_text(
        change.operation,
        table.target_schema,
        table.target_table,
        () if change.operation == DELETE else columns,
        () if change.operation == INSERT else key,
        None,
    )
