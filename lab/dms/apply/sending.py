"""Runs of operations sent to the target: as one array where that comes out the same."""

from __future__ import annotations

from lab.dms.agreed.switches import Switches
from lab.dms.apply.attempt import Attempt
from lab.dms.apply.execution import Executor
from lab.dms.apply.outcomes import Outcomes
from lab.dms.apply.policies import Policies
from lab.dms.apply.regroup import Runs
from lab.dms.ground.changes import INSERT
from lab.dms.transform.plan import Operation
from lab.dms.transform.two_steps import split


class Sender:
    """Raises TargetLost when the session is lost, and StopOnError when a policy says so."""

    def __init__(
        self, executor: Executor, outcomes: Outcomes, policies: Policies, switches: Switches
    ) -> None:
        self._executor = executor
        self._outcomes = outcomes
        self._policies = policies
        self._switches = switches

    def send(self, attempt: Attempt, runs: Runs) -> None:
        """Execute everything that has been gathered."""
        for run in runs.take():
            self._execute(attempt, run)
            attempt.keep_alive()

    def _execute(self, attempt: Attempt, run: list[Operation]) -> None:
        if len(run) > 1 and self._as_array(run[0]):
            failures = self._executor.execute_array(attempt.target, run)
            if failures is not None:
                for operation, failure in zip(run, failures, strict=True):
                    self._outcomes.settle(attempt, operation, failure)
                return
        for operation in run:
            if operation.plan.source_name not in attempt.done.suspended:
                self._write(attempt, operation)

    def _write(self, attempt: Attempt, operation: Operation) -> None:
        """Execute an operation, in two steps where it inserts LOBs."""
        for step in split(operation):
            failure = self._executor.execute(attempt.target, step)
            if failure is not None:
                self._outcomes.settle(attempt, step, failure)
                return
        self._outcomes.settle(attempt, operation, None)

    def _as_array(self, first: Operation) -> bool:
        if self._switches.array_apply == "none" or first.plan.lobs.two_steps:
            return False
        if first.operation == INSERT:
            return self._policies.inserts_may_run_ahead
        return (
            self._switches.array_apply in ("all", "regrouped")
            and self._policies.updates_may_run_ahead
        )
