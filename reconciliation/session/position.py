"""Waiting for a position, not for time: a marker row behind a batch, and the lag it measures."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from sqlalchemy import Connection, text

from reconciliation.databases.quoting import text_quoted, text_quoted_table
from reconciliation.errors import Broken, EnvironmentFault
from reconciliation.model import CatalogueColumn, CatalogueTable, Key, TableContract, Value
from reconciliation.parallel_run import ParallelRun
from reconciliation.session.session import Session

POLL_SECONDS = 0.1
#: searching for the marker under any key reads the whole legacy table, so it is done less often
SEARCH_SECONDS = 1.0

Result = TypeVar("Result")


@dataclass(frozen=True)
class Position:
    """A marker row: ``token`` is its unique text; ``committed`` is the monotonic clock right after
    its commit.
    """

    table: str
    key: Key
    token: str
    committed_at: dt.datetime
    committed: float


@dataclass(frozen=True)
class Arrival:
    """``lag_seconds`` runs from the commit in PostgreSQL to the sight in Oracle (to the limit, if
    not arrived).

    ``unseen_seconds`` runs from the commit to the beginning of the last poll that found nothing, 0
    without one: the change arrived after that. What is longer in the lag may be a slow answer, or a
    pause of this process. ``found_key`` is the key under which the marker was found: another one
    than written means a renumbered row.
    """

    arrived: bool
    lag_seconds: float
    unseen_seconds: float
    found_key: Key | None
    position: Position


def write_marker(session: Session, table: str, key: int | Key) -> Position:
    """Insert a marker row under ``key`` in a transaction of its own; needs mutations = true.

    The row holds the key, the token in the mark column, plain values where either schema needs one,
    NULL elsewhere.
    """
    run = session.parallel_run
    contract = run.contract.table(table)
    source = run.source_catalogue[contract.source]
    token = f"marker {uuid.uuid4().hex}"
    values = marker_row(
        contract, source, run.target_catalogue[contract.target], _as_key(key), token
    )
    columns = ", ".join(text_quoted(name) for name in values)
    binds = {f"v{number}": value for number, value in enumerate(values.values())}
    statement = (
        f"INSERT INTO {text_quoted_table(source)} ({columns}) VALUES "
        f"({', '.join(f':{name}' for name in binds)})"
    )
    with session.transactions.begin() as connection:
        connection.execute(text(statement), binds)
    return Position(table, _as_key(key), token, dt.datetime.now(dt.UTC), time.monotonic())


def _as_key(key: int | Key) -> Key:
    return key if isinstance(key, tuple) else (key,)


def marker_row(
    contract: TableContract, source: CatalogueTable, target: CatalogueTable, key: Key, token: str
) -> dict[str, Value]:
    """The values of a marker row by source column; raises EnvironmentFault for a column it has no
    plain value for.
    """
    room = source.columns[contract.mark_column].type.length
    values: dict[str, Value] = {
        **dict(zip(contract.key, key, strict=True)),
        contract.mark_column: token,
    }
    if room is not None and room < len(token):
        raise EnvironmentFault(
            f"{contract.source}.{contract.mark_column} holds {room} characters; a marker needs "
            f"{len(token)}: name a longer mark_column in the contract"
        )
    needed_there = {
        pair.source for pair in contract.pairs if not target.columns[pair.target].nullable
    }
    for column in source.columns.values():
        needed_here = not column.nullable and column.default is None
        if column.name not in values and (needed_here or column.name in needed_there):
            values[column.name] = plain_value(contract.source, column)
    return values


_PLAIN: dict[str, Value] = {
    "int2": 1,
    "int4": 1,
    "int8": 1,
    "numeric": Decimal(1),
    "float4": 1.0,
    "float8": 1.0,
    "bool": True,
    "date": dt.date(2030, 1, 1),
    "timestamp": dt.datetime(2030, 1, 1),
    "timestamptz": dt.datetime(2030, 1, 1, tzinfo=dt.UTC),
    "uuid": "00000000-0000-4000-8000-000000000000",
    "json": "{}",
    "jsonb": "{}",
    "bytea": b"x",
    "text": "x",
    "varchar": "x",
    "bpchar": "x",
    "citext": "x",
}


def plain_value(table: str, column: CatalogueColumn) -> Value:
    """A value of this type that both schemas hold without any conversion worth a thought."""
    if column.type.name not in _PLAIN:
        raise EnvironmentFault(
            f"no plain value is known for {table}.{column.name} ({column.type}); "
            "a marker row needs one, because a schema forbids NULL there"
        )
    return _PLAIN[column.type.name]


def wait_for(run: ParallelRun, position: Position, limit_seconds: float | None = None) -> Arrival:
    """Poll Oracle until the marker is seen or the limit (default: the profile's) has passed; sleeps
    0.1 s at most.

    The marker's text counts, not its key: a broken set-up may renumber rows.
    """
    limit = (
        run.profile.replication.arrival_limit_seconds if limit_seconds is None else limit_seconds
    )
    contract = run.contract.table(position.table)
    polls = _Polls(contract, run.target_catalogue[contract.target], position)
    with run.target.connect() as connection:
        return poll(lambda last: polls.once(connection, last), position, limit)


def poll(
    once: Callable[[bool], Key | None],
    position: Position,
    limit: float,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Arrival:
    """The loop behind ``wait_for``: ``once(last)`` gives the key under which the marker stands, or
    None.
    """
    unseen = 0.0
    while True:
        began = clock() - position.committed
        last = began >= limit
        found = once(last)
        unseen = began if found is None else unseen
        seen = clock() - position.committed
        if found is not None or last:
            return Arrival(found is not None, seen, unseen, found, position)
        sleep(max(0.0, min(POLL_SECONDS, limit - seen)))


class _Polls:
    """By key in every poll (an index serves it), under any key every second
    and in the last poll.
    """

    def __init__(self, contract: TableContract, target: CatalogueTable, position: Position) -> None:
        self.key_columns = [contract.pair(name).target for name in contract.key]
        mark = text_quoted(contract.pair(contract.mark_column).target)
        keys = ", ".join(text_quoted(name) for name in self.key_columns)
        self.search = f"SELECT {keys} FROM {text_quoted_table(target)} WHERE {mark} = :token"
        by_key = " AND ".join(
            f"{text_quoted(name)} = :k{number}" for number, name in enumerate(self.key_columns)
        )
        self.by_key = f"{self.search} AND {by_key}"
        self.binds = {"token": position.token}
        self.key_binds = {
            **self.binds,
            **{f"k{number}": value for number, value in enumerate(position.key)},
        }
        self.next_search = time.monotonic() + SEARCH_SECONDS

    def once(self, connection: Connection, last: bool) -> Key | None:
        row = connection.execute(text(self.by_key), self.key_binds).first()
        if row is None and (last or time.monotonic() >= self.next_search):
            row = connection.execute(text(self.search), self.binds).first()
            self.next_search = time.monotonic() + SEARCH_SECONDS
        # a read-only transaction keeps its first snapshot: the next poll needs a new one
        connection.rollback()
        return (
            None
            if row is None
            else tuple(int(value) if isinstance(value, Decimal) else value for value in row)
        )


def eventually(
    check: Callable[[], Result],
    limit: float,
    what: str,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    pause: float = POLL_SECONDS,
) -> Result:
    """What ``check`` gives once it does not raise Broken, within ``limit`` seconds; other errors
    pass through at once.

    The failure says ``what`` was waited for and what was seen last.
    """
    end = clock() + limit
    while True:
        began = clock()
        try:
            return check()
        except Broken as error:
            if began >= end:
                raise Broken(f"{what}: not within {limit:g} s. Last seen: {error}") from error
        sleep(max(0.0, min(pause, end - clock())))
