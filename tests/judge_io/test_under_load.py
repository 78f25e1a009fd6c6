"""A whole table compared while somebody writes: late is not wrong, and wrong is not late.

The long version, 500 rows a second and 20 runs, with its figures: ``python -m benchmarks live``.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from benchmarks.labs import RunningLab, running_lab
from benchmarks.live import FIRST_KEY, Run, compare_once, load, with_limit
from benchmarks.live_corruption import CORRUPTED
from benchmarks.live_writer import TABLE, FlightSpecials
from benchmarks.writer import Writer
from reconciliation.compare import keyed
from reconciliation.compare.recheck import recheck
from reconciliation.compare.tables import compare_tables
from reconciliation.model import Status
from reconciliation.session.opening import open_session
from reconciliation.session.session import Session
from tests.waiting import wait_for

from .samples import ROOT

KEYS = range(FIRST_KEY, FIRST_KEY + 3_000)
#: rows a second: a fifth of the proof's, so that a busy machine keeps up
RATE = 100
#: seconds; a busy machine may well need two of them to bring a row over
LIMIT = 4.0


class Load:
    """A lab whose table is being written, and a judge of it."""

    def __init__(self, lab: RunningLab, session: Session, writer: Writer) -> None:
        self.lab, self.session, self.writer, self.runs = lab, session, writer, 0

    def run(self, is_corrupted: bool) -> Run:
        """The first comparison that can be told: while a busy machine keeps the replication behind,
        none can.
        """
        return wait_for(lambda: self._told(is_corrupted))

    def _told(self, is_corrupted: bool) -> Run | None:
        self.runs += 1
        run = compare_once(self.lab, self.session, self.writer, KEYS, self.runs, is_corrupted)
        return None if run.status == Status.IN_FLIGHT.value else run

    def fault(self, verb: str, name: str) -> None:
        command = [sys.executable, "-m", "lab", "fault", verb, name, "--environment", "lab"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def under_load(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Load]:
    """The journal of the judge's markers goes elsewhere than to the project."""
    root = tmp_path_factory.mktemp("under-load")
    with running_lab() as lab, open_session(replace(with_limit(lab, LIMIT), root=root)) as session:
        load(lab, session, KEYS, lambda line: None)
        with Writer(lab.postgres, FlightSpecials(KEYS), RATE) as writer:
            yield Load(lab, session, writer)


def test_what_is_only_late_is_not_divergent(under_load: Load) -> None:
    """Until rows were in flight: there may be none at one moment, while the writer waits or on a
    quick machine.
    """

    def rechecked() -> int:
        run = under_load.run(is_corrupted=False)
        assert run.wrong == ""
        assert run.rows >= len(KEYS)
        return run.rechecked

    wait_for(rechecked)  # for ever where nobody writes


def test_what_is_wrong_is_reported_and_nothing_else(under_load: Load) -> None:
    run = under_load.run(is_corrupted=True)
    assert run.wrong == ""
    assert (run.status, run.reported) == ("divergent", CORRUPTED)


def test_without_looking_again_late_rows_would_be_called_wrong(
    under_load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    def once(look: Any, keys: Any, limit: float, **_: Any) -> Any:
        return recheck(look, keys, 0)

    monkeypatch.setattr(keyed, "recheck", once)
    # a comparison that meets no late row is right
    assert wait_for(lambda: under_load.run(is_corrupted=False).wrong).startswith("divergent")


def test_a_replication_that_delivers_nothing_is_behind(
    under_load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    hasty = replace(under_load.session.parallel_run, profile=with_limit(under_load.lab, 1.0))
    under_load.fault("on", "replication_stalled")
    try:
        (stalled,) = compare_tables(hasty, [TABLE])
    finally:
        under_load.fault("off", "replication_stalled")
    assert stalled.status is Status.IN_FLIGHT
    assert stalled.in_flight_rows > 0
    # the last on a machine so busy that the task had not told its lag for a while
    words = ("not confirmed", "confirmed nothing", "more than the arrival limit")
    assert any(word in stalled.reason for word in words)
