"""Markers of many tables: written together in one transaction, looked for together.

Where changes are applied in batches, a batch is applied table by table and kind by kind (DMS user
guide, "Target metadata task settings", BatchApplyEnabled): a marker may be seen before the changes
it was written behind. What was committed after it was seen is in a later batch, and when that is
seen, all of the earlier one was applied. ``confirmed_flush_lsn`` proves nothing of this kind: it
says what was received.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from reconciliation.errors import Lost, NotJudged, Unreadable
from reconciliation.making.model import Insert, OwnRow
from reconciliation.parallel_run import ParallelRun
from reconciliation.replication.task import settings_section
from reconciliation.session.acts import Acted, act
from reconciliation.session.looks import Looks
from reconciliation.session.marker import Marker, searchable_mark
from reconciliation.session.session import Session
from reconciliation.session.waiting import Arrival, poll


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
        looks = Looks(run, connection, written)
        arrived = poll(looks.once, written, limit, ahead=looks.by_key)
    return refused | arrived
