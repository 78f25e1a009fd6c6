"""pglogical_output's JSON messages.

Numbers are read as Decimal: the digits of a numeric must not pass through a float. Columns come by
name, so a column that was dropped before shifts nothing.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

from lab.dms.capture.assembler import Assembler, StreamError
from lab.dms.capture.names import PGLOGICAL_SCHEMA
from lab.dms.ground.changes import DELETE, INSERT, UPDATE, Transaction
from lab.dms.ground.lsn import parse_lsn

# the scanner written in C, without the search for blanks around the document
_scan = json.JSONDecoder(parse_float=Decimal, strict=False).scan_once  # type: ignore[attr-defined]
_RELATION = re.compile(r'"relation":\["(.*?)","(.*?)"\],(?="(?:newtuple|oldtuple)":)', re.DOTALL)


class PglogicalAssembler(Assembler):
    """See Assembler; payloads are text."""

    def feed(self, payload: str, lsn: int = 0) -> Transaction | None:
        try:
            message, _ = _scan(payload, 0)
            action = message["action"]
        except (ValueError, KeyError, TypeError, StopIteration):
            message = _with_names_escaped(payload)
            action = message["action"]
        if action in (INSERT, UPDATE, DELETE):
            self._row(action, message, len(payload))
        elif action == "B":
            changed = message.get("has_catalog_changes") == "t"
            self._begin(int(message.get("xid") or 0), message.get("commit_time", ""), changed)
        elif action == "C":
            return self._commit(parse_lsn(message["end_lsn"]))
        elif action != "S":
            raise StreamError(f"unknown action {action!r} in pglogical's stream")
        return None

    def _row(self, action: str, message: dict[str, Any], size: int) -> None:
        schema, table = message["relation"]
        new = message.get("newtuple") or {}
        if schema == PGLOGICAL_SCHEMA:
            # the plugin's own queue; TRUNCATE of a replicated table comes as an insert into it
            if table == "queue" and new.get("message_type") == "T":
                said = new.get("message") or {}
                self._truncate(said.get("schema_name", ""), said.get("table_name", ""))
            return
        self._change(action, schema, table, new, message.get("oldtuple"), size)


def _with_names_escaped(payload: str) -> dict[str, Any]:
    """A message whose relation's names are not escaped, as pglogical leaves them; raises
    StreamError for others.
    """

    def escaped(match: re.Match[str]) -> str:
        return f'"relation":{json.dumps([match[1], match[2]])},'

    try:
        message, _ = _scan(_RELATION.sub(escaped, payload, count=1), 0)
        return message | {"action": message["action"]}
    except (ValueError, KeyError, TypeError, StopIteration):
        raise StreamError(f"not a message of pglogical's JSON protocol: {payload[:80]!r}") from None
