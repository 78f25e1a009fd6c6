"""pgoutput's binary messages, protocol version 1 (PostgreSQL documentation, logical replication
message formats).
"""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lab.dms.capture.assembler import Assembler, StreamError
from lab.dms.capture.literals import Literal
from lab.dms.capture.selection import Selection
from lab.dms.capture.spill import Collector
from lab.dms.capture.type_catalogue import TypeCatalogue
from lab.dms.ground.changes import DELETE, INSERT, UPDATE, Transaction

_EPOCH = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_BEGIN = struct.Struct(">QqI")
_COMMIT = struct.Struct(">BQQq")
_COUNT = struct.Struct(">H")
_SIZE = struct.Struct(">I")
#: messages that say nothing about rows: origin, type, logical message
_IGNORED = b"OYM"


@dataclass(frozen=True)
class _Relation:
    schema: str
    table: str
    columns: tuple[tuple[str, Literal | None], ...]
    types: tuple[int, ...]


class PgoutputAssembler(Assembler):
    """See Assembler; payloads are bytes."""

    def __init__(self, selection: Selection, collector: Collector, types: TypeCatalogue) -> None:
        super().__init__(selection, collector)
        self._types = types
        self._relations: dict[int, _Relation] = {}
        self._messages: dict[bytes, Callable[[bytes], Transaction | None]] = {
            b"B": self._take_begin,
            b"C": self._take_commit,
            b"R": self._take_relation,
            b"I": self._take_insert,
            b"U": self._take_update,
            b"D": self._take_delete,
            b"T": self._take_truncate,
        }

    def feed(self, payload: bytes, lsn: int = 0) -> Transaction | None:
        kind = payload[:1]
        if kind in self._messages:
            try:
                return self._messages[kind](payload)
            except (struct.error, IndexError, ValueError):
                raise StreamError(
                    f"a message of pgoutput that ends too early: {payload[:40]!r}"
                ) from None
        if not kind or kind not in _IGNORED:
            raise StreamError(f"unknown message {kind!r} in pgoutput's stream")
        return None

    def _take_begin(self, payload: bytes) -> None:
        _, microseconds, xid = _BEGIN.unpack_from(payload, 1)
        self._begin(xid, _time_text(microseconds))

    def _take_commit(self, payload: bytes) -> Transaction:
        return self._commit(_COMMIT.unpack_from(payload, 1)[2])

    def _take_relation(self, payload: bytes) -> None:
        (oid,) = _SIZE.unpack_from(payload, 1)
        schema, at = _string(payload, 5)
        table, at = _string(payload, at)
        (count,) = _COUNT.unpack_from(payload, at + 1)
        at += 3
        columns, types = [], []
        for _ in range(count):
            name, at = _string(payload, at + 1)
            (type_oid,) = _SIZE.unpack_from(payload, at)
            columns.append((name, self._types.by_oid(type_oid)))
            types.append(type_oid)
            at += 8
        relation = _Relation(schema or "pg_catalog", table, tuple(columns), tuple(types))
        before = self._relations.get(oid)
        if before is not None and (_names(before), before.types) != (
            _names(relation),
            relation.types,
        ):
            self._catalogue_changed = True
        self._relations[oid] = relation

    def _take_insert(self, payload: bytes) -> None:
        relation = self._relation(payload)
        new, _ = _tuple(payload, 6, relation)
        self._change(INSERT, relation.schema, relation.table, new, None, len(payload))

    def _take_update(self, payload: bytes) -> None:
        relation = self._relation(payload)
        old, at = None, 5
        if payload[at : at + 1] in (b"K", b"O"):
            old, at = _tuple(payload, at + 1, relation)
        new, _ = _tuple(payload, at + 1, relation)
        self._change(UPDATE, relation.schema, relation.table, new, old, len(payload))

    def _take_delete(self, payload: bytes) -> None:
        relation = self._relation(payload)
        old, _ = _tuple(payload, 6, relation)
        self._change(DELETE, relation.schema, relation.table, {}, old, len(payload))

    def _take_truncate(self, payload: bytes) -> None:
        (count,) = _SIZE.unpack_from(payload, 1)
        for index in range(count):
            (oid,) = _SIZE.unpack_from(payload, 6 + 4 * index)
            relation = self._relations.get(oid)
            if relation is not None:
                self._truncate(relation.schema, relation.table)

    def _relation(self, payload: bytes) -> _Relation:
        (oid,) = _SIZE.unpack_from(payload, 1)
        if oid not in self._relations:
            raise StreamError(f"Could not find relation id {oid}")
        return self._relations[oid]


def _tuple(payload: bytes, at: int, relation: _Relation) -> tuple[dict[str, Any], int]:
    """A row's values by column and the position behind it; unchanged TOASTed
    values are left out.
    """
    (count,) = _COUNT.unpack_from(payload, at)
    at += 2
    if count != len(relation.columns):
        raise StreamError(f"a row of {count} columns for {relation.schema}.{relation.table}")
    found: dict[str, Any] = {}
    for name, literal in relation.columns:
        kind = payload[at]
        at += 1
        if kind == 0x74:  # t, as text
            (size,) = _SIZE.unpack_from(payload, at)
            at += 4
            text = payload[at : at + size].decode()
            at += size
            found[name] = text if literal is None else literal(text)
        elif kind == 0x6E:  # n, NULL
            found[name] = None
        elif kind != 0x75:  # u, unchanged
            raise StreamError(f"a value of kind {kind:#x} in {relation.schema}.{relation.table}")
    return found, at


def _string(payload: bytes, at: int) -> tuple[str, int]:
    end = payload.index(b"\0", at)
    return payload[at:end].decode(), end + 1


def _names(relation: _Relation) -> list[str]:
    return [name for name, _ in relation.columns]


def _time_text(microseconds: int) -> str:
    moment = _EPOCH + dt.timedelta(microseconds=microseconds)
    text = f"{moment:%Y-%m-%d %H:%M:%S.%f}".rstrip("0").rstrip(".")
    return f"{text}+00"
