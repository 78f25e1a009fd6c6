"""A task that is started anew from its own position: where that is, and which slot is read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciliation.errors import EnvironmentFault
from reconciliation.parallel_run import ParallelRun
from reconciliation.replication import SlotInfo, restart_task, restarting

from .world_as_agreed import agreed_world, run_in, task_of

CHECKPOINT = "checkpoint:V1#1#00000001/0000ABCD#0#0#*#0#0"
SLOT = SlotInfo("mine", "pglogical_output", False, "reserved", "1/0", "1/AB", 0, 0)


def _run(
    monkeypatch: pytest.MonkeyPatch, confirmed: str, attributes: str, kind: str
) -> ParallelRun:
    world = agreed_world()
    task_of(world)["RecoveryCheckpoint"] = CHECKPOINT
    for endpoint in world["describe_endpoints"]["Endpoints"]:
        endpoint["ExtraConnectionAttributes"] = attributes
    found = replace(SLOT, confirmed_flush_lsn=confirmed)
    monkeypatch.setattr(restarting, "slot", lambda _: found)
    run = run_in(world)
    return replace(run, profile=replace(run.profile, kind=kind))


def _asked(run: ParallelRun, operation: str, argument: str) -> list[Any]:
    asked: list[tuple[str, dict[str, Any]]] = run.aws.dms.asked  # type: ignore[attr-defined]
    return [arguments[argument] for name, arguments in asked if name == operation]


@pytest.mark.parametrize(
    ("confirmed", "position"),
    [("1/AB", "00000001/0000ABCD"), ("1/ABCE", "1/ABCE"), ("0/FFFFFFFF", "00000001/0000ABCD")],
)
def test_it_begins_at_the_later_of_checkpoint_and_what_the_slot_has_confirmed(
    monkeypatch: pytest.MonkeyPatch, confirmed: str, position: str
) -> None:
    run = _run(monkeypatch, confirmed, "SlotName=mine", "live")
    assert restart_task(run, 1).status == "running"
    assert _asked(run, "start_replication_task", "CdcStartPosition") == [position]
    assert _asked(run, "start_replication_task", "StartReplicationTaskType") == [
        "start-replication"
    ]
    assert _asked(run, "modify_endpoint", "EndpointArn") == []


def test_a_labs_endpoint_names_the_slot_for_the_start_only(monkeypatch: pytest.MonkeyPatch) -> None:
    run = _run(monkeypatch, "1/AB", "PluginName=pglogical", "lab")
    restart_task(run, 1)
    named = _asked(run, "modify_endpoint", "ExtraConnectionAttributes")
    assert named == ["PluginName=pglogical;SlotName=mine", "PluginName=pglogical"]


def test_a_live_endpoint_that_names_no_slot_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    run = _run(monkeypatch, "1/AB", "PluginName=pglogical", "live")
    with pytest.raises(EnvironmentFault, match="would be lost; set SlotName=mine"):
        restart_task(run, 1)
    assert _asked(run, "modify_endpoint", "EndpointArn") == []
    assert _asked(run, "start_replication_task", "CdcStartPosition") == []


def test_a_task_whose_slot_is_gone_is_not_started_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    run = _run(monkeypatch, "1/AB", "", "lab")
    monkeypatch.setattr(restarting, "slot", lambda _: None)
    with pytest.raises(EnvironmentFault, match="its replication slot is not there"):
        restart_task(run, 1)


def test_a_profile_may_forbid_it(monkeypatch: pytest.MonkeyPatch) -> None:
    run = _run(monkeypatch, "1/AB", "", "lab")
    run = replace(run, profile=replace(run.profile, control_task=False))
    with pytest.raises(EnvironmentFault, match="control_task and mutations must be true"):
        restart_task(run, 1)
    assert _asked(run, "start_replication_task", "CdcStartPosition") == []
