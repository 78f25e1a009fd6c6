"""The set-up against what was agreed: a good one gives nothing, every single fault gives its
sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from reconciliation.checks import endpoints, replication_instance
from reconciliation.checks import task as task_checks
from reconciliation.checks.task_settings import lob_mode, settings_findings

from . import samples
from .world_as_agreed import AGREED, agreed_world, run_in, task_of

CHECKS: dict[str, Callable[[Any], Any]] = {
    "instance": replication_instance.check_replication_instance,
    "source": endpoints.check_source_endpoint,
    "target": endpoints.check_target_endpoint,
    "connection": endpoints.check_source_connection,
    "settings": task_checks.check_task_settings,
    "running": task_checks.check_task_running,
    "errors": task_checks.check_task_errors,
}


@pytest.mark.parametrize("check", CHECKS)
def test_a_set_up_as_agreed_gives_no_finding(check: str) -> None:
    assert CHECKS[check](run_in(agreed_world())) == ()


def _endpoint(world: dict[str, Any], number: int) -> dict[str, Any]:
    return world["describe_endpoints"]["Endpoints"][number]


FAULTS: list[tuple[str, Callable[[dict[str, Any]], Any], str]] = [
    (
        "instance",
        lambda w: w.update(describe_replication_instances={"ReplicationInstances": []}),
        "there is no replication instance 'dmsworkshop-target-dmsrepl'; instances there: none",
    ),
    (
        "instance",
        lambda w: w["describe_replication_instances"]["ReplicationInstances"][0].update(
            ReplicationInstanceStatus="storage-full"
        ),
        "is storage-full, not available",
    ),
    (
        "instance",
        lambda w: task_of(w).update(ReplicationInstanceArn="arn:other"),
        "the task does not run on the agreed",
    ),
    (
        "source",
        lambda w: _endpoint(w, 0).update(EndpointIdentifier="other"),
        "there is no endpoint",
    ),
    (
        "source",
        lambda w: task_of(w).update(SourceEndpointArn="arn:other"),
        "is not the endpoint the task uses",
    ),
    (
        "source",
        lambda w: _endpoint(w, 0).update(DatabaseName="postgres"),
        "has DatabaseName 'postgres', agreed is 'dso'",
    ),
    (
        "source",
        lambda w: _endpoint(w, 0).update(Username="root"),
        "has Username 'root', agreed is 'dmsuser'",
    ),
    (
        "source",
        lambda w: _endpoint(w, 0).update(SslMode="require"),
        "has SslMode 'require', agreed is 'none'",
    ),
    ("source", lambda w: _endpoint(w, 0).update(Port=5433), "has Port 5433, agreed is 5432"),
    ("source", lambda w: _endpoint(w, 0).update(EngineName="mysql"), "is for engine 'mysql'"),
    (
        "source",
        lambda w: _endpoint(w, 0).update(ServerName="192.0.2.1"),
        "points to server '192.0.2.1', but the data",
    ),
    (
        "source",
        lambda w: _endpoint(w, 0).update(ExtraConnectionAttributes=""),
        "has pluginname=(not set), agreed is pluginname=pglogical",
    ),
    (
        "target",
        lambda w: _endpoint(w, 1).update(OracleSettings={"AlwaysReplaceEmptyString": True}),
        "has alwaysreplaceemptystring=True, agreed is alwaysreplaceemptystring=false",
    ),
    (
        "target",
        lambda w: _endpoint(w, 1).update(
            ExtraConnectionAttributes="truncateTrailingZerosForPlainNumeric=true"
        ),
        "belongs to the other direction",
    ),
    (
        "connection",
        lambda w: w.update(describe_connections={"Connections": []}),
        "was never tested",
    ),
    (
        "connection",
        lambda w: w["describe_connections"]["Connections"][0].update(
            Status="failed", LastFailureMessage="no route"
        ),
        "is failed: no route; test it again",
    ),
    (
        "running",
        lambda w: task_of(w).update(Status="failed", LastFailureMessage="Last Error boom"),
        "is failed, not running (Last Error boom)",
    ),
    (
        "errors",
        lambda w: w["describe_table_statistics"]["TableStatistics"][0].update(
            TableState="Table error"
        ),
        "table travelbuddy.flightspecial is in state 'Table error'",
    ),
    (
        "errors",
        lambda w: w.update(describe_table_statistics={"TableStatistics": []}),
        "do not list travelbuddy.flight",
    ),
]


@pytest.mark.parametrize(
    ("check", "spoil", "expected"), FAULTS, ids=[words[:40] for _, _, words in FAULTS]
)
def test_every_fault_has_its_sentence(
    check: str, spoil: Callable[[dict[str, Any]], Any], expected: str
) -> None:
    world = agreed_world()
    spoil(world)
    findings = CHECKS[check](run_in(world))
    assert len(findings) == 1
    assert expected in findings[0].message
    assert "\n" not in findings[0].message


def test_a_tunnel_is_agreed_by_naming_the_server() -> None:
    world = agreed_world()
    _endpoint(world, 1).update(ServerName="ora.internal", Port=1522)
    run = run_in(world)
    assert len(endpoints.check_target_endpoint(run)) == 2
    run = replace(
        run, profile=replace(run.profile, agreed=replace(AGREED, target_server="ora.internal"))
    )
    assert endpoints.check_target_endpoint(run) == ()


@pytest.mark.parametrize(
    ("section", "changes", "expected"),
    [
        (
            "FullLoadSettings",
            {"TargetTablePrepMode": "DROP_AND_CREATE"},
            "is DROP_AND_CREATE, agreed is DO_NOTHING",
        ),
        ("TargetMetadata", {"LobMaxSize": 64}, "the LOB size limit in KB is 64, agreed is 32"),
        ("TargetMetadata", {"SupportLobs": False}, "the LOB mode is none, agreed is limited"),
        ("TargetMetadata", {"FullLobMode": True}, "the LOB mode is full, agreed is limited"),
        ("ValidationSettings", {"EnableValidation": True}, "data validation is on, agreed is off"),
        ("Logging", {"EnableLogging": False}, "CloudWatch logging is off, agreed is on"),
        ("ErrorBehavior", {"DataErrorPolicy": "IGNORE_RECORD"}, "vanish without a trace"),
        (
            "ErrorBehavior",
            {"ApplyErrorInsertPolicy": "INSERT_RECORD"},
            "is overwritten without a trace",
        ),
        (
            "ErrorBehavior",
            {"ApplyErrorUpdatePolicy": "UPDATE_RECORD"},
            "LOB columns are no longer replicated",
        ),
        (
            "ErrorBehavior",
            {"ApplyErrorInsertPolicy": "UPDATE_ROW"},
            "is not one that the documentation knows",
        ),
        (
            "ChangeProcessingTuning",
            {"BatchApplyEnabled": True},
            "BatchApplyEnabled stands in section ChangeProc",
        ),
    ],
)
def test_settings(section: str, changes: dict[str, Any], expected: str) -> None:
    settings = samples.agreed_settings()
    settings[section] = settings.get(section, {}) | changes
    findings = settings_findings(samples.task(settings=settings), AGREED)
    assert len(findings) == 1
    assert expected in findings[0]


def test_the_migration_type_and_missing_sections() -> None:
    assert (
        "migration type is full-load"
        in settings_findings(samples.task(migration_type="full-load"), AGREED)[0]
    )
    assert any(
        "agreed is DO_NOTHING" in item
        for item in settings_findings(samples.task(settings={}), AGREED)
    )
    assert lob_mode({}) == "none"
