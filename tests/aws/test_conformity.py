"""The validator of responses finds what it shall find."""

from __future__ import annotations

from typing import Any

import pytest

from lab.aws.service_models import operation_model
from tests.aws.conformity import deviations

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
