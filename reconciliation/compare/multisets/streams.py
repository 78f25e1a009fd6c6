"""Texts of rows with their counts, in one order from both sides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from itertools import groupby
from operator import itemgetter

from sqlalchemy import Connection

from reconciliation.canonical import ColumnRule
from reconciliation.canonical.types import target_label
from reconciliation.compare.checksums.digest import oracle_row, postgresql_row
from reconciliation.compare.streams.layout import Layout, NoTexts
from reconciliation.databases.drivers import oracledb_of
from reconciliation.databases.faults import place
from reconciliation.databases.fetching import broken, kept_unconverted, set_meanwhile
from reconciliation.databases.rows import readable
from reconciliation.errors import Unreadable, UnreadableValue

#: rows fetched at a time
_CHUNK_ROWS = 2_000
#: seconds a database may take to group or sort a table before its first row comes
FIRST_ROW_TIMEOUT_SECONDS = 600

#: the digest of a row ('' where texts order them), its texts (a wide row has several), how often it
#: stands there
Counted = tuple[str, tuple[str, ...], int]
#: the place of a row among the others: its digest, and its texts as UTF-8
Order = tuple[str, tuple[bytes, ...]]


def check_layout(layout: Layout, rules: Sequence[ColumnRule]) -> None:
    """Raises NoTexts for a column that is in no text: a row counted without it would be another
    row.
    """
    written = {field.rule.pair.source for part in layout.parts for field in part}
    for rule in rules:
        if rule.pair.source not in written:
            raise NoTexts(
                f"{rule.pair.source} ({rule.source.type}) -> {rule.pair.target} "
                f"({target_label(rule.target.type)}) cannot be written as a text both databases "
                "can count; only a table with a key can be compared with it"
            )


def statements(layout: Layout, by_digest: bool) -> tuple[str, str]:
    """What both databases are asked: what orders a row's texts, the texts, and how often they stand
    there.

    ``by_digest`` says that Oracle has STANDARD_HASH: rows then come in the order of their MD5, and
    Oracle's one by one to be counted here. Grouping or ordering by texts of up to 4,000 bytes each
    may need a longer sort key than Oracle has (ORA-01467), and is only done where there is no other
    way. Source: Oracle Database Error Messages, ORA-01467.
    """
    names = [f"t{number}" for number in range(len(layout.parts))]
    collated = ", ".join(f'{name} COLLATE "C"' for name in names)
    here, there = (
        f"WITH g ({', '.join(names)}) AS ({replace(rows, order='').sql}) SELECT"
        for rows in (layout.source, layout.target)
    )
    plain = ", ".join(names)
    if not by_digest:
        return (
            f"{here} '', {collated}, COUNT(*)::text FROM g GROUP BY {collated} ORDER BY {collated}",
            f"{there} NULL, {plain}, COUNT(*) FROM g GROUP BY {plain} ORDER BY {plain}",
        )
    counted = ", ".join(f'{name} COLLATE "C" AS {name}' for name in names)
    grouped = f"{here} {counted}, COUNT(*)::text AS n FROM g GROUP BY {collated}"
    return (
        (
            f'SELECT {postgresql_row(names)} COLLATE "C" AS h, {plain}, n FROM ({grouped}) r ORDER '
            f"BY h"
        ),
        f"{there} LOWER({oracle_row(names)}) AS h, {plain}, 1 FROM g ORDER BY h",
    )


def has_digests(connection: Connection) -> bool:
    """Whether an Oracle has STANDARD_HASH, which came with 12.1."""
    return int(oracledb_of(connection).version.split(".")[0]) >= 12


def counted_rows(connection: Connection, sql: str, hides_broken: bool = False) -> Iterator[Counted]:
    """The rows of one side, in the order of digests and bytes.

    ``hides_broken`` is the layout's, for Oracle's side. Raises Unreadable when the database's order
    is another, or repeats a row, and UnreadableValue for a broken text.
    """
    oracle = connection.engine.dialect.name == "oracle"
    # the call that sorts the table may take long, and only that one
    waiting_long = (
        set_meanwhile(connection, "call_timeout", FIRST_ROW_TIMEOUT_SECONDS * 1000)
        if oracle
        else nullcontext()
    )
    with readable(connection), waiting_long:
        yield from _ordered(connection, sql if oracle else sql.replace("%", "%%"), hides_broken)


def _ordered(connection: Connection, sql: str, hides_broken: bool) -> Iterator[Counted]:
    last: Order | None = None
    for row in _together(_rows(connection, sql, hides_broken)):
        place_of_row = order_of(row)
        if last is not None and not last < place_of_row:
            raise Unreadable(
                f"{place(connection.engine.url)}: rows do not come in the order of their "
                "UTF-8 bytes or digests; without a key they cannot be held against each other"
            )
        last = place_of_row
        yield row


def _rows(connection: Connection, sql: str, hides_broken: bool) -> Iterator[Counted]:
    with connection.execution_options(yield_per=_CHUNK_ROWS).exec_driver_sql(sql) as result:
        for digest, *texts, count in result:
            if why := next(
                filter(None, map(broken, map(kept_unconverted, texts) if hides_broken else texts)),
                None,
            ):
                raise UnreadableValue(
                    f"{place(connection.engine.url)}: a row without a key cannot be read: {why}"
                )
            yield digest or "", tuple(texts), int(count)


def _together(rows: Iterator[Counted]) -> Iterator[Counted]:
    """Rows with the same texts as one; they come one after the other, as all with one digest do."""
    for digest, alike in groupby(rows, key=itemgetter(0)):
        if not digest:  # grouped by the database
            yield from alike
            continue
        counts: Counter[tuple[str, ...]] = Counter()
        for _, texts, count in alike:
            counts[texts] += count
        yield from sorted(((digest, texts, count) for texts, count in counts.items()), key=order_of)


def order_of(row: Counted) -> Order:
    """What both sides order rows by."""
    digest, texts, _ = row
    return digest, tuple(text.encode() for text in texts)
