"""Preflight: seconds, before anything else, one clear line when the surroundings do not allow a
verdict.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import Engine, text

from reconciliation.agreed.profile import Profile
from reconciliation.databases.faults import place
from reconciliation.databases.sight import oracle, postgresql
from reconciliation.errors import EnvironmentFault, Unreadable, Unseen
from reconciliation.model import TableContract
from reconciliation.replication import SlotInfo, slot

if TYPE_CHECKING:
    from reconciliation.session.judge import Judge

#: wal_status of a slot exists from PostgreSQL 13 on
OLDEST_POSTGRESQL = 130000


@dataclass(frozen=True)
class Preflight:
    """What was found before the run, in words. ``clock_difference_seconds`` is Oracle's clock minus
    PostgreSQL's.
    """

    lines: tuple[str, ...]
    versions: Mapping[str, str] = field(default_factory=dict)
    clock_difference_seconds: float | None = None
    slot: SlotInfo | None = None
    seconds: float = 0.0


def check_lab_is_known(profile: Profile) -> None:
    if profile.kind == "lab" and profile.aws.endpoint_url is None:
        raise EnvironmentFault(
            f"the lab {profile.name!r} is not running; start it: python -m lab up --detach "
            f"--environment {profile.name}"
        )


def source_version(engine: Engine) -> str:
    """PostgreSQL answers: its version. EnvironmentFault where it is too old, or its texts are of no
    character set.
    """
    settings = (
        "current_setting('server_version_num')::int, current_setting('server_version'), "
        "current_setting('server_encoding')"
    )
    with engine.connect() as connection:
        number, words, encoding = connection.execute(text(f"SELECT {settings}")).one()
    if number < OLDEST_POSTGRESQL:
        raise EnvironmentFault(
            f"{place(engine.url)}: PostgreSQL {words} is too old; 13 or newer is needed"
        )
    if encoding == "SQL_ASCII":  # it converts nothing, whatever the client's encoding is
        raise EnvironmentFault(
            f"{place(engine.url)}: the database is in SQL_ASCII, so nothing says which characters "
            "its bytes are, and Oracle's texts cannot be held against them; compare a copy of it "
            "in a database with ENCODING 'UTF8'"
        )
    return words


def target_version(engine: Engine) -> str:
    """Oracle answers: its banner, or the version the driver was told."""
    statements = (
        "SELECT BANNER FROM V$VERSION WHERE BANNER LIKE 'Oracle%'",
        (
            "SELECT PRODUCT || ' ' || VERSION FROM PRODUCT_COMPONENT_VERSION WHERE PRODUCT LIKE "
            "'Oracle%'"
        ),
    )
    for statement in statements:
        try:
            with engine.connect() as connection:
                found = connection.execute(text(statement)).scalars().first()
        except Unreadable:  # not every user may read these views
            continue
        if found:
            return " ".join(found.split())
    with engine.connect() as connection:
        return f"Oracle {connection.connection.dbapi_connection.version}"


def preflight(judge: Judge, versions: Mapping[str, str], began: float) -> Preflight:
    """The last part: privileges are checked (Unseen names those that are missing), clocks, slot and
    lag are noted.

    ``began`` is the monotonic clock when the preflight began.
    """
    _check_privileges(judge)
    lines = [
        f"{place(judge.source.url)}: PostgreSQL {versions['PostgreSQL']}",
        f"{place(judge.target.url)}: {versions['Oracle']}",
        f"contract: {len(judge.contract.tables)} tables, {_fit_words(judge)}",
        f"task {judge.task.identifier}: {judge.task.status}, {len(judge.mapping.rules)} rules",
    ]
    difference = _clock_difference(judge)
    lines.append(
        "clock difference: not established"
        if difference is None
        else f"clock difference: Oracle is {difference:+.1f} s from PostgreSQL"
    )
    found = slot(judge)
    lines.append(_slot_words(found))
    return Preflight(tuple(lines), dict(versions), difference, found, time.monotonic() - began)


def _slot_words(found: SlotInfo | None) -> str:
    if found is None:
        return "slot: none in this database"
    return (
        f"slot {found.name}: {'active' if found.active else 'inactive'}, "
        f"{found.unconfirmed_bytes} bytes of WAL "
        "not yet confirmed by the replication"
    )


def _fit_words(judge: Judge) -> str:
    if judge.unfit:
        return f"{len(judge.unfit)} of them are not as agreed and cannot be judged"
    return "all columns exist on both sides"


def _check_privileges(judge: Judge) -> None:
    """What is missing on all tables together, or kept per table where each is judged on its own."""
    unseen = {}
    for table in judge.contract.tables:
        if table.source not in judge.unfit:
            lines = [str(error) for error in _missing_privileges(judge, table)]
            unseen |= {table.source: "; ".join(lines)} if lines else {}
    if unseen and not judge.each_table:
        raise Unseen("; ".join(unseen.values()))
    judge.unfit |= unseen


def _missing_privileges(judge: Judge, table: TableContract) -> Iterator[Unseen]:
    wanted = ("SELECT", "INSERT", "UPDATE", "DELETE") if judge.profile.mutations else ("SELECT",)
    with judge.source.connect() as connection:
        here = postgresql.table_unseen(connection, table.source, wanted)
    with judge.target.connect() as connection:
        there = oracle.rows_unseen(connection, table.target)
        kept = oracle.delete_refused(connection, table.target) if judge.profile.mutations else None
    yield from filter(None, (here, there, kept))


#: as text, because the driver drops the zone of a zoned value
_ORACLE_CLOCK = """SELECT TO_CHAR(SYSTIMESTAMP, 'YYYY-MM-DD"T"HH24:MI:SS.FF6TZH:TZM') FROM DUAL"""


def _clock_difference(judge: Judge) -> float | None:
    """Seconds; both clocks are read as near to each other as possible. None when Oracle does not
    say.
    """
    try:
        with judge.source.connect() as here, judge.target.connect() as there:
            there.execute(text("SELECT 1 FROM DUAL"))
            ours = here.execute(text("SELECT clock_timestamp()")).scalar_one()
            theirs = dt.datetime.fromisoformat(there.execute(text(_ORACLE_CLOCK)).scalar_one())
    except (Unreadable, ValueError):
        return None
    return round((theirs - ours).total_seconds(), 3)
