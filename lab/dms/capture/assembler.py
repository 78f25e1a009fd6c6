"""Messages of an output plugin put together to transactions. What the plugins share is here."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping
from typing import Any

from lab.dms.capture.ddl_text import captured_ddl
from lab.dms.capture.selection import Selection
from lab.dms.capture.spill import Collector
from lab.dms.ground.changes import INSERT, Change, Ddl, Transaction
from lab.dms.ground.errors import TaskFailed


class StreamError(TaskFailed):
    """The stream is not what the protocol promises."""


class Assembler(ABC):
    """Feeds on messages, gives a transaction back with its commit message.

    A transaction is given as a whole or, when the stream ends before its commit, not at all. A
    plugin's own class has ``feed`` and calls what is below.
    """

    def __init__(self, selection: Selection, collector: Collector) -> None:
        self._selection = selection
        self._collector = collector
        #: whether a transaction has begun and not yet committed
        self.inside = False
        self._reset()

    @abstractmethod
    def feed(self, payload: Any, lsn: int) -> Transaction | None:
        """Take one message and its position; returns the transaction when it was its commit. Raises
        StreamError.
        """

    def _reset(self) -> None:
        self._collector.clear()
        self._xid, self._commit_time, self._catalogue_changed = 0, "", False
        self._truncated: list[tuple[str, str]] = []
        self._ddls: list[Ddl] = []
        self._queries: Counter[tuple[str, str]] = Counter()

    def _begin(self, xid: int, commit_time: str, catalogue_changed: bool = False) -> None:
        if self.inside or self._truncated or self._queries:
            self._reset()
        self.inside = True
        self._xid, self._commit_time, self._catalogue_changed = xid, commit_time, catalogue_changed

    def _change(
        self,
        operation: str,
        schema: str,
        table: str,
        new: Mapping[str, Any],
        old: Mapping[str, Any] | None,
        size: int,
    ) -> None:
        if not self.inside:
            raise StreamError("a change outside of a transaction")
        for schema_now, table_now in self._selection.delivered(schema, table):
            self._collector.append(Change(operation, schema_now, table_now, new, old), size)
        if self._selection.is_audit(schema, table) and operation == INSERT:
            self._ddl(new)

    def _truncate(self, schema: str, table: str) -> None:
        if self._selection.delivered(schema, table):
            self._truncated.append((schema, table))

    def _ddl(self, row: Mapping[str, Any]) -> None:
        self._catalogue_changed = True
        tag, query = row.get("c_tag") or "", row.get("c_ddlqry") or ""
        occurrence = self._queries[tag, query]
        self._queries[tag, query] += 1
        ddl = captured_ddl(
            tag, query, row.get("c_schema") or "public", occurrence, len(self._collector)
        )
        if ddl is not None and self._selection.selects(ddl.schema, ddl.table):
            self._ddls.append(ddl)

    def _commit(self, end_lsn: int) -> Transaction:
        if not self.inside:
            raise StreamError("a commit without a begin")
        self.inside = False
        return Transaction(
            self._xid,
            end_lsn,
            self._commit_time,
            self._collector.take(),
            self._catalogue_changed,
            tuple(self._truncated),
            tuple(self._ddls),
        )
