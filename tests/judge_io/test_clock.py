"""A machine whose clock is wrong: what was dropped is asked for by the clock that ERROR_TIME was
written by.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from email.utils import format_datetime
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine

from reconciliation.agreed.profile import load_profile
from reconciliation.databases.clock import clock_offset
from reconciliation.replication import apply_exceptions
from reconciliation.session.opening import open_session
from reconciliation.session.session import Session

from .box import Box
from .fake_aws import FakeAws

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


class Aws(FakeAws):
    """Answers with its own time, ``ahead`` of this machine's; what ``delays`` says passes before an
    answer is there.
    """

    def __init__(
        self, ahead: float, machine: Any = None, delays: tuple[float, ...] = (), **header: str
    ) -> None:
        super().__init__()
        self.ahead, self.machine, self.delays, self.header = ahead, machine, list(delays), header
        self.dms = SimpleNamespace(describe_replication_tasks=self.answer)

    def close(self) -> None:
        pass

    def answer(self, **_: Any) -> dict[str, Any]:
        told = format_datetime(
            dt.datetime.now(dt.UTC) + dt.timedelta(seconds=self.ahead), usegmt=True
        )
        if self.delays:
            self.machine.shift(self.delays.pop(0))
        return {"ResponseMetadata": {"HTTPHeaders": {"date": told} | self.header}}


@pytest.mark.parametrize(
    ("ahead", "offset"), [(0, 0), (0.9, 0), (-0.4, 0), (3600, 3600), (-3600, -3600), (-7.5, -8)]
)
def test_the_difference_is_what_the_answers_leave_no_doubt_about(
    ahead: float, offset: float
) -> None:
    with time_machine.travel(NOON, tick=False):
        assert clock_offset(Aws(ahead)).total_seconds() == offset


def test_a_slow_answer_is_outdone_by_a_quick_one() -> None:
    with time_machine.travel(NOON, tick=False) as machine:
        assert clock_offset(Aws(-10, machine, (20, 0, 0))).total_seconds() == -10


@pytest.mark.parametrize("header", ["", "yesterday", "Sun, 01 Mar 2026 12:00:00 -0000"])
def test_without_a_time_in_the_answer_the_clocks_are_taken_to_agree(header: str) -> None:
    with time_machine.travel(NOON, tick=False):
        assert clock_offset(Aws(3600, date=header)) == dt.timedelta(0)


@pytest.fixture
def session(box: Box) -> Iterator[Session]:
    """A session of a box whose control table is still empty."""
    box.table("t", "id int8 PRIMARY KEY, v text", "id NUMBER(19) PRIMARY KEY, v VARCHAR2(9)")
    box.contract("t", ("id", "v"))
    box.table(
        '"awsdms_apply_exceptions"',
        "id int8",
        "TASK_NAME VARCHAR2(128), TABLE_OWNER VARCHAR2(128), "
        "TABLE_NAME VARCHAR2(128), ERROR_TIME TIMESTAMP, STATEMENT CLOB, ERROR CLOB",
    )
    box.run()  # writes the profile
    with open_session(load_profile("box", box.root), each_table=True) as opened:
        yield opened


@pytest.mark.parametrize("ahead", [-HOUR, dt.timedelta(0), HOUR], ids=["behind", "right", "ahead"])
def test_this_run_s_dropped_changes_are_seen_and_an_earlier_run_s_are_not(
    ahead: dt.timedelta, box: Box, session: Session
) -> None:
    right = dt.datetime.now(dt.UTC)
    for name, seconds in (("earlier", -60), ("now", 5)):
        at = right + dt.timedelta(seconds=seconds)
        box.there(
            f"INSERT INTO \"awsdms_apply_exceptions\" VALUES ('x', 'o', '{name}', "
            f"TIMESTAMP '{at:%Y-%m-%d %H:%M:%S}', 's', 'e')"
        )
    with time_machine.travel(right + ahead):
        run = replace(session.parallel_run, aws=Aws(-ahead.total_seconds()))
        found = apply_exceptions(run, dt.datetime.now(dt.UTC))
    assert [one.table_name for one in found] == ["now"]
