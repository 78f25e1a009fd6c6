"""Removing rows of a run by their keys, on either side; nothing else of the judge deletes rows.

What cannot be removed is told by table, and nothing is forced: a row somebody else's row refers to
stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
    """Remove the rows under these keys in PostgreSQL, in one transaction; the keys have been
    noted.
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
    while deletes:
        acted = act(session, deletes)
        done.rows |= acted.rows
        refused = [one for one in deletes if one.table in acted.refused]
        if len(refused) == len(deletes):
            done.trouble |= acted.refused
            break
        deletes = refused  # rows that referred to them may be gone now
    return done


def remove_in_target(session: Session, places: Sequence[Place], keys: Keys) -> Removed:
    """Remove the rows under these keys in Oracle, a table at a time."""
    done = Removed()
    catalogue = session.parallel_run.target_catalogue
    waiting = [one for one in children_first(places, catalogue, is_target=True) if keys[one.name]]
    while waiting:
        refused = [place for place in waiting if not _deleted(session, place, keys, done)]
        if len(refused) == len(waiting):
            break
        waiting = refused
    return done


def _deleted(session: Session, place: Place, keys: Keys, done: Removed) -> bool:
    side = place.there
    if side is None:
        return True
    engine = session.writers.target
    try:
        done.rows[place.name] = _delete(session, side, sorted(keys[place.name], key=repr))
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


def _delete(session: Session, side: Side, keys: Sequence[Key]) -> int:
    removed = 0
    with session.writers.target.begin() as connection:
        for several in parts(keys):
            condition, binds = picked(side.table, side.key, several, is_target=True)
            statement = f"DELETE FROM {text_quoted_table(side.table)} WHERE {condition}"
            removed += connection.execute(text(statement), binds).rowcount
    return removed
