"""The replication task asked and told: its words, its statistics, its states, its log."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from reconciliation import replication
from reconciliation.errors import EnvironmentFault

from . import samples
from .fake_aws import FakeClient
from .world_as_agreed import agreed_world, run_in, task_of


def test_an_unknown_task_lists_the_tasks_there_are() -> None:
    with pytest.raises(
        EnvironmentFault, match=r"there is no replication task 'other' .* tasks there: flightspe"
    ):
        replication.find_task(run_in(agreed_world()).aws, "other")


def test_settings_that_are_not_json_are_one_line() -> None:
    world = agreed_world()
    task_of(world)["ReplicationTaskSettings"] = "{"
    with pytest.raises(EnvironmentFault, match="are not JSON"):
        replication.describe_task(run_in(world))


def test_settings_that_are_no_object_are_one_line() -> None:
    world = agreed_world()
    task_of(world)["ReplicationTaskSettings"] = "[1]"
    with pytest.raises(EnvironmentFault, match=r"the settings of task .* are no object: \[1\]"):
        replication.describe_task(run_in(world))


def test_a_section_of_the_settings_that_is_no_object_is_one_line() -> None:
    run = replace(run_in(agreed_world()), task=samples.task(settings={"Logging": 7}))
    with pytest.raises(
        EnvironmentFault, match="the settings of task 'rsync-task': Logging is 7, not an object"
    ):
        replication.log_warnings(run, samples.NOW)


def test_statistics_keep_their_names() -> None:
    (table,) = replication.table_statistics(run_in(agreed_world()))
    assert (table.full_name, table.inserts, table.applied_inserts, table.last_update_time) == (
        "travelbuddy.flightspecial",
        3,
        0,
        None,
    )


def test_a_profile_may_forbid_stopping_the_task() -> None:
    run = run_in(agreed_world())
    run = replace(run, profile=replace(run.profile, control_task=False))
    for act in (replication.stop_task, replication.start_task):
        with pytest.raises(EnvironmentFault, match="does not allow stopping and starting"):
            act(run)
    assert run.aws.dms.asked == []


@pytest.mark.parametrize(
    ("has_run", "kind"), [(True, "resume-processing"), (False, "start-replication")]
)
def test_starting_resumes_where_the_task_stopped(has_run: bool, kind: str) -> None:
    world = agreed_world()
    if not has_run:
        del task_of(world)["ReplicationTaskStats"]
    run = run_in(world)
    assert replication.start_task(run, 1).status == "running"
    assert [
        arguments["StartReplicationTaskType"]
        for name, arguments in run.aws.dms.asked
        if name == "start_replication_task"
    ] == [kind]


class Passing(FakeClient):
    """A task that comes from one status to the next each time it is looked at, and can be started
    when it is stopped.
    """

    def __init__(self, world: dict[str, Any], *statuses: str) -> None:
        super().__init__(**world)
        self._task, self._statuses = task_of(world), list(statuses)

    def get_paginator(self, operation: str) -> Any:
        self._task["Status"] = self._statuses.pop(0)
        return super().get_paginator(operation)

    def start_replication_task(self, **arguments: Any) -> None:
        assert self._task["Status"] == "stopped"
        self.asked.append(("start_replication_task", arguments))


@pytest.mark.parametrize(
    ("statuses", "starts"),
    [
        (("stopping", "stopping", "stopped", "starting", "running"), 1),
        (("stopped", "starting", "running"), 1),
        (("starting", "starting", "running"), 0),
    ],
)
def test_what_is_under_way_comes_to_its_end_before_the_task_is_started(
    statuses: tuple[str, ...], starts: int
) -> None:
    run, client = run_in(agreed_world()), Passing(agreed_world(), *statuses)
    run.aws.dms = client
    assert replication.start_task(run, 1).status == "running"
    assert [name for name, _ in client.asked].count("start_replication_task") == starts


def test_waiting_for_a_status_ends_with_the_reason() -> None:
    world = agreed_world()
    task_of(world).update(Status="failed", LastFailureMessage="No tables were found")
    with pytest.raises(EnvironmentFault, match=r"is failed, not running.*No tables were found"):
        replication.start_task(run_in(world), 1)


LINES = [
    (
        "2026-03-01T12:00:00 [SOURCE_CAPTURE  ]W:  Value of column 'c' was truncated  "
        "(postgres_pglogical.c:2550)"
    ),
    "00362696: 2026-03-01T12:00:01 [TARGET_APPLY    ]I:  Applied record 2193305 to target",
    "2026-03-01T12:00:02 [METADATA_MANAGE ]E:  could not translate host name [1022502]",
]


def test_warnings_and_errors_are_read_from_the_log() -> None:
    events = [
        {"timestamp": int(samples.NOW.timestamp() * 1000) + n, "message": line}
        for n, line in enumerate(LINES)
    ]
    run = run_in(agreed_world())
    streams = {"logStreams": [{"logStreamName": "dms-task-y"}]}
    run.aws.logs = FakeClient(filter_log_events={"events": events}, describe_log_streams=streams)
    settings = samples.agreed_settings()
    settings["Logging"] |= {
        "CloudWatchLogGroup": "dms-tasks-x",
        "CloudWatchLogStream": "dms-task-y",
    }
    run = replace(run, task=samples.task(settings=settings))
    found = replication.log_warnings(run, samples.NOW - dt.timedelta(minutes=1))
    assert [(line.severity, line.component) for line in found] == [
        ("W", "SOURCE_CAPTURE"),
        ("E", "METADATA_MANAGE"),
    ]
    assert run.aws.logs.asked[-1][1]["logStreamNames"] == ["dms-task-y"]


def test_a_task_without_a_log_is_not_a_task_without_warnings() -> None:
    with pytest.raises(EnvironmentFault, match="writes no CloudWatch log"):
        replication.log_warnings(run_in(agreed_world()), samples.NOW)
