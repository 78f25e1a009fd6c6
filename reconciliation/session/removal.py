"""Removing rows of a run by their keys, on either side; nothing else of the judge deletes rows.

What cannot be removed is told by table, and nothing is forced: a row somebody else's row refers to
stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from reconciliation.databases.faults import explain
from reconciliation.databases.quoting import text_quoted_table
from reconciliation.databases.rows import Side, each_asked, told
from reconciliation.errors import Lost, Unreadable
from reconciliation.making.model import Delete
from reconciliation.model import Key
from reconciliation.session.acts import act
from reconciliation.session.places import Place, children_first, standing
from reconciliation.session.session import Session
from reconciliation.session.statements import parts, picked

Keys = Mapping[str, frozenset[Key]]
#: so many rows of a run are removed at once: nobody waits for one of its transactions for long
ROWS_PER_TRANSACTION = 1000


@dataclass
class Removed:
    """By source name: how many rows were removed, and why others were not, in one line."""

    rows: dict[str, int] = field(default_factory=dict)
    trouble: dict[str, str] = field(default_factory=dict)

    def attempt(self, name: str, work: Callable[[], frozenset[Key]]) -> frozenset[Key]:
        """What ``work`` gives; nothing, with the reason, where the table does not let it."""
        try:
            return work()
        except Lost:
            raise
        except Unreadable as error:
            self.trouble[name] = f"{name}: {error}"
            return frozenset()

    def attempt_all(
        self, engine: Engine, asked: Mapping[str, Callable[[Connection], frozenset[Key]]]
    ) -> dict[str, frozenset[Key]]:
        """What each table answers over one connection; nothing, with the reason, where it does not
        let it.
        """
        found = each_asked(engine, asked)
        return {name: self.attempt(name, partial(told, one)) for name, one in found.items()}


def remove_in_source(session: Session, places: Sequence[Place], keys: Keys) -> Removed:
    """Remove the rows under these keys in PostgreSQL, ROWS_PER_TRANSACTION at a time; the keys have
    been noted. What is refused is tried again in one transaction: rows may refer to one another.
    """
    run, done = session.parallel_run, Removed()
    ordered = children_first(places, run.source_catalogue, is_target=False)
    found = done.attempt_all(
        run.source,
        {
            place.name: partial(standing, side=place.here, keys=keys[place.name])
            for place in ordered
        },
    )
    deletes = [Delete(name, tuple(sorted(some, key=repr))) for name, some in found.items() if some]
    refused: list[Delete] = []
    for several in _in_parts(deletes):
        refused += _delete_here(session, several, done)
    while refused:
        again = _delete_here(session, refused, done)
        if len(again) == len(refused):
            break
        refused = again  # rows that referred to them may be gone now
    return done


def _in_parts(deletes: Sequence[Delete]) -> Iterator[list[Delete]]:
    """The deletes in their order, parted into those of one transaction."""
    several, rows = list[Delete](), 0
    for one in deletes:
        keys = one.keys
        while keys:
            now, keys = keys[: ROWS_PER_TRANSACTION - rows], keys[ROWS_PER_TRANSACTION - rows :]
            several.append(Delete(one.table, now))
            rows += len(now)
            if rows == ROWS_PER_TRANSACTION:
                yield several
                several, rows = [], 0
    if several:
        yield several


def _delete_here(session: Session, deletes: Sequence[Delete], done: Removed) -> list[Delete]:
    """One transaction; gives those that were refused, which is trouble until they are not."""
    acted = act(session, deletes)
    for table, rows in acted.rows.items():
        done.rows[table] = done.rows.get(table, 0) + rows
        done.trouble.pop(table, None)
    done.trouble |= acted.refused
    return [one for one in deletes if one.table in acted.refused]


def remove_in_target(
    session: Session, places: Sequence[Place], keys: Keys, foreign: Keys | None = None
) -> Removed:
    """Remove the rows under these keys in Oracle, a table at a time. Of the ``foreign`` ones, which
    are no keys of the run, a row stays if PostgreSQL has it just before the commit.
    """
    done, foreign = Removed(), foreign or {}
    catalogue = session.parallel_run.target_catalogue
    waiting = [one for one in children_first(places, catalogue, is_target=True) if keys[one.name]]
    while waiting:
        refused = [place for place in waiting if not _deleted(session, place, keys, foreign, done)]
        if len(refused) == len(waiting):
            break
        waiting = refused
    return done


def _deleted(session: Session, place: Place, keys: Keys, foreign: Keys, done: Removed) -> bool:
    side = place.there
    if side is None:
        return True
    engine = session.writers.target
    try:
        done.rows[place.name] = _delete(
            session, place, side, keys[place.name], foreign.get(place.name, frozenset())
        )
    except Lost:
        raise
    except Unreadable as error:
        done.trouble[place.name] = f"{side.table.full_name}: {error}"
        return False
    except DBAPIError as error:
        words = explain(error.orig or error, engine.url, connecting=False)
        done.trouble[place.name] = f"{side.table.full_name}: {words}"
        return False
    done.trouble.pop(place.name, None)
    return True


def _delete(
    session: Session, place: Place, side: Side, keys: frozenset[Key], foreign: frozenset[Key]
) -> int:
    """Nobody's insert under one of these keys gets past the row's lock before the commit: what
    PostgreSQL does not have until then is not what that insert brings.
    """
    with session.writers.target.connect() as connection:
        removed = _delete_all(connection, side, keys)
        back = _standing_here(session, place, keys & foreign)
        if not back:
            connection.commit()
            return removed
        connection.rollback()
    return _delete(session, place, side, keys - back, foreign)


def _delete_all(connection: Connection, side: Side, keys: frozenset[Key]) -> int:
    removed = 0
    for several in parts(sorted(keys, key=repr)):
        condition, binds = picked(side.table, side.key, several, is_target=True)
        statement = f"DELETE FROM {text_quoted_table(side.table)} WHERE {condition}"
        removed += connection.execute(text(statement), binds).rowcount
    return removed


def _standing_here(session: Session, place: Place, keys: frozenset[Key]) -> frozenset[Key]:
    if not keys:
        return keys
    with session.parallel_run.source.connect() as connection:
        return standing(connection, place.here, keys)
