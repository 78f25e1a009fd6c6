"""Rows of two PostgreSQL tables with the same types: compared as the bytes COPY sends, without any
conversion.

Equal bytes are equal values for every type; the other way round there are exceptions (1.50 and 1.5
are one numeric), so unlike rows are rechecked by value. Source: PostgreSQL documentation,
COPY, "Binary Format"; the send functions of the key types (integers in network byte order, text in
UTF-8, times as microseconds since 2000-01-01).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from reconciliation.canonical import ColumnRule
from reconciliation.canonical.types import source_label
from reconciliation.compare.extent.ranges import KeyRange, conditions
from reconciliation.compare.streams.layout import NoTexts
from reconciliation.compare.streams.statement import Statement
from reconciliation.databases.quoting import quoted, quoted_table
from reconciliation.model import SIDES, CatalogueTable, Key, TableContract, Value

_EPOCH = dt.datetime(2000, 1, 1)


def _whole(data: bytes) -> int:
    return int.from_bytes(data, "big", signed=True)


def _moment(data: bytes) -> dt.datetime:
    return _EPOCH + dt.timedelta(microseconds=_whole(data))


def _instant(data: bytes) -> dt.datetime:
    return _moment(data).replace(tzinfo=dt.UTC)


def _date(data: bytes) -> dt.date:
    return _EPOCH.date() + dt.timedelta(days=_whole(data))


def _uuid(data: bytes) -> str:
    return str(uuid.UUID(bytes=data))


#: how a key column's bytes are read; other types cannot be keys here
_READERS: dict[str, Callable[[bytes], Value]] = {
    "int2": _whole,
    "int4": _whole,
    "int8": _whole,
    "varchar": bytes.decode,
    "text": bytes.decode,
    "uuid": _uuid,
    "bytea": bytes,
    "date": _date,
    "timestamp": _moment,
    "timestamptz": _instant,
}
_BY_CODE_POINT = frozenset({"varchar", "text"})


@dataclass(frozen=True)
class BinaryRows:
    """A ``RowForm``: the key's columns first, then the others."""

    source: Statement
    target: Statement
    rules: tuple[ColumnRule, ...]
    readers: tuple[Callable[[bytes], Value], ...]
    reductions_sql: str = ""
    reductions: tuple[str, ...] = ()
    sides: tuple[str, str] = SIDES
    beside: None = None
    hides_broken: bool = False

    @property
    def source_sql(self) -> str:
        """What the source is asked."""
        return self.source.sql

    @property
    def target_sql(self) -> str:
        """What the target is asked."""
        return self.target.sql

    @property
    def target_is_oracle(self) -> bool:
        """Never."""
        return False

    @property
    def key_rules(self) -> tuple[ColumnRule, ...]:
        """The rules of the key's columns in order."""
        return self.rules

    def within(self, keys: KeyRange) -> BinaryRows:
        """The same for the rows of a range of keys; raises NoRange."""
        ours, theirs = conditions(self.rules, keys, oracle=False)
        return replace(self, source=self.source.where(ours), target=self.target.where(theirs))

    def source_key(self, row: bytes) -> Key:
        """The canonical key. Raises ValueError or ArithmeticError for one that Python cannot hold
        (infinity).
        """
        position, found = 2, []
        for rule, read in zip(self.rules, self.readers, strict=True):
            length = int.from_bytes(row[position : position + 4], "big")
            value = read(row[position + 4 : position + 4 + length])
            found.append(rule.canonical_source(value))
            position += 4 + length
        return tuple(found)

    def target_key(self, row: bytes) -> Key:
        """The same: both sides are PostgreSQL."""
        return self.source_key(row)

    def alike(
        self, source: bytes, target: bytes, accepted: Counter[str], reductions: Counter[str]
    ) -> bool:
        """Never said here: bytes that differ are rechecked by value."""
        return False


def binary_rows(
    table: TableContract,
    rules: Mapping[str, ColumnRule],
    source: CatalogueTable,
    target: CatalogueTable,
) -> BinaryRows:
    """The binary rows of two PostgreSQL tables; raises NoTexts naming the column that keeps them
    from being compared.

    PostgreSQL itself has to vouch that the key is unique, as in ``layout``.
    """
    if set(table.key) != set(source.primary_key):
        raise NoTexts(
            f"the key ({', '.join(table.key)}) is not the primary key of {source.full_name}"
        )
    columns = [*table.key, *(column for column in rules if column not in table.key)]
    for column in columns:
        rule = rules[column]
        if source_label(rule.source.type) != source_label(rule.target.type) or rule.pair.conversion:
            raise NoTexts(
                f"{column} ({rule.source.type}) and {rule.pair.target} ({rule.target.type}) "
                f"differ in type"
            )
    kinds = [source_label(rules[column].source.type) for column in table.key]
    for column, kind in zip(table.key, kinds, strict=True):
        if kind not in _READERS:
            raise NoTexts(f"a key column of type {kind} ({column}) is only compared in memory")
    return BinaryRows(
        _select(source, columns, kinds),
        _select(target, [rules[column].pair.target for column in columns], kinds),
        tuple(rules[column] for column in table.key),
        tuple(_READERS[kind] for kind in kinds),
        sides=table.sides,
    )


def _select(table: CatalogueTable, columns: Sequence[str], kinds: Sequence[str]) -> Statement:
    names = [quoted(column) for column in columns]
    order = (
        f'{name} COLLATE "C"' if kind in _BY_CODE_POINT else name
        for name, kind in zip(names, kinds, strict=False)
    )
    return Statement(", ".join(names), quoted_table(table), ", ".join(order))
