"""The drain command: a replication that stands still behind a quiet source, and whatever keeps one
from being called so.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text

from exit_codes import ExitCode
from reconciliation.agreed.profile import Profile
from reconciliation.cli import drain
from reconciliation.databases.connections import source_engine
from reconciliation.process.interrupts import Interrupts
from reconciliation.replication import start_task, stop_task
from reconciliation.session import draining
from reconciliation.session.draining import Drain, Draining
from reconciliation.session.journal import journal_path
from reconciliation.session.opening import open_session
from tests.waiting import LONG_SECONDS

from . import samples
from .conftest import of_replication
from .samples import ROOT

TABLE = "travelbuddy.flightspecial"
TOUCH = text(
    f"UPDATE {TABLE} SET header = header WHERE id = (SELECT min(id) FROM {TABLE} WHERE id > 0)"
)


def _drain(profile: Profile, within: float = LONG_SECONDS) -> Drain:
    return drain.look(profile, within, Interrupts())


def _hasty(profile: Profile) -> Profile:
    """The clean-up behind a replication that delivers nothing waits for so long."""
    return replace(profile, replication=replace(profile.replication, arrival_limit_seconds=3.0))


def _rows(profile: Profile) -> list[int]:
    """Rows of the reserved keys on both sides."""
    first, last = profile.reserved_keys
    condition = f"WHERE id BETWEEN {first} AND {last}"
    with open_session(profile) as session:
        found = []
        for engine in (session.parallel_run.source, session.parallel_run.target):
            with engine.connect() as connection:
                asked = text(f"SELECT count(*) FROM {TABLE} {condition}")
                found.append(int(connection.execute(asked).scalar_one()))
        return found


@contextmanager
def _fault(name: str) -> Iterator[None]:
    def lab(*words: str) -> None:
        command = [sys.executable, "-m", "lab", "fault", *words, "--environment", "lab"]
        subprocess.run(command, cwd=ROOT, env=os.environ, check=True, capture_output=True)

    lab("on", name)
    try:
        yield
    finally:
        lab("off", name)


@contextmanager
def _application(commits: bool) -> Iterator[None]:
    """Writes the table again and again, or once in a transaction that stays open."""
    engine, ended = source_engine(of_replication("postgres"), read_only=False), threading.Event()
    began = threading.Event()

    def write() -> None:
        with engine.connect() as connection:
            while not ended.is_set():
                connection.execute(TOUCH)
                if commits:
                    connection.commit()
                began.set()
                ended.wait(0.1 if commits else LONG_SECONDS)
            connection.rollback()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        assert began.wait(LONG_SECONDS)
        yield
    finally:
        ended.set()
        thread.join()
        engine.dispose()


# ------------------------------------------------------------------ in a lab


def test_a_quiet_replication_is_drained_and_nothing_stays(profile: Profile) -> None:
    found = _drain(profile)
    assert (found.drained, found.marked) == (True, (TABLE,))
    assert drain.code_of(found) is ExitCode.DONE
    assert _rows(profile) == [0, 0]
    assert not journal_path(profile.root, profile.name).exists()
    told = json.loads(drain.as_json(found))
    assert (told["verdict"], told["marked"]) == ("DRAINED", [TABLE])


def test_a_table_that_is_written_is_named_with_its_rows(profile: Profile) -> None:
    with _application(commits=True):
        found = _drain(profile, within=6)
    assert drain.code_of(found) is ExitCode.BROKEN
    assert found.words.startswith(f"the source is not quiet: {TABLE} (+")
    assert found.writing[TABLE] > 0


def test_whoever_holds_a_transaction_open_is_named(profile: Profile) -> None:
    with _application(commits=False):
        found = _drain(profile, within=6)
    assert found.drained is False
    assert any(line.startswith(f"{TABLE} by dmsuser (reconciliation)") for line in found.writers)


def test_a_replication_that_delivers_nothing_is_not_drained(profile: Profile) -> None:
    with _fault("replication_stalled"):
        found = _drain(_hasty(profile), within=8)
    assert (found.drained, found.missing) == (False, (TABLE,))
    assert found.words.startswith(f"markers in {TABLE} were not in Oracle after")
    assert _rows(profile) == [0, 0]


def test_where_nothing_may_be_written_the_slot_says_it(
    profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain, "sweep", None)
    found = _drain(replace(profile, mutations=False))
    assert (found.drained, found.marked, found.words) == (True, (), "the slot has confirmed it")


def test_what_the_slot_has_not_confirmed_is_not_drained(profile: Profile) -> None:
    with _fault("replication_stalled"):
        with source_engine(of_replication("postgres"), read_only=False).begin() as connection:
            connection.execute(TOUCH)
        found = _drain(replace(profile, mutations=False), within=15)
    assert not found.drained
    assert "are not confirmed by the slot" in found.words
    assert _drain(profile).drained  # what had been committed has arrived, for the tests behind


def test_a_stopped_task_is_not_waited_for(profile: Profile) -> None:
    with open_session(profile) as session:
        run = session.parallel_run
        stop_task(run)
        try:
            found = _drain(profile)
        finally:
            start_task(run)
    assert found.drained is False
    assert found.words.startswith(f"the task {run.task.identifier} is stopped")
    assert found.seconds < LONG_SECONDS


# ------------------------------------------------------------------ a slot that confirms nothing


@pytest.mark.parametrize(
    ("active", "told", "moved", "drained", "words"),
    [
        (False, None, True, False, "and nobody reads it"),
        (True, 90.0, False, False, "the task tells a latency of 90 s"),
        (True, 0.0, True, False, "the replication is catching up"),
        (True, 0.0, False, None, "stands still: only a marker would show what arrived"),
        (True, None, False, None, "stands still: only a marker would show what arrived"),
    ],
)
def test_a_slot_that_stands_still_proves_nothing(
    monkeypatch: pytest.MonkeyPatch,
    active: bool,
    told: float | None,
    moved: bool,
    drained: bool | None,
    words: str,
) -> None:
    run: Any = samples.parallel_run(profile=samples.lab_profile())
    monkeypatch.setattr(draining, "slot", lambda _: SimpleNamespace(active=active))
    monkeypatch.setattr(draining, "latency", lambda _: told)
    session: Any = SimpleNamespace(parallel_run=run)
    found = Draining(session, 0)._not_confirmed("0/2000", "0/1000", moved)
    assert found.drained is drained
    assert found.words.startswith("4,096 bytes before 0/2000 are not confirmed by the slot")
    assert words in found.words


# ------------------------------------------------------------------ a latency of the minute before


@pytest.mark.parametrize(
    ("told", "drained", "words"),
    [
        ([None], True, "the slot has confirmed it"),
        ([90.0, 0.0], True, "the slot has confirmed it"),
        ([90.0, 90.0, 90.0], False, "the slot has confirmed it, but the task tells 90 s"),
    ],
)
def test_a_latency_above_what_was_agreed_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, told: list[float | None], drained: bool, words: str
) -> None:
    run: Any = samples.parallel_run(profile=samples.lab_profile())
    times = iter(range(10))
    monkeypatch.setattr(draining, "slot", lambda _: SimpleNamespace(confirmed_flush_lsn="0/2000"))
    monkeypatch.setattr(draining, "latency", lambda _: told.pop(0))
    session: Any = SimpleNamespace(parallel_run=run)
    looking = Draining(session, 3, clock=lambda: next(times), sleep=lambda _: None)
    found = looking._by_the_slot("0/2000")
    assert (found.drained, found.words, told) == (drained, words, [])
