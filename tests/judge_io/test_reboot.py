"""A reboot of PostgreSQL is over when another server answers and RDS says so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from reconciliation.errors import EnvironmentFault
from reconciliation.parallel_run import ParallelRun
from reconciliation.replication import reboot_source, restarting

from .world_as_agreed import agreed_world, run_in

OLD = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
NEW = OLD + dt.timedelta(days=1)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> ParallelRun:
    monkeypatch.setattr(restarting, "pause_seconds", lambda _: 0.0)
    return run_in(agreed_world())


def _seen(monkeypatch: pytest.MonkeyPatch, *starts: dt.datetime | None) -> Iterator[Any]:
    """What the server says of its start at each look, the last of them from then on."""
    looks = iter(starts)
    monkeypatch.setattr(restarting, "_started_at", lambda _: next(looks, starts[-1]))
    return looks


def _rds(monkeypatch: pytest.MonkeyPatch, run: ParallelRun, *states: str) -> list[str]:
    left, asked = list(states), list[str]()

    def describe(DBInstanceIdentifier: str) -> dict[str, Any]:  # noqa: N803 - boto3's own name
        asked.append(DBInstanceIdentifier)
        return {"DBInstances": [{"DBInstanceStatus": left.pop(0)}]}

    monkeypatch.setattr(run.aws.rds, "describe_db_instances", describe, raising=False)
    return asked


def test_it_is_over_when_another_server_answers_and_is_available(
    run: ParallelRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = _seen(monkeypatch, OLD, OLD, None, NEW)
    asked = _rds(monkeypatch, run, "rebooting", "available")
    reboot_source(run, 60)
    assert next(looks, None) is None, "the old server and the silent one were waited out"
    assert asked == [run.profile.agreed.rds_instance] * 2


@pytest.mark.parametrize(
    ("start", "words"), [(OLD, "was told to reboot and has not done so"), (None, "does not answer")]
)
def test_a_reboot_that_does_not_come_to_its_end_is_one_line(
    run: ParallelRun, monkeypatch: pytest.MonkeyPatch, start: dt.datetime | None, words: str
) -> None:
    _seen(monkeypatch, OLD, start)
    with pytest.raises(EnvironmentFault, match=words):
        reboot_source(run, 0)


def test_a_profile_may_forbid_it(run: ParallelRun) -> None:
    forbidden = replace(run, profile=replace(run.profile, mutations=False))
    with pytest.raises(EnvironmentFault, match="control_task and mutations must be true"):
        reboot_source(forbidden)
    assert run.aws.rds.asked == []  # type: ignore[attr-defined]
