"""A premigration assessment run and what it looks like from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from lab.aws.dms.records.task import Task

_OVER = ("passed", "failed", "warning", "error", "skipped", "cancelled")
_STATISTIC = {state: state.capitalize() for state in _OVER}


@dataclass
class Individual:
    name: str
    arn: str
    status: str = "pending"
    started: datetime | None = None


@dataclass
class Run:
    arn: str
    task: Task
    echoed: Mapping[str, Any]
    individuals: dict[str, Individual]
    status: str = "starting"
    failure: str | None = None
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    #: a cancelled run keeps the status cancelling, the only one the model has for it
    cancelled: bool = False
    is_over: bool = False

    def describe(self, latest: bool) -> dict[str, Any]:
        states = [one.status for one in self.individuals.values()]
        return {
            "ReplicationTaskAssessmentRunArn": self.arn,
            "ReplicationTaskArn": self.task.arn,
            "Status": self.status,
            "ReplicationTaskAssessmentRunCreationDate": self.created,
            "AssessmentProgress": {
                "IndividualAssessmentCount": len(states),
                "IndividualAssessmentCompletedCount": sum(state in _OVER for state in states),
            },
            "LastFailureMessage": self.failure,
            **self.echoed,
            "IsLatestTaskAssessmentRun": latest,
            "ResultStatistic": {name: states.count(state) for state, name in _STATISTIC.items()},
        }

    def outcome(self) -> str:
        """passed, failed or warning, as the model of the API derives it from
        the individual states.
        """
        states = {one.status for one in self.individuals.values()}
        if "failed" in states or "error" in states:
            return "failed"
        return "warning" if "warning" in states or states == {"skipped"} else "passed"
