"""Markers of many tables: written together in one transaction, looked for together.

Where changes are applied in batches, a batch is applied table by table and kind by kind (DMS user
guide, "Target metadata task settings", BatchApplyEnabled): a marker may be seen before the changes
it was written behind. What was committed after it was seen is in a later batch, and when that is
seen, all of the earlier one was applied. ``confirmed_flush_lsn`` proves nothing of this kind: it
says what was received.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from reconciliation.canonical import target_key
from reconciliation.databases.faults import explain
from reconciliation.databases.quoting import text_quoted
from reconciliation.databases.rows import target_side
from reconciliation.errors import Lost, NotJudged, Unreadable
from reconciliation.making.model import Insert, OwnRow
from reconciliation.model import Key, TableContract
from reconciliation.parallel_run import ParallelRun
from reconciliation.replication.task import settings_section
from reconciliation.session.acts import Acted, act
from reconciliation.session.marker import Marker, searchable_mark
from reconciliation.session.session import Session
from reconciliation.session.statements import picked
from reconciliation.session.waiting import Arrival, Look, poll

#: searching for a marker under any key reads the whole legacy table: not more often than this, and
#: not for more than a tenth of the time
SEARCH_SECONDS, SEARCH_SHARE = 1.0, 10


def write(session: Session, tables: Iterable[str]) -> tuple[Marker, ...]:
    """A marker row in each of these tables (source names), all in one transaction; with what they
    refer to, where that is not there yet.

    A table that cannot have one gets a marker with ``refused``. Raises what ``act`` raises.
    """
    made: dict[str, tuple[OwnRow, str | None]] = {}
    refused: dict[str, str] = {}
    rows: list[OwnRow] = []
    for table in dict.fromkeys(tables):
        try:
            before, own, token = _made(session, table)
        except Lost:
            raise
        except (NotJudged, Unreadable) as error:
            refused[table] = str(error)
            continue
        rows += [*before, own]
        made[table] = own, token
    acted = act(session, [Insert(own) for own in rows])
    refused |= acted.refused
    return tuple(_marker(table, made, refused, acted) for table in dict.fromkeys(tables))


def _made(session: Session, table: str) -> tuple[list[OwnRow], OwnRow, str | None]:
    """Rows that have to stand before it, the marker row, and its token."""
    run, maker = session.parallel_run, session.maker
    reason = (
        run.unfit.get(table) or session.preflight.unwritable.get(table) or maker.hindrance(table)
    )
    if reason is not None:
        raise NotJudged(reason)
    *before, own = maker.rows(table, 1)  # with what it refers to, where that is not there yet
    mark = searchable_mark(run, run.table(table))
    if mark is None:
        return before, own, None
    token = f"marker {uuid.uuid4().hex}"
    own = maker.fitted(own, {mark: token})
    return before, own, token if own.row.get(mark) == token else None


def _marker(
    table: str,
    made: Mapping[str, tuple[OwnRow, str | None]],
    refused: Mapping[str, str],
    acted: Acted,
) -> Marker:
    own, token = made.get(table, (None, None))
    key = own.key if own is not None else ()
    return Marker(table, key, token, acted.committed_at, acted.committed, refused.get(table, ""))


# ------------------------------------------------------------------ waiting


def wait(
    session: Session, markers: Sequence[Marker], limit: float | None = None
) -> Mapping[str, Arrival]:
    """Wait until Oracle shows the markers, all of them at once, for ``limit`` seconds at most
    (default: the profile's); by table.

    Where changes are applied in batches, a second marker is written behind each that was seen, and
    waited for as well.
    """
    run = session.parallel_run
    seconds = run.profile.replication.arrival_limit_seconds if limit is None else limit
    first = waited(run, markers, seconds)
    if not applies_batches(run):
        return first
    seen = [table for table, arrival in first.items() if arrival.arrived]
    second = waited(run, write(session, seen), seconds)
    return {
        table: _behind(arrival, second[table]) if table in second else arrival
        for table, arrival in first.items()
    }


def _behind(first: Arrival, second: Arrival) -> Arrival:
    """The lag is the first one's, as everywhere; that it counts is the second one's to say."""
    if second.arrived:
        return replace(first, second=second.marker)
    return replace(second, marker=first.marker, second=second.marker)


def applies_batches(run: ParallelRun) -> bool:
    """Whether the task applies changes in batches, by its settings."""
    return settings_section(run.task, "TargetMetadata").get("BatchApplyEnabled") is True


def waited(run: ParallelRun, markers: Sequence[Marker], limit: float) -> dict[str, Arrival]:
    """Wait for these markers and for nothing behind them."""
    refused = {
        one.table: Arrival(False, 0.0, 0.0, None, one, one.refused)
        for one in markers
        if one.refused
    }
    written = [one for one in markers if not one.refused]
    if not written:
        return refused
    with run.target.connect() as connection:
        looks = {one.table: _Looks(run, run.table(one.table), one) for one in written}
        arrived = poll(
            lambda marker, last: looks[marker.table].once(connection, last), written, limit
        )
    return refused | arrived


class _Looks:
    """By key every time (an index serves it), under any key once a second and in the last look: a
    broken set-up may renumber rows.
    """

    def __init__(self, run: ParallelRun, table: TableContract, marker: Marker) -> None:
        there, rules = run.target_catalogue[table.target], run.rules(table.source)
        side = target_side(table, there, lambda row: target_key(table, rules, row))
        self._side = replace(side, columns=side.key, filter=None)
        condition, self._binds = picked(there, side.key, [marker.key], is_target=True)
        self._by_key, self._search = self._side.select(condition), ""
        mark = searchable_mark(run, table) if marker.token is not None else None
        if mark is not None:
            marked = f"{text_quoted(table.pair(mark).target)} = :token"
            # another row may have come to stand under the marker's key
            self._by_key = self._side.select(f"({condition}) AND {marked}")
            self._search = self._side.select(marked)
            self._token = {"token": marker.token}
            self._binds |= self._token
        self._next_search = time.monotonic() + SEARCH_SECONDS

    def once(self, connection: Connection, last: bool) -> Look:
        try:
            return Look(self._found(connection, last))
        except Lost:
            raise
        except Unreadable as error:
            return Look(trouble=f"{self._side.table.full_name}: {error}")
        except DBAPIError as error:
            words = explain(error.orig or error, connection.engine.url, connecting=False)
            return Look(trouble=f"{self._side.table.full_name}: {words}")
        finally:
            # a read-only transaction keeps its first snapshot: the next look needs a new one
            connection.rollback()

    def _found(self, connection: Connection, last: bool) -> Key | None:
        row = connection.execute(text(self._by_key), self._binds).first()
        if row is None and self._search and (last or time.monotonic() >= self._next_search):
            began = time.monotonic()
            row = connection.execute(text(self._search), self._token).first()
            spent = time.monotonic() - began
            self._next_search = began + max(SEARCH_SECONDS, spent * SEARCH_SHARE)
        return None if row is None else self._side.key_of(self._side.row(tuple(row)))
