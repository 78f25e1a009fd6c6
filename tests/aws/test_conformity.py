"""The validator of responses finds what it shall find."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from lab.aws.service_models import operation_model
from tests.aws.conformity import deviations, parsed_deviations, wire_deviations

TASKS = operation_model("dms", "DescribeReplicationTasks").output_shape


def test_a_conforming_response_has_no_deviations() -> None:
    stats = {"TablesLoaded": 1, "StartDate": 1.5}
    task = {"ReplicationTaskIdentifier": "x", "MigrationType": "cdc", "ReplicationTaskStats": stats}
    assert deviations({"ReplicationTasks": [task]}, TASKS) == []


@pytest.mark.parametrize(
    ("task", "place"),
    [
        ({"Colour": "red"}, "Colour is not known"),
        ({"Status": 1}, "Status: 1 is not a string"),
        ({"Status": None}, "Status: None is not a string"),
        ({"MigrationType": "some"}, "MigrationType: 'some' is not one of"),
        ({"ReplicationTaskStats": []}, "is not a structure"),
        ({"ReplicationTaskStats": {"TablesLoaded": True}}, "TablesLoaded: True is not a integer"),
        ({"ReplicationTaskStats": {"StartDate": "today"}}, "StartDate: 'today' is not a timestamp"),
    ],
)
def test_deviations_are_found(task: dict[str, Any], place: str) -> None:
    (line,) = deviations({"ReplicationTasks": [task]}, TASKS)
    assert place in line
    assert deviations({"ReplicationTasks": task}, TASKS)


def test_what_is_on_the_wire_is_not_what_the_sdk_gives() -> None:
    wire = {"ReplicationTasks": [{"ReplicationTaskStartDate": 1.5}]}
    parsed = {
        "ReplicationTasks": [{"ReplicationTaskStartDate": datetime.now(UTC)}],
        "ResponseMetadata": {},
    }
    assert deviations(wire, TASKS) == []
    assert parsed_deviations(parsed, TASKS) == []
    assert deviations({**parsed, "ResponseMetadata": 1}, TASKS)
    (line,) = parsed_deviations(wire, TASKS)
    assert "1.5 is not a timestamp" in line


def test_bytes_are_held_against_the_model() -> None:
    tasks = operation_model("dms", "DescribeReplicationTasks")
    assert wire_deviations(b'{"Marker": "x"}', "application/x-amz-json-1.1", tasks) == []
    assert wire_deviations(b'{"Colour": "red"}', "application/x-amz-json-1.1", tasks) == [
        "$.Colour is not known"
    ]
    removed = operation_model("logs", "DeleteLogGroup")
    assert wire_deviations(b"{}", "application/json", removed) == []
    assert wire_deviations(b'{"a": 1}', "application/json", removed) != []


@pytest.mark.parametrize(
    ("inside", "place"),
    [
        ("<DBInstances><DBInstance><Engine>postgres</Engine></DBInstance></DBInstances>", None),
        ("<Colour>red</Colour>", "$.Colour is not known"),
        ("<DBInstances><Instance/></DBInstances>", "$.DBInstances[0]: Instance is not DBInstance"),
        (
            "<DBInstances><DBInstance><Colour/></DBInstance></DBInstances>",
            "$.DBInstances[0].Colour is not known",
        ),
        ("<Marker><x/></Marker>", "$.Marker has members"),
    ],
)
def test_xml_is_held_against_the_model(inside: str, place: str | None) -> None:
    name = "DescribeDBInstances"
    body = (
        f"<{name}Response "
        f"xmlns='http://rds'><{name}Result>{inside}</{name}Result><ResponseMetadata/></{name}Response>"
    )
    found = wire_deviations(body.encode(), "text/xml", operation_model("rds", name))
    assert found == ([place] if place else [])


def test_a_required_member_has_to_be_there() -> None:
    shape = operation_model("dms", "DescribeReplicationTasks").input_shape
    assert deviations({"Filters": [{"Name": "x"}]}, shape) == ["$.Filters[0].Values is missing"]
