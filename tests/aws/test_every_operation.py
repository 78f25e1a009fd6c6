"""Every operation of the lab's DMS through boto3 over HTTP, each response held against the SDK's
model.

The checks are in ``conftest.held_against_the_model``: the bytes on the wire and what the SDK has
made of them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lab.dms.control import TableStatistics
from tests.aws.building import await_state, create_task, describe_task, refused, until
from tests.aws.conftest import Lab

START = "start-replication"
NOT_FOUND, EXISTS = "ResourceNotFoundFault", "ResourceAlreadyExistsFault"
VALUE, COMBINATION = "InvalidParameterValueException", "InvalidParameterCombinationException"
STATE, NOT_DONE = "InvalidResourceStateFault", "InvalidOperationFault"
TOO_FEW_ZONES = "ReplicationSubnetGroupDoesNotCoverEnoughAZs"
GROUP = {
    "ReplicationSubnetGroupIdentifier": "default-vpc-lab",
    "ReplicationSubnetGroupDescription": "again",
}
OTHER = {**GROUP, "ReplicationSubnetGroupIdentifier": "other"}
INSTANCE = {"ReplicationInstanceIdentifier": "repl", "ReplicationInstanceClass": "dms.t3.micro"}
CONFIG = {
    "ReplicationConfigIdentifier": "x",
    "SourceEndpointArn": "x",
    "TargetEndpointArn": "x",
    "ComputeConfig": {"MaxCapacityUnits": 1},
    "ReplicationType": "cdc",
    "TableMappings": "{}",
}
#: it needs a task with a full load, which the lab has not
ALWAYS_REFUSED = "ReloadTables"


@pytest.fixture
def called(dms: Any) -> set[str]:
    """The operations that have been answered, by their names in the model."""
    names: set[str] = set()

    def note(http_response: Any, model: Any, **_rest: Any) -> None:
        if http_response.status_code == 200:
            names.add(model.name)

    dms.meta.events.register("after-call.dms", note)
    yield names
    dms.meta.events.unregister("after-call.dms", note)


def test_every_operation_answers_in_the_model_s_shape(dms: Any, lab: Lab, called: set[str]) -> None:
    arn = create_task(
        dms,
        Tags=[{"Key": "leg", "Value": "way back"}],
        CdcStopPosition="commit_time:2030-01-01T00:00:00",
    )
    task = describe_task(dms)
    instance, source = task["ReplicationInstanceArn"], task["SourceEndpointArn"]
    for use in (
        offers,
        subnet_groups,
        tags,
        schemas,
        modifications,
        assessments,
        life,
        moves,
        events,
    ):
        use(
            dms,
            lab,
            {
                "task": arn,
                "instance": instance,
                "source": source,
                "target": task["TargetEndpointArn"],
            },
        )
    removals(dms, arn, instance, source)
    assert called == set(lab.cloud.dms.operations) - {ALWAYS_REFUSED}


def offers(dms: Any, _lab: Lab, _arns: dict[str, str]) -> None:
    engines = dms.describe_endpoint_types(Filters=[{"Name": "engine-name", "Values": ["postgres"]}])
    assert [one["EndpointType"] for one in engines["SupportedEndpointTypes"]] == ["source"]
    settings = {
        one["Name"]: one
        for one in dms.describe_endpoint_settings(EngineName="postgres")["EndpointSettings"]
    }
    assert settings["HeartbeatFrequency"]["DefaultValue"] == "5"
    assert settings["PluginName"]["EnumValues"] == ["no-preference", "test-decoding", "pglogical"]
    assert settings["Password"]["Sensitive"] is True
    versions = {one["Version"] for one in dms.describe_engine_versions()["EngineVersions"]}
    orderable = dms.describe_orderable_replication_instances()["OrderableReplicationInstances"]
    assert {one["EngineVersion"] for one in orderable} == versions
    quotas = {
        one["AccountQuotaName"]: one["Used"]
        for one in dms.describe_account_attributes()["AccountQuotas"]
    }
    assert (quotas["Endpoints"], quotas["ReplicationTasks"]) == (2, 1)
    assert dms.describe_certificates()["Certificates"] == []
    assert dms.describe_pending_maintenance_actions()["PendingMaintenanceActions"] == []
    assert dms.describe_event_subscriptions()["EventSubscriptionsList"] == []


def subnet_groups(dms: Any, _lab: Lab, _arns: dict[str, str]) -> None:
    named = {"ReplicationSubnetGroupIdentifier": "Mine"}
    created = dms.create_replication_subnet_group(
        **named, ReplicationSubnetGroupDescription="two", SubnetIds=["subnet-1", "subnet-2"]
    )["ReplicationSubnetGroup"]
    assert [one["SubnetIdentifier"] for one in created["Subnets"]] == ["subnet-1", "subnet-2"]
    dms.modify_replication_subnet_group(**named, SubnetIds=["subnet-1", "subnet-3"])
    found = dms.describe_replication_subnet_groups(
        Filters=[{"Name": "replication-subnet-group-id", "Values": ["mine"]}]
    )["ReplicationSubnetGroups"]
    assert [one["SubnetIdentifier"] for one in found[0]["Subnets"]] == ["subnet-1", "subnet-3"]
    dms.delete_replication_subnet_group(**named)


def tags(dms: Any, _lab: Lab, arns: dict[str, str]) -> None:
    dms.add_tags_to_resource(ResourceArn=arns["task"], Tags=[{"Key": "owner", "Value": "db"}])
    dms.remove_tags_from_resource(ResourceArn=arns["task"], TagKeys=["leg"])
    assert dms.list_tags_for_resource(ResourceArn=arns["task"])["TagList"] == [
        {"Key": "owner", "Value": "db"}
    ]


def schemas(dms: Any, _lab: Lab, arns: dict[str, str]) -> None:
    begun = dms.refresh_schemas(EndpointArn=arns["source"], ReplicationInstanceArn=arns["instance"])
    assert begun["RefreshSchemasStatus"]["Status"] == "refreshing"
    done = until(
        lambda: dms.describe_refresh_schemas_status(EndpointArn=arns["source"])[
            "RefreshSchemasStatus"
        ],
        lambda status: status["Status"] != "refreshing",
    )
    assert (done["Status"], done["LastRefreshDate"] <= datetime.now(UTC)) == ("successful", True)
    assert dms.describe_schemas(EndpointArn=arns["source"])["Schemas"] == ["public", "travelbuddy"]


def modifications(dms: Any, _lab: Lab, arns: dict[str, str]) -> None:
    dms.modify_endpoint(EndpointArn=arns["source"], Port=6543)
    dms.modify_replication_instance(ReplicationInstanceArn=arns["instance"], AllocatedStorage=60)
    (instance,) = dms.describe_replication_instances()["ReplicationInstances"]
    assert (instance["AllocatedStorage"], instance["PendingModifiedValues"]) == (
        50,
        {"AllocatedStorage": 60},
    )
    assert dms.describe_endpoints()["Endpoints"][0]["Port"] == 6543


def assessments(dms: Any, lab: Lab, arns: dict[str, str]) -> None:
    names = dms.describe_applicable_individual_assessments(ReplicationTaskArn=arns["task"])[
        "IndividualAssessmentNames"
    ]
    assert names == ["passed-one", "warning-one", "failed-one"]
    lab.assessing.clear()
    run = start_assessment(dms, arns["task"])
    assert describe_task(dms)["Status"] == "testing"
    lab.assessing.set()
    await_state(dms, "ready")
    found = dms.describe_replication_task_individual_assessments()[
        "ReplicationTaskIndividualAssessments"
    ]
    assert [one["Status"] for one in found] == ["passed", "warning", "failed"]
    (over,) = dms.describe_replication_task_assessment_runs()["ReplicationTaskAssessmentRuns"]
    assert (
        over["Status"],
        over["ResultStatistic"]["Warning"],
        over["IsLatestTaskAssessmentRun"],
    ) == (
        "failed",
        1,
        True,
    )
    dms.delete_replication_task_assessment_run(ReplicationTaskAssessmentRunArn=run)
    lab.assessing.clear()
    run = start_assessment(dms, arns["task"])
    cancelled = dms.cancel_replication_task_assessment_run(ReplicationTaskAssessmentRunArn=run)
    assert cancelled["ReplicationTaskAssessmentRun"]["Status"] == "cancelling"
    lab.assessing.set()
    await_state(dms, "ready")
    states = [
        one["Status"]
        for one in dms.describe_replication_task_individual_assessments()[
            "ReplicationTaskIndividualAssessments"
        ]
    ]
    assert states[-1] == "cancelled"
    dms.delete_replication_task_assessment_run(ReplicationTaskAssessmentRunArn=run)


def start_assessment(dms: Any, arn: str, **more: Any) -> str:
    started = dms.start_replication_task_assessment_run(
        ReplicationTaskArn=arn,
        ServiceAccessRoleArn="arn:aws:iam::000000000000:role/dms",
        ResultLocationBucket="results",
        AssessmentRunName="before",
        **more,
    )["ReplicationTaskAssessmentRun"]
    assert started["Status"] == "starting"
    return started["ReplicationTaskAssessmentRunArn"]


def life(dms: Any, lab: Lab, arns: dict[str, str]) -> None:
    dms.start_replication_task(ReplicationTaskArn=arns["task"], StartReplicationTaskType=START)
    await_state(dms, "running")
    now = datetime.now(UTC)
    lab.process.counters = [
        TableStatistics("travelbuddy", "flightspecial", updates=1, last_update_time=now)
    ]
    dms.describe_table_statistics(ReplicationTaskArn=arns["task"])
    with pytest.raises(dms.exceptions.InvalidResourceStateFault, match="full load only"):
        dms.reload_tables(
            ReplicationTaskArn=arns["task"],
            TablesToReload=[{"SchemaName": "travelbuddy", "TableName": "flightspecial"}],
        )
    dms.describe_replication_instance_task_logs(ReplicationInstanceArn=arns["instance"])
    dms.stop_replication_task(ReplicationTaskArn=arns["task"])
    await_state(dms, "stopped")
    dms.modify_replication_task(ReplicationTaskArn=arns["task"], TaskData="{}")
    await_state(dms, "stopped")


def moves(dms: Any, _lab: Lab, arns: dict[str, str]) -> None:
    other = dms.create_replication_instance(
        ReplicationInstanceIdentifier="other", ReplicationInstanceClass="dms.t3.micro"
    )["ReplicationInstance"]["ReplicationInstanceArn"]
    moving = dms.move_replication_task(
        ReplicationTaskArn=arns["task"], TargetReplicationInstanceArn=other
    )
    assert moving["ReplicationTask"]["Status"] == "moving"
    assert moving["ReplicationTask"]["TargetReplicationInstanceArn"] == other
    assert await_state(dms, "stopped")["ReplicationInstanceArn"] == other
    dms.reboot_replication_instance(ReplicationInstanceArn=other)


def events(dms: Any, _lab: Lab, _arns: dict[str, str]) -> None:
    since = datetime.now(UTC) - timedelta(minutes=5)
    messages = [
        one["Message"]
        for one in dms.describe_events(StartTime=since, SourceType="replication-task")["Events"]
    ]
    assert "Replication task started, with flag, fresh start" in messages
    groups = dms.describe_event_categories(SourceType="replication-task")["EventCategoryGroupList"]
    assert "state change" in groups[0]["EventCategories"]


def removals(dms: Any, task: str, instance: str, source: str) -> None:
    dms.delete_replication_task(ReplicationTaskArn=task)
    until(lambda: dms.describe_replication_tasks()["ReplicationTasks"], lambda tasks: tasks == [])
    dms.test_connection(ReplicationInstanceArn=instance, EndpointArn=source)
    dms.describe_connections()
    dms.delete_connection(ReplicationInstanceArn=instance, EndpointArn=source)
    dms.delete_endpoint(EndpointArn=source)
    dms.delete_replication_instance(ReplicationInstanceArn=instance)


@pytest.mark.parametrize(
    ("call", "parameters", "code"),
    [
        (
            "move_replication_task",
            {"ReplicationTaskArn": "x", "TargetReplicationInstanceArn": "y"},
            NOT_FOUND,
        ),
        ("describe_schemas", {"EndpointArn": "x"}, NOT_FOUND),
        (
            "create_replication_subnet_group",
            {**OTHER, "SubnetIds": ["a"]},
            TOO_FEW_ZONES,
        ),
        ("create_replication_subnet_group", {**GROUP, "SubnetIds": ["a", "b"]}, EXISTS),
        ("delete_replication_subnet_group", {"ReplicationSubnetGroupIdentifier": "x"}, NOT_FOUND),
        ("describe_endpoint_settings", {"EngineName": "mongodb"}, VALUE),
        ("describe_events", {"SourceIdentifier": "x"}, COMBINATION),
        ("describe_events", {"SourceType": "cluster"}, VALUE),
        ("describe_event_categories", {"SourceType": "cluster"}, VALUE),
        (
            "describe_applicable_individual_assessments",
            {"MigrationType": "cdc"},
            COMBINATION,
        ),
        (
            "cancel_replication_task_assessment_run",
            {"ReplicationTaskAssessmentRunArn": "x"},
            NOT_FOUND,
        ),
        ("create_replication_instance", {**INSTANCE, "EngineVersion": "1.0"}, VALUE),
        (
            "create_replication_instance",
            {**INSTANCE, "ReplicationSubnetGroupIdentifier": "x"},
            NOT_FOUND,
        ),
        ("create_replication_config", CONFIG, NOT_DONE),
        ("start_replication_task_assessment", {"ReplicationTaskArn": "x"}, NOT_DONE),
    ],
)
def test_refusals_have_the_code_of_dms(
    dms: Any, call: str, parameters: dict[str, Any], code: str
) -> None:
    assert refused(getattr(dms, call), **parameters) == code


def test_schemas_that_cannot_be_read_say_why(dms: Any, lab: Lab) -> None:
    create_task(dms)
    task = describe_task(dms)
    source, instance = task["SourceEndpointArn"], task["ReplicationInstanceArn"]
    assert refused(dms.describe_refresh_schemas_status, EndpointArn=source) == NOT_FOUND
    lab.unreachable.add("the-source")
    dms.refresh_schemas(EndpointArn=source, ReplicationInstanceArn=instance)
    status = until(
        lambda: dms.describe_refresh_schemas_status(EndpointArn=source)["RefreshSchemasStatus"],
        lambda status: status["Status"] != "refreshing",
    )
    assert (status["Status"], status["LastFailureMessage"]) == (
        "failed",
        "Test Endpoint failed: nobody there",
    )
    assert dms.describe_schemas(EndpointArn=source)["Schemas"] == []


def test_what_is_assessed_once_is_named_once(dms: Any) -> None:
    arn = create_task(dms)
    start_assessment(dms, arn)
    await_state(dms, "ready")
    assert refused(start_assessment, dms, arn) == EXISTS
    given = {
        "ReplicationTaskArn": arn,
        "ServiceAccessRoleArn": "role",
        "ResultLocationBucket": "results",
        "AssessmentRunName": "again",
    }
    call = dms.start_replication_task_assessment_run
    assert refused(call, **given, IncludeOnly=["unknown-one"]) == VALUE
    both = {"IncludeOnly": ["passed-one"], "Exclude": ["failed-one"]}
    assert refused(call, **given, **both) == COMBINATION
    dms.start_replication_task(ReplicationTaskArn=arn, StartReplicationTaskType=START)
    await_state(dms, "running")
    assert refused(call, **given) == STATE


@pytest.mark.parametrize(
    ("only", "status"),
    [
        (["passed-one"], "passed"),
        (["warning-one", "passed-one"], "warning"),
        (["failed-one"], "failed"),
    ],
)
def test_a_run_is_what_its_checks_are(dms: Any, lab: Lab, only: list[str], status: str) -> None:
    arn = create_task(dms)
    start_assessment(dms, arn, IncludeOnly=only)
    await_state(dms, "ready")
    (run,) = dms.describe_replication_task_assessment_runs(
        Filters=[{"Name": "status", "Values": [status]}]
    )["ReplicationTaskAssessmentRuns"]
    assert run["AssessmentProgress"]["IndividualAssessmentCompletedCount"] == len(only)
    written = list(lab.config.state_directory.glob("assessments/results/*/*.json"))
    assert sorted(path.stem for path in written) == sorted(only)
