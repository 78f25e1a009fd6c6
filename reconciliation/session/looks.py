"""Looks at Oracle for the markers of many tables."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from reconciliation.canonical import target_key
from reconciliation.databases.faults import explain
from reconciliation.databases.keys import key_condition
from reconciliation.databases.quoting import text_quoted, text_quoted_table
from reconciliation.databases.rows import target_side
from reconciliation.errors import Lost, Unreadable
from reconciliation.model import Key, TableContract
from reconciliation.parallel_run import ParallelRun
from reconciliation.session.marker import Marker, searchable_mark
from reconciliation.session.waiting import Look

#: searching for a marker under any key reads the whole legacy table: not before it is somewhat late
#: (many replications take a second for every change), not more often than this, and not for more
#: than a tenth of the time
FIRST_SEARCH_SECONDS, SEARCH_SECONDS, SEARCH_SHARE = 2.0, 1.0, 10
#: tables looked at in one statement
TABLES_PER_STATEMENT = 50

Answer = TypeVar("Answer")


class Looks:
    """By key every time (indexes serve it), many tables in one statement; under any key once a
    second, when it is late, and in the last look: a broken set-up may renumber rows.
    """

    def __init__(self, run: ParallelRun, connection: Connection, markers: Sequence[Marker]) -> None:
        self._connection = connection
        self._places = {
            one.table: _Place(run, run.table(one.table), one, number)
            for number, one in enumerate(markers)
        }
        self._seen: dict[str, Look] = {}

    def by_key(self, markers: Sequence[Marker]) -> None:
        """One look at the markers under their keys; what there is to say is said by ``once``."""
        for start in range(0, len(markers), TABLES_PER_STATEMENT):
            self._look(markers[start : start + TABLES_PER_STATEMENT])

    def _look(self, markers: Sequence[Marker]) -> None:
        places = [self._places[one.table] for one in markers]
        statement = " UNION ALL ".join(place.by_key for place in places)
        binds = {name: value for place in places for name, value in place.binds.items()}
        found = self._asked(
            lambda: self._connection.execute(text(statement), binds).scalars().all()
        )
        if not isinstance(found, str):
            seen = set(map(int, found))
            keys = {one.table: one.key for one in markers if self._places[one.table].number in seen}
            self._seen |= {table: Look(key) for table, key in keys.items()}
        elif len(markers) == 1:
            self._seen[markers[0].table] = Look(trouble=f"{places[0].name}: {found}")
        else:  # one of them cannot be read, and the others can
            for one in markers:
                self._look([one])

    def once(self, marker: Marker, last: bool) -> Look:
        """What the round has found under the marker's key, or under any other now."""
        if marker.table in self._seen:
            return self._seen[marker.table]
        place = self._places[marker.table]
        if not place.search or not (last or time.monotonic() >= place.next_search):
            return Look()
        began = time.monotonic()
        found = self._asked(lambda: self._searched(place))
        place.next_search = began + max(SEARCH_SECONDS, (time.monotonic() - began) * SEARCH_SHARE)
        return Look(trouble=f"{place.name}: {found}") if isinstance(found, str) else Look(found)

    def _searched(self, place: _Place) -> Key | None:
        row = self._connection.execute(text(place.search), place.token).first()
        return None if row is None else place.side.key_of(place.side.row(tuple(row)))

    def _asked(self, ask: Callable[[], Answer]) -> Answer | str:
        """The answer, or in words why there is none."""
        try:
            return ask()
        except Lost:
            raise
        except Unreadable as error:
            return str(error)
        except DBAPIError as error:
            url = self._connection.engine.url
            return str(explain(error.orig or error, url, connecting=False))
        finally:
            # a read-only transaction keeps its first snapshot: the next look needs a new one
            self._connection.rollback()


class _Place:
    """Where one marker is looked for; ``number`` tells it from the others in one statement."""

    def __init__(self, run: ParallelRun, table: TableContract, marker: Marker, number: int) -> None:
        there, rules = run.target_catalogue[table.target], run.rules(table.source)
        side = target_side(table, there, lambda row: target_key(table, rules, row))
        self.side, self.number = replace(side, columns=side.key, filter=None), number
        self.name = there.full_name
        condition, self.binds = key_condition(
            side.key_columns, [marker.key], is_target=True, binds_named=f"m{number}_"
        )
        self.search, self.token = "", {"token": marker.token}
        self.next_search = time.monotonic() + FIRST_SEARCH_SECONDS
        mark = searchable_mark(run, table) if marker.token is not None else None
        if mark is not None:
            column = text_quoted(table.pair(mark).target)
            self.search = self.side.select(f"{column} = :token")
            # another row may have come to stand under the marker's key
            condition = f"({condition}) AND {column} = :t{number}"
            self.binds[f"t{number}"] = marker.token
        self.by_key = (
            f"SELECT {number} AS N FROM DUAL "
            f"WHERE EXISTS (SELECT 1 FROM {text_quoted_table(there)} WHERE {condition})"
        )
