"""pglogical's JSON messages put together to transactions.

Numbers are read as Decimal: the digits of a numeric must not pass through a float.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from lab.dms.changes import DELETE, INSERT, UPDATE, Change, Transaction
from lab.dms.errors import TaskFailed
from lab.dms.lsn import parse_lsn

_decode = json.JSONDecoder(parse_float=Decimal, strict=False).decode


class StreamError(TaskFailed):
    """The stream is not what the protocol promises."""


class Assembler:
    """Feeds on messages, gives a transaction back with its commit message.

    A transaction is given as a whole or, when the stream ends before its commit, not at all.
    """

    def __init__(self) -> None:
        self._begin: dict[str, Any] | None = None
        self._changes: list[Change] = []
        self._truncated: list[tuple[str, str]] = []

    @property
    def inside(self) -> bool:
        """Whether a transaction has begun and not yet committed."""
        return self._begin is not None

    def reset(self) -> None:
        """Forget what was begun; the next connection sends it again from its beginning."""
        self._begin = None
        self._changes = []
        self._truncated = []

    def feed(self, payload: str) -> Transaction | None:
        """Take one message; returns the transaction when it was its commit. Raises StreamError."""
        try:
            message = _decode(payload)
            action = message["action"]
        except (ValueError, KeyError, TypeError):
            raise StreamError(f"not a message of pglogical's JSON protocol: {payload[:80]!r}") from None
        if action in (INSERT, UPDATE, DELETE):
            self._change(action, message)
        elif action == "B":
            self.reset()
            self._begin = message
        elif action == "C":
            return self._commit(message)
        elif action != "S":
            raise StreamError(f"unknown action {action!r} in pglogical's stream")
        return None

    def _change(self, action: str, message: dict[str, Any]) -> None:
        if self._begin is None:
            raise StreamError("a change outside of a transaction")
        schema, table = message["relation"]
        new = message.get("newtuple") or {}
        if schema == "pglogical":
            # the plugin's own queue; TRUNCATE of a replicated table comes as an insert into it
            if table == "queue" and new.get("message_type") == "T":
                said = new.get("message") or {}
                self._truncated.append((said.get("schema_name", ""), said.get("table_name", "")))
            return
        self._changes.append(Change(action, schema, table, new, message.get("oldtuple")))

    def _commit(self, message: dict[str, Any]) -> Transaction:
        begin = self._begin
        if begin is None:
            raise StreamError("a commit without a begin")
        transaction = Transaction(
            xid=int(begin.get("xid") or 0),
            end_lsn=parse_lsn(message["end_lsn"]),
            commit_time=begin.get("commit_time", ""),
            changes=tuple(self._changes),
            catalogue_changed=begin.get("has_catalog_changes") == "t",
            truncated=tuple(self._truncated),
        )
        self.reset()
        return transaction
