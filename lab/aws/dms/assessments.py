"""Premigration assessment runs: started, watched, cancelled and deleted.

What a run found is written where a real run writes it to S3: one JSON document for each individual
assessment, in the state directory under ``assessments/<bucket>/<folder>/<run>``.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from lab.aws.dms.identifiers import resource_id
from lab.aws.dms.lifecycle import Lifecycle
from lab.aws.dms.listing import Selectors, page, select
from lab.aws.dms.records.assessment_run import Individual, Run
from lab.aws.dms.registry import Registry
from lab.aws.errors import (
    already_exists,
    invalid_combination,
    invalid_state,
    invalid_value,
    not_found,
)

log = logging.getLogger(__name__)

_RESTING = ("ready", "stopped", "failed")
_ECHOED = (
    "ServiceAccessRoleArn",
    "ResultLocationBucket",
    "ResultLocationFolder",
    "ResultEncryptionMode",
    "ResultKmsKeyArn",
    "AssessmentRunName",
)
_MODEL = ("ReplicationInstanceArn", "SourceEngineName", "TargetEngineName", "MigrationType")


class Finding(Protocol):
    name: str
    status: str
    lines: Sequence[str]


#: runs checks (by name) on a task's specification, one after the other
Assess = Callable[[Mapping[str, Any], Sequence[str]], Iterator[Finding]]


_RUN_SELECTORS: Selectors = {
    "replication-task-assessment-run-arn": lambda run: [run.arn],
    "replication-task-arn": lambda run: [run.task.arn],
    "replication-instance-arn": lambda run: [run.task.instance_arn],
    "status": lambda run: [run.status],
}
_SELECTORS: Selectors = {
    "replication-task-assessment-run-arn": lambda pair: [pair[0].arn],
    "replication-task-arn": lambda pair: [pair[0].task.arn],
    "status": lambda pair: [pair[1].status],
}


class AssessmentOperations:
    def __init__(
        self,
        registry: Registry,
        lifecycle: Lifecycle,
        *,
        directory: Path,
        names: Sequence[str],
        assess: Assess,
    ) -> None:
        """``names`` are the checks there are, in their order; ``directory`` is where results go."""
        self._registry = registry
        self._lifecycle = lifecycle
        self._directory = directory
        self._names = tuple(names)
        self._assess = assess
        self._runs: dict[str, Run] = {}

    def start(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        registry = self._registry
        task = registry.task(parameters["ReplicationTaskArn"])
        state = task.status().state
        if state not in _RESTING:
            raise invalid_state(
                f"Replication Task {task.identifier} cannot be assessed: it is {state}, stop it "
                f"first"
            )
        name = parameters["AssessmentRunName"]
        if any(
            run.task is task and run.echoed["AssessmentRunName"] == name
            for run in self._runs.values()
        ):
            raise already_exists(
                f"Replication Task {task.identifier} has an assessment run {name} already"
            )
        chosen = self._chosen(parameters)
        individuals = {
            check: Individual(check, registry.new_arn("individual-assessment")) for check in chosen
        }
        echoed = {key: parameters.get(key) for key in _ECHOED}
        run = Run(registry.new_arn("assessment-run"), task, echoed, individuals)
        self._runs[run.arn] = run
        registry.set_tags(run.arn, parameters.get("Tags"))
        spec = self._lifecycle.specification(task)
        self._lifecycle.begin(task, "testing", lambda: self._execute(run, spec))
        return {"ReplicationTaskAssessmentRun": run.describe(latest=True)}

    def describe_runs(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        found = select(self._runs.values(), parameters.get("Filters"), _RUN_SELECTORS)
        shown, marker = page(found, parameters)
        return {
            "Marker": marker,
            "ReplicationTaskAssessmentRuns": [self._describe(run) for run in shown],
        }

    def describe_individuals(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        pairs = [(run, one) for run in self._runs.values() for one in run.individuals.values()]
        shown, marker = page(select(pairs, parameters.get("Filters"), _SELECTORS), parameters)
        described = [
            {
                "ReplicationTaskIndividualAssessmentArn": one.arn,
                "ReplicationTaskAssessmentRunArn": run.arn,
                "IndividualAssessmentName": one.name,
                "Status": one.status,
                "ReplicationTaskIndividualAssessmentStartDate": one.started,
            }
            for run, one in shown
        ]
        return {"Marker": marker, "ReplicationTaskIndividualAssessments": described}

    def applicable(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Names for a task, for the model of one, or all of them when nothing is given."""
        if "ReplicationTaskArn" in parameters:
            self._registry.task(parameters["ReplicationTaskArn"])
        elif given := [name for name in _MODEL if name in parameters]:
            if len(given) < len(_MODEL):
                raise invalid_combination(f"Give all of {', '.join(_MODEL)}, or ReplicationTaskArn")
            self._registry.instance(parameters["ReplicationInstanceArn"])
        shown, marker = page(self._names, parameters)
        return {"Marker": marker, "IndividualAssessmentNames": list(shown)}

    def cancel(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        run = self._run(parameters)
        if run.status not in ("starting", "running"):
            raise invalid_state(
                f"The assessment run is {run.status}; only one that runs is cancelled"
            )
        run.cancelled, run.status = True, "cancelling"
        return {"ReplicationTaskAssessmentRun": self._describe(run)}

    def delete(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The results that were written stay, as they stay in S3."""
        run = self._run(parameters)
        if not run.is_over:
            raise invalid_state(f"The assessment run is {run.status}; cancel it first")
        shown = self._describe(run)
        del self._runs[run.arn]
        self._registry.tags.pop(run.arn, None)
        return {"ReplicationTaskAssessmentRun": {**shown, "Status": "deleting"}}

    def _execute(self, run: Run, spec: Mapping[str, Any]) -> None:
        """In the background: check after check, until all are done or the run is cancelled."""
        results = (
            self._directory
            / run.echoed["ResultLocationBucket"]
            / (run.echoed["ResultLocationFolder"] or ".")
        )
        results = results / resource_id(run.arn)
        try:
            results.mkdir(parents=True, mode=0o700)
            self._mark(run, "running")
            for name, finding in self._findings(run, spec):
                document = {"name": name, "status": finding.status, "findings": list(finding.lines)}
                (results / f"{name}.json").write_text(json.dumps(document, indent=1))
        except Exception as error:  # the run shall end, whatever a driver raises
            log.exception("assessment run %s", run.arn)
            run.failure = f"{type(error).__name__}: {error}"
        with self._registry.lock:
            run.is_over = True
            if run.failure:
                run.status = "error-executing"
            elif not run.cancelled:
                run.status = run.outcome()

    def _findings(self, run: Run, spec: Mapping[str, Any]) -> Iterator[tuple[str, Finding]]:
        findings = self._assess(spec, tuple(run.individuals))
        for name, one in run.individuals.items():
            with self._registry.lock:
                if run.cancelled:
                    one.status = "cancelled"
                    continue
                one.status, one.started = "running", datetime.now(UTC)
            finding = next(findings)
            yield name, finding
            one.status = finding.status

    def _mark(self, run: Run, status: str) -> None:
        with self._registry.lock:
            if not run.cancelled:
                run.status = status

    def _chosen(self, parameters: Mapping[str, Any]) -> tuple[str, ...]:
        only, without = parameters.get("IncludeOnly"), parameters.get("Exclude")
        if only and without:
            raise invalid_combination("Give either IncludeOnly or Exclude")
        for name in (*(only or ()), *(without or ())):
            if name not in self._names:
                raise invalid_value(f"There is no individual assessment {name!r} for this task")
        return tuple(
            name
            for name in self._names
            if (not only or name in only) and name not in (without or ())
        )

    def _run(self, parameters: Mapping[str, Any]) -> Run:
        arn = parameters["ReplicationTaskAssessmentRunArn"]
        if arn not in self._runs:
            raise not_found(f"Assessment run {arn} not found")
        return self._runs[arn]

    def _describe(self, run: Run) -> dict[str, Any]:
        latest = [one for one in self._runs.values() if one.task is run.task][-1]
        return run.describe(latest=latest is run)
