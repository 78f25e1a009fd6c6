"""The marker of one table, as scenarios about a single table ask for it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from reconciliation.errors import EnvironmentFault, NotJudged
from reconciliation.model import CatalogueColumn, Key, Value
from reconciliation.parallel_run import ParallelRun
from reconciliation.session import markers
from reconciliation.session.marker import Marker as Position
from reconciliation.session.session import Session
from reconciliation.session.waiting import POLL_SECONDS, Arrival, eventually

__all__ = ["POLL_SECONDS", "Arrival", "Position", "eventually", "plain_value", "wait_for"]


def write_marker(session: Session, table: str, key: int | Key | None = None) -> Position:
    """A marker row of the table, under a key of its own, whatever ``key`` says. Raises NotJudged
    where the table refuses it.
    """
    [marker] = markers.write(session, [table])
    if marker.refused:
        raise NotJudged(marker.refused)
    return marker


def wait_for(run: ParallelRun, position: Position, limit_seconds: float | None = None) -> Arrival:
    """Wait for one marker, and for nothing behind it."""
    limit = (
        run.profile.replication.arrival_limit_seconds if limit_seconds is None else limit_seconds
    )
    return markers.waited(run, [position], limit)[position.table]


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
            "a row of an unmapped table needs one, because NULL is forbidden there"
        )
    return _PLAIN[column.type.name]
