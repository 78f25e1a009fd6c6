"""test_decoding's text: ``table public.t: UPDATE: old-key: id[integer]:1 new-tuple: id[integer]:2
name[text]:'a'``.

The plugin tells of every table of the database, and of updates without saying which row when a
table has no key: both are sorted out here.
"""

from __future__ import annotations

import re
from typing import Any

from lab.dms.capture.assembler import Assembler, StreamError
from lab.dms.capture.selection import Selection
from lab.dms.capture.spill import Collector
from lab.dms.capture.type_catalogue import TypeCatalogue
from lab.dms.ground.changes import DELETE, INSERT, UPDATE, Transaction

OPTIONS = {"include-xids": "1", "include-timestamp": "1"}

_NAME = r'(?:"(?:[^"]++|"")++"|[^\s.,"\[:]++)'
_HEAD = re.compile(rf"table ({_NAME})\.({_NAME}): (INSERT|UPDATE|DELETE): ")
_TRUNCATE = re.compile(rf"table ((?:{_NAME}\.{_NAME}(?:, )?)+): TRUNCATE: ")
_COLUMN = re.compile(
    rf"({_NAME})\[((?:[^\[\]\"]++|\"(?:[^\"]++|\"\")*+\"|\[\])++)\]:"
    r"(?:(null)|(unchanged-toast-datum)|B?'((?:[^']++|'')*+)'|(\S++))(?: |$)"
)
_COMMIT = re.compile(r"COMMIT (\d+) \(at (.+)\)")
_OPERATIONS = {"INSERT": INSERT, "UPDATE": UPDATE, "DELETE": DELETE}
_NOTHING = "(no-tuple-data)"
_Row = dict[str, Any]
_Shape = tuple[tuple[str, str], ...]


class TestDecodingAssembler(Assembler):
    """See Assembler; payloads are text."""

    __test__ = False  # a name that pytest would take for its own

    def __init__(self, selection: Selection, collector: Collector, types: TypeCatalogue) -> None:
        super().__init__(selection, collector)
        self._types = types
        self._shapes: dict[tuple[str, str], _Shape] = {}

    def feed(self, payload: str, lsn: int) -> Transaction | None:
        if payload.startswith("table "):
            self._table(payload)
        elif payload.startswith("BEGIN "):
            self._begin(int(payload[6:]), "")
        elif (match := _COMMIT.fullmatch(payload)) is not None:
            self._commit_time = match[2]
            return self._commit(lsn)
        elif not payload.startswith("message: "):  # of pg_logical_emit_message
            raise StreamError(f"not a message of test_decoding: {payload[:80]!r}")
        return None

    def _table(self, payload: str) -> None:
        head = _HEAD.match(payload)
        if head is None:
            self._truncation(payload)
            return
        schema, table, operation = _bare(head[1]), _bare(head[2]), _OPERATIONS[head[3]]
        if not self._selection.delivered(schema, table) and not self._selection.is_audit(
            schema, table
        ):
            return
        if operation != INSERT and not self._selection.carries_old(schema, table):
            return  # "updates and deletes of tables without a primary key are ignored"
        new, old, shape = self._tuples(payload, head.end(), operation)
        if new is None and old is None:
            return
        if shape and self._shapes.setdefault((schema, table), shape) != shape:
            # the columns are not those of the table's last row
            self._shapes[schema, table] = shape
            self._catalogue_changed = True
        if old is not None:
            old = dict.fromkeys(self._selection.columns(schema, table)) | old
        self._change(operation, schema, table, new or {}, old, len(payload))

    def _tuples(
        self, payload: str, at: int, operation: str
    ) -> tuple[_Row | None, _Row | None, _Shape]:
        """The new row, the old one, and names and types of all columns of the new one."""
        if payload.startswith(_NOTHING, at):
            return None, None, ()
        if operation == DELETE:
            return None, self._columns(payload, at)[0], ()
        old = None
        if payload.startswith("old-key: ", at):
            old, at, _ = self._columns(payload, at + 9)
            at += len("new-tuple: ")
        new, _, shape = self._columns(payload, at)
        return new, old, shape

    def _columns(self, payload: str, at: int) -> tuple[_Row, int, _Shape]:
        found: _Row = {}
        shape = []
        while at < len(payload) and (match := _COLUMN.match(payload, at)) is not None:
            at = match.end()
            name, type_name, null, unchanged, quoted, plain = match.groups()
            shape.append((name, type_name))
            if unchanged:
                continue
            literal = self._types.by_name(type_name)
            text = quoted.replace("''", "'") if quoted is not None else plain
            found[_bare(name)] = None if null else text if literal is None else literal(text)
        if at < len(payload) and not payload.startswith("new-tuple: ", at):
            raise StreamError(f"not a row of test_decoding: {payload[at : at + 80]!r}")
        return found, at, tuple(shape)

    def _truncation(self, payload: str) -> None:
        match = _TRUNCATE.match(payload)
        if match is None:
            raise StreamError(f"not a message of test_decoding: {payload[:80]!r}")
        for schema, table in re.findall(rf"({_NAME})\.({_NAME})", match[1]):
            self._truncate(_bare(schema), _bare(table))


def _bare(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name
