"""The first look at a whole table through texts: which keys differ, and what was counted on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import oracledb
import psycopg2
from sqlalchemy import Connection

from reconciliation.canonical import CanonicalError, accepted_rule
from reconciliation.faults import Unreadable, explain, place
from reconciliation.model import Key
from reconciliation.streams.forms import canonical_pair
from reconciliation.streams.layout import Field, Layout
from reconciliation.streams.merge import Counts, Found, Mismatch, merge
from reconciliation.streams.source import CopiedRows, Stalled, unpacked
from reconciliation.streams.target import fetched_rows


@dataclass
class Look:
    """``suspects`` are the keys to look at again, the first ``limit`` of ``suspect_count``."""

    limit: int
    counts: Counts = field(default_factory=Counts)
    suspects: list[Key] = field(default_factory=list)
    suspect_count: int = 0
    accepted: Counter[str] = field(default_factory=Counter)
    reductions: Counter[str] = field(default_factory=Counter)

    def suspect(self, key: Key) -> None:
        self.suspect_count += 1
        if len(self.suspects) < self.limit:
            self.suspects.append(key)


def look_at_texts(
    layout: Layout,
    source: Connection,
    target: Connection,
    *,
    limit: int,
    patience: float,
    progress: Callable[[int], None],
) -> Look:
    """Compare every row of both sides within their open transactions.

    ``limit`` is how many suspect keys are kept, ``patience`` seconds without a row from PostgreSQL after which the
    table is given up, ``progress`` gets the number of source rows. Raises Unordered, or EnvironmentFault for whatever
    the databases refuse.
    """
    look = Look(limit)
    driver = source.connection.driver_connection
    try:
        with (
            CopiedRows(driver, layout.source_sql, patience) as rows,
            closing(fetched_rows(target.connection.driver_connection, layout.target_sql)) as others,
        ):
            told = _telling(rows, progress)
            for mismatch in merge(told, others, _key(layout.key), _key(layout.target_key), look.counts):
                _weigh(look, layout, mismatch)
        _count_reductions(look, layout, driver)
    except Stalled as error:
        raise Unreadable(f"{place(source.engine.url)}: {error}; is the table locked, or is it sorted first?") from None
    except psycopg2.Error as error:
        raise explain(error, source.engine.url, connecting=False) from None
    except oracledb.Error as error:
        raise explain(error, target.engine.url, connecting=False) from None
    return look


def _telling(chunks: Iterable[list[bytes]], progress: Callable[[int], None]) -> Iterator[list[bytes]]:
    rows = 0
    for chunk in chunks:
        yield chunk
        rows += len(chunk)
        progress(rows)


def _key(read: Callable[[list[str]], Key]) -> Callable[[bytes], Key]:
    def key_of(row: bytes) -> Key:
        try:
            return read(unpacked(row))
        except (ValueError, ArithmeticError) as error:
            raise CanonicalError(f"the key of a row cannot be read: {error}") from error

    return key_of


def _weigh(look: Look, layout: Layout, mismatch: Mismatch) -> None:
    if mismatch.found is not Found.UNLIKE:
        look.suspect(mismatch.key)
        return
    accepted: Counter[str] = Counter()
    ours, theirs = (layout.split(unpacked(row or b"")) for row in (mismatch.source, mismatch.target))
    for place_, (left, right) in zip(layout.fields, zip(ours, theirs, strict=True), strict=True):
        if left != right and not same_value(place_, left, right, accepted):
            look.suspect(mismatch.key)
            return
    look.accepted.update(accepted)
    look.counts.equal += 1


def same_value(place_: Field, left: str | None, right: str | None, accepted: Counter[str]) -> bool:
    """Whether two unlike texts are one value, or differ in a way somebody accepted."""
    rule, form = place_.rule, place_.form
    try:
        ours, theirs = canonical_pair(rule, form, left, right)
    except (ValueError, ArithmeticError, CanonicalError):
        return False  # looked at again through the drivers, which can say what it is
    if ours == theirs:
        return True
    if form.converted:
        return False
    found = accepted_rule(rule.accepted, rule.target.type, form.read_source(left), form.read_target(right))
    if found is None:
        return False
    accepted[f"{rule.pair.source}: {found.rule}"] += 1
    return True


def _count_reductions(look: Look, layout: Layout, connection: Any) -> None:
    """Values that an agreed conversion made less exact, counted by PostgreSQL in the same snapshot."""
    if not layout.reductions:
        return
    with connection.cursor() as cursor:
        cursor.execute(layout.reductions_sql)
        counts = cursor.fetchone()
    look.reductions.update({name: count for name, count in zip(layout.reductions, counts, strict=True) if count})
