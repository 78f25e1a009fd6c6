"""Which rows the changes were about that the replication could not apply: it names them only in its
statements.

A value there is a literal of the legacy column, or the text DMS sent for it; the rule of the column
makes of it the canonical value that the same row has everywhere else.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation

from reconciliation.canonical import ColumnRule
from reconciliation.canonical.types import is_moment, target_label
from reconciliation.errors import CanonicalError
from reconciliation.model import ColumnType, Contract, Key, TableContract, Value
from reconciliation.parallel_run import ParallelRun
from reconciliation.replication.dropped import ApplyException
from reconciliation.replication.sql import Literal, Row, Told, taken_apart

__all__ = ["Told", "key_of", "keys_of", "taken_apart"]

_NUMBERS = frozenset({"NUMBER", "FLOAT", "BINARY_FLOAT", "BINARY_DOUBLE"})
_TEXTS = frozenset({"VARCHAR2", "NVARCHAR2", "CHAR", "NCHAR"})
_BYTES = frozenset({"RAW", "LONG RAW", "BLOB"})
_HEX = re.compile(r"(?:0x|\\x)?((?:[0-9A-Fa-f]{2})*)")
_MOMENT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6})0*)?)?)?"
    r" ?(Z|[+-]\d\d(?::?\d\d)?)?"
)


def keys_of(
    run: ParallelRun, table: str, exceptions: Iterable[ApplyException]
) -> tuple[Mapping[Key, list[ApplyException]], list[ApplyException]]:
    """Of the changes that could not be applied those of one table (by its source name): by
    canonical key, and those whose key cannot be told. Those of other tables are in neither.

    A change of the key itself stands under both keys. Raises CanonicalError for a contract without
    rules.
    """
    contract, rules = run.table(table), run.rules(table)
    known: dict[Key, list[ApplyException]] = {}
    unknown: list[ApplyException] = []
    for one in exceptions:
        if _is_about(one, contract, run.contract):
            keys = tuple(dict.fromkeys(_keys(one, contract, rules)))
            for key in keys:
                known.setdefault(key, []).append(one)
            if not keys:
                unknown.append(one)
    return known, unknown


def key_of(
    exception: ApplyException, contract: TableContract, rules: Mapping[str, ColumnRule]
) -> Key | None:
    """The canonical key of the row a change of this table was about, the old one of a change of the
    key; None where its statement does not tell.
    """
    return next(_keys(exception, contract, rules), None)


def _is_about(one: ApplyException, table: TableContract, contract: Contract) -> bool:
    """Names as they are stand before names that differ in their case only."""
    name = f"{one.table_owner}.{one.table_name}"
    for meant in (table.target, table.source):
        if name == meant:
            return True
    every = {name for other in contract.tables for name in (other.target, other.source)}
    return name not in every and name.casefold() in (
        table.target.casefold(),
        table.source.casefold(),
    )


def _keys(
    one: ApplyException, contract: TableContract, rules: Mapping[str, ColumnRule]
) -> Iterator[Key]:
    told = taken_apart(one.verbatim or one.statement)
    if told is None or not contract.key:
        return
    for row in (told.wanted, {**told.wanted, **told.written}):
        key = _key(row, contract, rules)
        if key is not None:
            yield key


def _key(row: Row, contract: TableContract, rules: Mapping[str, ColumnRule]) -> Key | None:
    parts: list[Value] = []
    for column in contract.key:
        rule = rules[column]
        name = _named(rule.pair.target, row)
        if name is None:
            return None
        try:
            parts.append(rule.canonical_target(as_stored(rule.target.type, row[name])))
        except (CanonicalError, ValueError, InvalidOperation):
            return None
    return tuple(parts)


def _named(column: str, row: Row) -> str | None:
    """A column as the statement names it."""
    if column in row:
        return column
    alike = [name for name in row if name.casefold() == column.casefold()]
    return alike[0] if len(alike) == 1 else None


def as_stored(kind: ColumnType, literal: Literal) -> Value:
    """A literal as the driver would give the value of a column of Oracle. Raises ValueError for one
    that is no value of such a column.
    """
    label = target_label(kind)
    if label in _NUMBERS and isinstance(literal, (Decimal, str)):
        return Decimal(literal)
    if label in _BYTES:
        return _bytes(literal)
    if label in _TEXTS and isinstance(literal, (Decimal, str)):
        return format(literal, "f") if isinstance(literal, Decimal) else literal
    if is_moment(kind) and isinstance(literal, str):
        return _moment("TIME ZONE" in label, literal)
    raise ValueError(f"{type(literal).__name__} is no value of {label}")


def _bytes(literal: Literal) -> bytes:
    """Bytes, their hexadecimal digits, or a UUID's text."""
    if isinstance(literal, bytes):
        return literal
    text = str(literal)
    found = _HEX.fullmatch(text)
    return bytes.fromhex(found[1]) if found else uuid.UUID(text).bytes


def _moment(zoned: bool, text: str) -> dt.datetime:
    """DMS writes moments in UTC, with or without saying so."""
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        raise ValueError("no moment")
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    fraction = int((found[7] or "").ljust(6, "0"))
    moment = dt.datetime(year, month, day, hour, minute, second, fraction, dt.UTC)
    if found[8] and found[8] != "Z":
        digits = found[8][1:].replace(":", "").ljust(4, "0")
        offset = dt.timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        moment += offset if found[8][0] == "-" else -offset
    return moment if zoned else moment.replace(tzinfo=None)
