"""As what booleans leave the replication: as words, or as what they are."""

from __future__ import annotations

from reconciliation.checks.endpoints import attributes_in_force, endpoints
from reconciliation.parallel_run import ParallelRun

_ATTRIBUTE = "mapbooleanasboolean"


def booleans_stay_booleans(run: ParallelRun) -> bool:
    """Whether both endpoints of the task say MapBooleanAsBoolean=true (AWS DMS User Guide, "Using
    a PostgreSQL database as a source"); without it a boolean is the word true or false.
    """
    task = run.task
    ends = {task.source_endpoint_arn, task.target_endpoint_arn}
    said = [
        attributes_in_force(one).get(_ATTRIBUTE, "").casefold() == "true"
        for one in endpoints(run)
        if one["EndpointArn"] in ends
    ]
    return len(said) == len(ends) and all(said)
