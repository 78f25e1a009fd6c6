"""Changes of rows in PostgreSQL, of any tables, together: in one transaction, as one application
would make them.

A table that refuses - no privilege, somebody's lock, a CHECK - does not keep the others from
being changed: everything is rolled back, a rehearsal with a savepoint per table, which is rolled
back as well, finds every table that refuses, and the rest is done in one transaction without them.
"""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from sqlalchemy import Connection, text

from reconciliation.errors import EnvironmentFault, Lost
from reconciliation.making.model import Act, Insert
from reconciliation.model import CatalogueTable, Key
from reconciliation.parallel_run import ParallelRun
from reconciliation.session.refusals import REFUSALS, explained, guilty_table, why
from reconciliation.session.session import Session
from reconciliation.session.statements import statement_of, together

#: seconds a rehearsal waits for somebody's lock: the first one was waited for in full
REHEARSED_LOCK_SECONDS = 2.0
#: no act of a table was running: what is looked at when all of them are done
LATE = ""


@dataclass(frozen=True)
class Acted:
    """``rows`` changed by table, ``refused`` why a table was left out, in one line; source names.

    ``committed`` is the monotonic clock right after the commit.
    """

    rows: Mapping[str, int] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    committed_at: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))
    committed: float = field(default_factory=time.monotonic)


def act(session: Session, acts: Sequence[Act], roll_back: bool = False) -> Acted:
    """Do all acts in one transaction, in their order, or roll it back when that is what is wanted.

    Only rows under keys that this run has noted in its journal are touched, and no more of them a
    second than the profile lets a run write. Raises EnvironmentFault
    for any other key and where mutations are forbidden, Lost when a connection broke: then the
    transaction may have been committed (``session.transactions.undecided``).
    """
    _only_own(session, acts)
    session.pace.wait()
    done = _done(session, acts, roll_back)
    session.pace.wrote(sum(done.rows.values()))
    return done


def _done(session: Session, acts: Sequence[Act], roll_back: bool) -> Acted:
    refused = _left_out(session, acts)
    first = _attempt(session, acts, refused, roll_back)
    if isinstance(first, Acted):
        return first
    refused |= first
    while found := _rehearsed(session, acts, refused):
        refused |= found
    while not isinstance(done := _attempt(session, acts, refused, roll_back), Acted):
        refused |= done  # what has come to refuse since the rehearsal
    return done


def key_columns(run: ParallelRun, table: str) -> tuple[str, ...]:
    """The key a table's rows go by: the agreed one, or its own where it is not mapped."""
    for contract in run.contract.tables:
        if contract.source == table:
            return contract.key
    return run.source_catalogue[table].primary_key


def _only_own(session: Session, acts: Sequence[Act]) -> None:
    noted = {name: session.journal.noted(name) for name in {one.table for one in acts}}
    for one in acts:
        keys: tuple[Key, ...] = (one.own.key,) if isinstance(one, Insert) else one.keys
        for key in keys:
            if key not in noted[one.table]:
                raise EnvironmentFault(
                    f"nothing was written: the journal has no key {key} of {one.table}, so its row "
                    "is not this run's; note the key first"
                )


def _left_out(session: Session, acts: Sequence[Act]) -> dict[str, str]:
    """Tables that nothing is tried with."""
    run, refused = session.parallel_run, dict[str, str]()
    for name in dict.fromkeys(one.table for one in acts):
        if name in run.unfit:
            refused[name] = run.unfit[name]
        elif name in session.preflight.unwritable:
            refused[name] = session.preflight.unwritable[name]
        elif name not in run.source_catalogue:
            refused[name] = f"{name}: there is no such table in PostgreSQL"
    return refused


def _attempt(
    session: Session, acts: Sequence[Act], refused: Mapping[str, str], roll_back: bool
) -> Acted | dict[str, str]:
    """All acts of the tables that have not refused; the first refusal ends it, and nothing has
    happened then.
    """
    rows: Counter[str] = Counter()
    run, table = session.parallel_run, LATE
    try:
        with session.transactions.begin(roll_back) as connection:
            for several in together(_kept(acts, refused)):
                table = several[0].table
                rows[table] += _do(connection, run, several)
            table = LATE
            # what is looked at late is looked at now, also where nothing will be committed
            connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    except Lost:
        raise
    except REFUSALS as error:
        return _refusal(run, acts, error, table, refused)
    return Acted(rows, refused)


def _rehearsed(session: Session, acts: Sequence[Act], refused: Mapping[str, str]) -> dict[str, str]:
    """Every table that refuses now, beside those that are known to; nothing stays of it."""
    found: dict[str, str] = {}
    run = session.parallel_run
    limit = min(REHEARSED_LOCK_SECONDS, run.endurance.limits.lock)
    with session.transactions.begin(roll_back=True) as connection:
        connection.execute(text(f"SET LOCAL lock_timeout = {int(limit * 1000)}"))
        for table, several in groupby(_kept(acts, refused), lambda one: one.table):
            if table in found:
                continue
            try:
                with connection.begin_nested():
                    for some in together(several):
                        _do(connection, run, some)
            except Lost:
                raise
            except REFUSALS as error:
                found |= _refusal(run, acts, error, table, {**refused, **found})
    return found


def _kept(acts: Sequence[Act], refused: Mapping[str, str]) -> Iterator[Act]:
    return (one for one in acts if one.table not in refused)


def _do(connection: Connection, run: ParallelRun, several: Sequence[Act]) -> int:
    table: CatalogueTable = run.source_catalogue[several[0].table]
    statement, binds = statement_of(several, table, key_columns(run, several[0].table))
    return connection.execute(statement, binds).rowcount


def _refusal(
    run: ParallelRun,
    acts: Sequence[Act],
    error: Exception,
    table: str,
    refused: Mapping[str, str],
) -> dict[str, str]:
    """Why ``table`` refuses; LATE: the table is the one PostgreSQL names.

    What no table says - a database that only reads - is raised, as one line.
    """
    guilty = table or guilty_table(run, {one.table for one in acts}, error)
    if guilty is None:
        raise explained(run, error) from None
    return {guilty: why(run, guilty, acts, error, refused)}
