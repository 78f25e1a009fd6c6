"""The world of payments: every kind of key, type and constraint is replicated and judged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciliation import Session, Verdict, check_run, compare_run
from reconciliation.replication import apply_exceptions
from tests.suite.place import Place
from tests.waiting import wait_for

from .own_lab import judge_of

NAME = "lab-payments"
STATEMENTS = Path(__file__).with_name("payments")
#: seeded and never written to: the table without a key
EXCUSED = "pay.audit_event"


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """The judge of that lab, which is gone afterwards."""
    place = Place.copy_to(tmp_path_factory.mktemp("payments-lab"))
    with judge_of(place, NAME) as judge:
        yield judge


def test_nothing_stands_against_the_set_up(session: Session) -> None:
    report = check_run(session)
    assert [finding.message for finding in report.findings] == []
    assert report.verdict is Verdict.READY


def test_every_mapped_table_has_rows_that_are_equal(session: Session) -> None:
    report = compare_run(session)
    assert report.verdict is Verdict.READY, report.reasons
    assert len(report.tables) == len(session.parallel_run.resolved.tables) > 20
    assert all(table.source_rows >= 3 for table in report.tables)


@pytest.mark.parametrize("change", ["insert", "update", "delete"])
def test_changes_in_every_table_arrive(session: Session, change: str) -> None:
    before = _rows(session)
    with session.writers.source.begin() as connection:
        connection.exec_driver_sql((STATEMENTS / f"{change}.sql").read_text(encoding="utf-8"))
    wait_for(lambda: compare_run(session).verdict is Verdict.READY)
    assert apply_exceptions(session.parallel_run) == []
    same = {table for table, count in _rows(session).items() if count == before[table]}
    assert same == (set(before) if change == "update" else set()) | (
        {EXCUSED} if change == "delete" else set()
    )


def _rows(session: Session) -> dict[str, int]:
    return {table.table: table.target_rows for table in compare_run(session).tables}
