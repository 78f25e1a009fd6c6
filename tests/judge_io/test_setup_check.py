"""The set-up against what was agreed: a good one gives nothing, every single fault gives its
sentence.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from reconciliation import replication
from reconciliation.checks import endpoints, keys, rds, replication_instance
from reconciliation.checks import task as task_checks
from reconciliation.checks.task_settings import lob_mode, settings_findings
from reconciliation.databases.catalogue import read_target_keys
from reconciliation.databases.connections import Credentials
from reconciliation.errors import EnvironmentFault
from reconciliation.model import CatalogueTable

from . import samples
from .fake_aws import FakeAws, FakeClient

AGREED = replace(
    samples.lab_profile().agreed,
    endpoint_user="dmsuser",
    ssl_mode="none",
    source_endpoint_attributes="PluginName=pglogical",
    target_endpoint_attributes="alwaysReplaceEmptyString=false",
)


def _world() -> dict[str, Any]:
    """A set-up exactly as agreed, as boto3 shows it."""
    return {
        "describe_replication_tasks": {
            "ReplicationTasks": [
                {
                    "ReplicationTaskIdentifier": samples.lab_profile().aws.task,
                    "ReplicationTaskArn": "arn:x:task:ABC",
                    "Status": "running",
                    "MigrationType": "cdc",
                    "TableMappings": "{}",
                    "SourceEndpointArn": "arn:source",
                    "TargetEndpointArn": "arn:target",
                    "ReplicationInstanceArn": "arn:instance",
                    "ReplicationTaskSettings": json.dumps(samples.agreed_settings()),
                    "ReplicationTaskStats": {"FreshStartDate": samples.NOW},
                }
            ]
        },
        "describe_replication_instances": {
            "ReplicationInstances": [
                {
                    "ReplicationInstanceIdentifier": AGREED.replication_instance,
                    "ReplicationInstanceArn": "arn:instance",
                    "ReplicationInstanceStatus": "available",
                }
            ]
        },
        "describe_endpoints": {
            "Endpoints": [
                {
                    "EndpointIdentifier": AGREED.source_endpoint,
                    "EndpointArn": "arn:source",
                    "EndpointType": "SOURCE",
                    "EngineName": "postgres",
                    "DatabaseName": "dso",
                    "Username": "dmsuser",
                    "SslMode": "none",
                    "Port": 5432,
                    "ServerName": "localhost",
                    "ExtraConnectionAttributes": "PluginName=PGLOGICAL;",
                },
                {
                    "EndpointIdentifier": AGREED.target_endpoint,
                    "EndpointArn": "arn:target",
                    "EndpointType": "TARGET",
                    "EngineName": "oracle",
                    "DatabaseName": "XE",
                    "Username": "DMSUSER",
                    "SslMode": "none",
                    "Port": 1521,
                    "ServerName": "127.0.0.1",
                    "OracleSettings": {"AlwaysReplaceEmptyString": False, "Password": "x"},
                },
            ]
        },
        "describe_connections": {
            "Connections": [{"Status": "successful", "EndpointIdentifier": "e"}]
        },
        "describe_table_statistics": {
            "TableStatistics": [
                {
                    "SchemaName": "travelbuddy",
                    "TableName": "flightspecial",
                    "TableState": "Table completed",
                    "Inserts": 3,
                }
            ]
        },
    }


def _run(world: dict[str, Any]) -> Any:
    return samples.parallel_run(
        profile=replace(samples.lab_profile(), agreed=AGREED),
        aws=FakeAws(dms=FakeClient(**world)),
        source_credentials=Credentials("PostgreSQL", "127.0.0.1", 5432, "dso", "reader", "x"),
        target_credentials=Credentials("Oracle", "127.0.0.1", 1521, "XE", "reader", "x"),
    )


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
    assert CHECKS[check](_run(_world())) == ()


def _task(world: dict[str, Any]) -> dict[str, Any]:
    return world["describe_replication_tasks"]["ReplicationTasks"][0]


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
        lambda w: _task(w).update(ReplicationInstanceArn="arn:other"),
        "the task does not run on the agreed",
    ),
    (
        "source",
        lambda w: _endpoint(w, 0).update(EndpointIdentifier="other"),
        "there is no endpoint",
    ),
    (
        "source",
        lambda w: _task(w).update(SourceEndpointArn="arn:other"),
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
        lambda w: _task(w).update(Status="failed", LastFailureMessage="Last Error boom"),
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
    world = _world()
    spoil(world)
    findings = CHECKS[check](_run(world))
    assert len(findings) == 1
    assert expected in findings[0].message
    assert "\n" not in findings[0].message


def test_a_tunnel_is_agreed_by_naming_the_server() -> None:
    world = _world()
    _endpoint(world, 1).update(ServerName="ora.internal", Port=1522)
    run = _run(world)
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


# ------------------------------------------------------------------ the task's own words


def test_an_unknown_task_lists_the_tasks_there_are() -> None:
    with pytest.raises(
        EnvironmentFault, match=r"there is no replication task 'other' .* tasks there: flightspe"
    ):
        replication.find_task(_run(_world()).aws, "other")


def test_settings_that_are_not_json_are_one_line() -> None:
    world = _world()
    _task(world)["ReplicationTaskSettings"] = "{"
    with pytest.raises(EnvironmentFault, match="are not JSON"):
        replication.describe_task(_run(world))


def test_statistics_keep_their_names() -> None:
    (table,) = replication.table_statistics(_run(_world()))
    assert (table.full_name, table.inserts, table.applied_inserts, table.last_update_time) == (
        "travelbuddy.flightspecial",
        3,
        0,
        None,
    )


def test_a_profile_may_forbid_stopping_the_task() -> None:
    run = _run(_world())
    run = replace(run, profile=replace(run.profile, control_task=False))
    for act in (replication.stop_task, replication.start_task):
        with pytest.raises(EnvironmentFault, match="does not allow stopping and starting"):
            act(run)
    assert run.aws.dms.asked == []


@pytest.mark.parametrize(
    ("has_run", "kind"), [(True, "resume-processing"), (False, "start-replication")]
)
def test_starting_resumes_where_the_task_stopped(has_run: bool, kind: str) -> None:
    world = _world()
    if not has_run:
        del _task(world)["ReplicationTaskStats"]
    run = _run(world)
    assert replication.start_task(run, 1).status == "running"
    assert [
        arguments["StartReplicationTaskType"]
        for name, arguments in run.aws.dms.asked
        if name == "start_replication_task"
    ] == [kind]


def test_waiting_for_a_status_ends_with_the_reason() -> None:
    world = _world()
    _task(world).update(Status="failed", LastFailureMessage="No tables were found")
    with pytest.raises(EnvironmentFault, match=r"is failed, not running.*No tables were found"):
        replication.start_task(_run(world), 1)


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
    run = _run(_world())
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
        replication.log_warnings(_run(_world()), samples.NOW)


# ------------------------------------------------------------------ readiness that needs no
# database


def _rds(
    status: str = "available", apply: str = "in-sync", identifier: str = AGREED.rds_instance
) -> FakeAws:
    instance = {
        "DBInstanceIdentifier": identifier,
        "DBInstanceStatus": status,
        "DBParameterGroups": [{"DBParameterGroupName": "pg", "ParameterApplyStatus": apply}],
    }
    return FakeAws(rds=FakeClient(describe_db_instances={"DBInstances": [instance]}))


@pytest.mark.parametrize(
    ("aws", "expected"),
    [
        (_rds(), []),
        (_rds(status="rebooting"), ["is rebooting, not available"]),
        (
            _rds(apply="pending-reboot"),
            ["is pending-reboot, so changed parameters are not in force"],
        ),
        (_rds(identifier="other"), ["there is no RDS instance 'flightspecials-test-postgres-db'"]),
    ],
)
def test_the_rds_instance(aws: FakeAws, expected: list[str]) -> None:
    findings = rds.check_rds_instance(samples.parallel_run(aws=aws))
    assert len(findings) == len(expected)
    assert all(words in finding.message for words, finding in zip(expected, findings, strict=True))


def _resolved(source: CatalogueTable, target: CatalogueTable) -> Any:
    table = SimpleNamespace(source=samples.TABLE.source, target=samples.TABLE.target)
    return samples.parallel_run(
        resolved=SimpleNamespace(tables=(table,)),
        source_catalogue={samples.TABLE.source: source},
        target_catalogue={samples.TABLE.target: target},
    )


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ({}, {}, []),
        ({"primary_key": ()}, {}, ["its updates and deletes are not replicated"]),
        ({"replica_identity": "nothing"}, {}, ["REPLICA IDENTITY NOTHING"]),
        ({"replica_identity": "full"}, {}, ["pglogical does not support"]),
        ({}, {"primary_key": ()}, ["TRAVELBUDDY.FLIGHTSPECIAL has no primary key"]),
        (
            {},
            {"primary_key": (), "disabled_key": "FLIGHT_KEY"},
            ["FLIGHT_KEY of TRAVELBUDDY.FLIGHTSPECIAL is disabled"],
        ),
        ({"primary_key": ("header",)}, {}, ["the contract's key is id, the primary key is header"]),
    ],
)
def test_keys_of_mapped_tables(
    source: dict[str, Any], target: dict[str, Any], expected: list[str]
) -> None:
    run = _resolved(
        replace(samples.SOURCE_TABLE, **source), replace(samples.TARGET_TABLE, **target)
    )
    findings = keys.check_mapped_table_keys(run)
    assert len(findings) == len(expected)
    assert all(words in finding.message for words, finding in zip(expected, findings, strict=True))


def test_a_disabled_primary_key_is_none() -> None:
    """The stand-in disables none, so the dictionary's two views stand in another database here."""
    with create_engine("sqlite://").connect() as connection:
        for statement in (
            (
                "CREATE TABLE ALL_CONSTRAINTS (OWNER, CONSTRAINT_NAME, TABLE_NAME, "
                "CONSTRAINT_TYPE, "
                "STATUS)"
            ),
            "CREATE TABLE ALL_CONS_COLUMNS (OWNER, CONSTRAINT_NAME, COLUMN_NAME, POSITION)",
            "INSERT INTO ALL_CONSTRAINTS VALUES ('T', 'A_KEY', 'A', 'P', 'ENABLED')",
            "INSERT INTO ALL_CONSTRAINTS VALUES ('T', 'B_KEY', 'B', 'P', 'DISABLED')",
            "INSERT INTO ALL_CONS_COLUMNS VALUES ('T', 'A_KEY', 'ID', 1), ('T', 'B_KEY', 'ID', 1)",
        ):
            connection.execute(text(statement))
        assert read_target_keys(connection, "T") == ({"A": ("ID",)}, {"B": "B_KEY"})
