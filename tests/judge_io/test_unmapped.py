"""Rows written to tables that the task does not map: swept by their exact keys, on both sides, and
no others.
"""

from __future__ import annotations

import pytest
from sqlalchemy import text

from reconciliation.agreed.profile import Profile
from reconciliation.databases.connections import target_engine
from reconciliation.errors import EnvironmentFault
from reconciliation.session.opening import open_session
from reconciliation.session.session import Session
from reconciliation.session.sweep import sweep

from .conftest import of_replication

UNMAPPED = "travelbuddy.hotelspecial"
#: as a run writes it, and as a broken task would carry it over
HOTELS = (
    "INSERT INTO travelbuddy.hotelspecial (id, hotel, cost) VALUES (:k, 'x', 1)",
    "INSERT INTO TRAVELBUDDY.HOTELSPECIAL (ID, HOTEL, COST) VALUES (:k, 'x', 1)",
)


def _hotels(session: Session) -> list[list[int]]:
    found = []
    for engine, name in (
        (session.parallel_run.source, UNMAPPED),
        (session.parallel_run.target, UNMAPPED.upper()),
    ):
        with engine.connect() as connection:
            found.append(
                [
                    int(key)
                    for key in connection.execute(
                        text(f"SELECT id FROM {name} ORDER BY id")
                    ).scalars()
                ]
            )
    return found


def _write_hotels(session: Session, key: int) -> None:
    carrier = target_engine(of_replication("oracle"), read_only=False)
    for writer, statement in zip((session.writers.source, carrier), HOTELS, strict=True):
        with writer.begin() as connection:
            connection.execute(text(statement), {"k": key})
    carrier.dispose()


def test_nothing_of_a_killed_run_remains_in_a_table_that_is_not_mapped(profile: Profile) -> None:
    with open_session(profile) as killed:
        before = _hotels(killed)
        assert min(map(len, before)) > 0
        sweep(killed)
        foreign, key = killed.parallel_run.profile.reserved_keys
        # somebody else's row: the reserved range is not agreed for this table
        _write_hotels(killed, foreign)
        killed.journal.note(UNMAPPED, [(key,)])
        _write_hotels(killed, key)
    with open_session(profile) as session:
        report = sweep(session)
        assert report.after_killed_run
        assert (report.tables[UNMAPPED].source_rows, report.tables[UNMAPPED].target_rows) == (1, 1)
        assert _hotels(session) == [[*keys, foreign] for keys in before]
        session.journal.note(UNMAPPED, [(foreign,)])
        assert sweep(session, final=True).removed == 2
        assert _hotels(session) == before


def test_nothing_may_be_written_to_an_unmapped_table_without_a_journal(session: Session) -> None:
    with pytest.raises(
        EnvironmentFault, match=r"nothing was written to travelbuddy\.hotelspecial: .* sweep first"
    ):
        session.journal.note(UNMAPPED, [(900_000_001,)])
