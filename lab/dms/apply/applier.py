"""Applying a group of source transactions in one target transaction, with the error policies of the
task.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain

from lab.dms.agreed.settings import TaskSettings
from lab.dms.agreed.switches import Switches
from lab.dms.apply.attempt import Applied, Attempt
from lab.dms.apply.batch import Batch
from lab.dms.apply.control_tables import ControlTables
from lab.dms.apply.ddl import pieces
from lab.dms.apply.ddl_commits import DdlCommits
from lab.dms.apply.ddl_replay import DdlReplay
from lab.dms.apply.execution import Executor
from lab.dms.apply.making import OperationMaker
from lab.dms.apply.ordering import Ordering
from lab.dms.apply.outcomes import Outcomes
from lab.dms.apply.policies import Failure, Policies
from lab.dms.apply.regroup import Identity, Runs
from lab.dms.apply.sending import Sender
from lab.dms.databases.target import Target
from lab.dms.directory.interruption import Interruption
from lab.dms.faults import FaultBoard
from lab.dms.ground.changes import Transaction
from lab.dms.ground.logs import TASK_MANAGER, TaskLog
from lab.dms.transform.lookup import Lookup
from lab.dms.transform.plan import Operation
from lab.dms.transform.tables import TableName, Tables

#: rows in one array; a run of alike changes that is longer is sent in several
ARRAY_LIMIT = 500


class Applier:
    """One per task. ``suspended`` holds the source tables that are no longer applied."""

    def __init__(
        self,
        tables: Tables,
        control: ControlTables,
        policies: Policies,
        switches: Switches,
        faults: FaultBoard,
        log: TaskLog,
        settings: TaskSettings,
        lookup: Lookup | None = None,
        interruption: Interruption | None = None,
    ) -> None:
        self._interruption = interruption
        self._tables = tables
        self._control = control
        self._policies = policies
        self._switches = switches
        self._faults = faults
        self._suspended: set[TableName] = set()
        self._batch = (
            Batch(control.task, settings.batch, switches, policies, log)
            if settings.batch.enabled
            else None
        )
        executor = Executor(switches.statement_limit_kb)
        self._outcomes = Outcomes(control, policies, switches, faults, log, executor)
        self._sender = Sender(executor, self._outcomes, policies, switches)
        self._maker = OperationMaker(
            tables, faults, self._outcomes, log, settings, lookup, self._suspended
        )
        replay = DdlReplay(tables, settings.ddl, switches.unreplicated_ddl, log)
        self._ddl = DdlCommits(
            tables, control, replay, policies, self._outcomes, log, self._suspended
        )
        self._ordering = Ordering()
        _warn_of_undocumented(policies, switches, log)

    @property
    def suspended(self) -> set[TableName]:
        """One set for the life of the task, to be added to: the modules below look into it."""
        return self._suspended

    def apply(
        self, target: Target, transactions: Sequence[Transaction], keep_alive: Callable[[], None]
    ) -> Applied:
        """Execute everything and write the position, without committing.

        ``keep_alive`` is called between pieces of work. Raises Recoverable when the target is lost
        and StopOnError when a policy says so; the caller then rolls back.
        """
        attempt = Attempt(target, keep_alive)
        runs = Runs(
            ARRAY_LIMIT, self._identity(target, sum(len(item.changes) for item in transactions))
        )
        self._prepare_batch(target)
        self._faults.look()
        wanted = self._faults.transactions(list(self._ddl.unapplied(target, transactions)))
        for transaction, applied_lsn in _with_positions(wanted):
            if transaction.ddls:
                self._finish(attempt, runs)
                self._ddl.replay(attempt, transaction, applied_lsn)
                self._prepare_batch(target)
            if transaction.catalogue_changed:
                self._tables.mark_stale()
            self._carry_out(attempt, runs, transaction)
            keep_alive()
        self._finish(attempt, runs)
        self._control.set_position(target, transactions[-1].end_lsn)
        self._control.more.applied(target, transactions)
        return attempt.done

    def _carry_out(self, attempt: Attempt, runs: Runs, transaction: Transaction) -> None:
        """Gather the operations of a transaction's changes; execute them whenever they are many."""
        self._maker.expressions.headers.begin(transaction)
        last = self._last_number(transaction)
        for number, change in enumerate(self._faults.changes(transaction.changes)):
            if number == last:
                self._die(attempt, runs, transaction)
            operation = self._maker.operation(attempt, change)
            if operation is None:
                continue
            for one in self._wanted(operation):
                if self._batch is not None and self._batch.takes(one):
                    self._batch.add(one)
                else:
                    runs.add(one)
            if runs.is_full:
                self._sender.send(attempt, runs)

    def _last_number(self, transaction: Transaction) -> int | None:
        """The change before which the process is to die, None when it is to live."""
        if self._interruption is None:
            return None
        return self._interruption.strikes_after(len(transaction.changes))

    def _die(self, attempt: Attempt, runs: Runs, transaction: Transaction) -> None:
        """Die in the middle of a transaction: what comes before is executed, and not committed."""
        assert self._interruption is not None
        self._finish(attempt, runs)
        left_behind = self._faults.commits_when_killed
        if left_behind == "lost":
            self._control.set_position(attempt.target, transaction.end_lsn)
        if left_behind:
            attempt.target.commit()
        self._interruption.strike()

    def _wanted(self, operation: Operation) -> Iterable[Operation]:
        return self._faults.operations(operation) if self._faults.on_operations else (operation,)

    def _identity(self, target: Target, changes: int) -> Identity | None:
        """How operations are told apart by the rows they concern; None when
        they keep their order.
        """
        if (
            self._switches.array_apply != "regrouped"
            or not self._policies.updates_may_run_ahead
            or changes < 2
        ):
            return None
        self._ordering.look(target, (mapped.target_schema for mapped in self._tables.mapped))
        return self._ordering.identity

    def _finish(self, attempt: Attempt, runs: Runs) -> None:
        """Execute what is still held back."""
        self._sender.send(attempt, runs)
        if self._batch is None:
            return

        def settle(
            operation: Operation, failure: Failure | None, counts: Mapping[str, int]
        ) -> None:
            self._outcomes.settle(attempt, operation, failure, counts)

        self._batch.flush(
            attempt.target,
            settle,
            lambda plan: plan.source_name in attempt.done.suspended,
            attempt.keep_alive,
        )

    def _prepare_batch(self, target: Target) -> None:
        if self._batch is not None:
            self._tables.refresh(target)
            self._batch.prepare(target, self._control.schema, self._tables.targets)


def _with_positions(
    transactions: Iterable[Transaction],
) -> Iterator[tuple[Transaction, int | None]]:
    """Transactions in pieces at their DDL, each with the end of the transaction before it, None for
    the first.
    """
    applied_lsn: int | None = None
    current_lsn: int | None = None
    for transaction in chain.from_iterable(map(pieces, transactions)):
        if transaction.end_lsn != current_lsn:
            applied_lsn, current_lsn = current_lsn, transaction.end_lsn
        yield transaction, applied_lsn


def _warn_of_undocumented(policies: Policies, switches: Switches, log: TaskLog) -> None:
    consequence = (
        "its default is used"
        if switches.undocumented_policy == "default"
        else "used as it is named"
    )
    for line in policies.undocumented:
        log.warning(TASK_MANAGER, f"{line}: {consequence}")
