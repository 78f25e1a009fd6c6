"""Batch apply: a group's net changes, table by table in bulk, and one by one where a bulk statement
fails.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from lab.dms.agreed.settings import BatchSettings
from lab.dms.agreed.switches import Switches
from lab.dms.apply.execution import Executor
from lab.dms.apply.net_changes import Net, NetChanges, delete_of, insert_of, with_nulls
from lab.dms.apply.policies import NO_ROWS, Failure, Policies
from lab.dms.apply.staging import Staging
from lab.dms.databases.target import Target, TargetError
from lab.dms.ground.catalogue import TargetTable
from lab.dms.ground.changes import DELETE, INSERT, UPDATE
from lab.dms.ground.logs import TARGET_APPLY, TaskLog
from lab.dms.transform.plan import Operation, TablePlan

#: 2 x columns + key columns of a table that batch apply takes (AWS DMS user guide, Oracle target,
#: limitations)
COLUMN_LIMIT = 999
#: records of one bulk statement where BatchSplitSize says nothing
BULK_LIMIT = 10000
FALLBACK = "Bulk apply operation failed. Trying to execute bulk statements in 'one-by-one' mode"

#: told of every record's outcome with the source's changes it stands for, by operation; None means
#: it was applied
Settle = Callable[[Operation, Failure | None, Counter[str]], None]
_Step = tuple[Operation, Counter[str]]


class Batch:
    """Collects the operations of a group; ``flush`` applies what they amount to."""

    def __init__(
        self,
        task: str,
        settings: BatchSettings,
        switches: Switches,
        policies: Policies,
        log: TaskLog,
    ) -> None:
        self._settings = settings
        self._switches = switches
        self._policies = policies
        self._log = log
        self._executor = Executor(0)
        self._staging = Staging(task) if switches.batch_apply_through == "staging_table" else None
        self._net = NetChanges()
        self._said: set[tuple[str, str]] = set()
        self._schema = ""

    def prepare(self, target: Target, schema: str, tables: Sequence[TargetTable]) -> None:
        """Before anything of a group is executed; ``schema`` is that of the control tables."""
        self._schema = schema
        if self._staging is not None:
            self._staging.prepare(target, schema, tables)

    def takes(self, operation: Operation) -> bool:
        """Whether the operation's table can be applied in bulk; says so once when it cannot.

        It needs a key, few enough columns, and no LOBs that are not limited in size.
        """
        plan = operation.plan
        columns = 2 * len(plan.columns) + len(plan.key)
        if plan.key and columns <= COLUMN_LIMIT and not plan.lobs.unlimited:
            return True
        if plan.target_name not in self._said:
            self._said.add(plan.target_name)
            reason = f"2 x columns + key columns is {columns}, above {COLUMN_LIMIT}"
            if not plan.key or plan.lobs.unlimited:
                reason = "it has LOBs of unlimited size" if plan.key else "it has no key"
            table = ".".join(plan.target_name)
            self._log.warning(
                TARGET_APPLY, f"Table '{table}' is applied in 'one-by-one' mode: {reason}"
            )
        return False

    def add(self, operation: Operation) -> None:
        self._net.add(operation)

    def flush(
        self,
        target: Target,
        settle: Settle,
        suspended: Callable[[TablePlan], bool],
        keep_alive: Callable[[], None],
    ) -> None:
        """Apply everything collected, and forget it."""
        tables = self._net.tables
        self._net = NetChanges()
        for name in sorted(tables) if self._switches.batch_table_order == "name" else tables:
            for run in self._runs(list(tables[name].values())):
                if not suspended(run[0][0].plan):
                    self._bulk(target, run, settle)
                keep_alive()

    # ------------------------------------------------------------------ records

    def _runs(self, nets: Sequence[Net]) -> Iterator[list[_Step]]:
        """Deletes, then inserts, then updates; in runs of one shape and at most so many records."""
        limit = self._settings.split_size or BULK_LIMIT
        steps: dict[str, dict[object, list[_Step]]] = {DELETE: {}, INSERT: {}, UPDATE: {}}
        for net in nets:
            for operation, counts in self._steps(net):
                steps[operation.operation].setdefault(operation.shape, []).append(
                    (operation, counts)
                )
        for shapes in steps.values():
            for records in shapes.values():
                yield from (
                    records[place : place + limit] for place in range(0, len(records), limit)
                )

    def _steps(self, net: Net) -> Iterator[_Step]:
        nothing: Counter[str] = Counter()
        write = net.write
        if write is not None and write.operation == UPDATE and self._policies.update_record:
            yield delete_of(write), nothing
            yield insert_of(write), net.counts
            return
        if net.delete is not None:
            yield net.delete, nothing if write else net.counts
        elif write is not None and write.operation == INSERT and self._policies.insert_record:
            # "deletes all keys of the batch first, then inserts": AWS DMS user guide, error
            # handling settings
            yield delete_of(write), nothing
        if write is not None:
            yield self._extended(insert_of(write) if net.delete is not None else write), net.counts

    def _extended(self, operation: Operation) -> Operation:
        if self._switches.batch_extra_columns == "keep" or operation.operation != UPDATE:
            return operation
        return with_nulls(operation, operation.plan.extra_columns)

    # ---------------------------------------------------------------- statements

    def _bulk(self, target: Target, run: Sequence[_Step], settle: Settle) -> None:
        kind = run[0][0].operation
        failures = self._outcomes(target, [operation for operation, _ in run])
        found = next(
            (
                failure
                for failure in failures
                if failure and not (failure.no_rows and kind == DELETE)
            ),
            None,
        )
        suspends = found is not None and self._policies.suspends(kind, found)
        if found is not None and not suspends:
            self._log.info(TARGET_APPLY, FALLBACK)
        for (operation, counts), failure in zip(run, failures, strict=True):
            known = failure is None or suspends or (failure.no_rows and self._staging is None)
            outcome = failure if known else self._executor.execute(target, operation)
            if (
                outcome is not None
                and outcome.no_rows
                and kind == DELETE
                and (not counts or counts[INSERT])
            ):
                # the row was made and removed within the batch, or was only in the way
                outcome = None
            settle(operation, outcome, counts)

    def _outcomes(self, target: Target, run: Sequence[Operation]) -> list[Failure | None]:
        """The outcome of each record; all have the same one where it is not known which of them
        failed.
        """
        if self._staging is None:
            failures = self._executor.execute_array(target, run)
            return (
                [Failure("the array was refused")] * len(run)
                if failures is None
                else list(failures)
            )
        try:
            target.execute("SAVEPOINT awsdms_bulk")
            count = self._staging.execute(target, self._schema, run)
        except TargetError as error:
            return [Failure(error.text, error.code)] * len(run)
        if count == len(run) or (
            run[0].operation == DELETE and self._policies.ignores_missing_deletes
        ):
            return [None] * len(run)
        target.execute("ROLLBACK TO SAVEPOINT awsdms_bulk")
        return [NO_ROWS] * len(run)
