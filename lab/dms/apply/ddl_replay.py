"""DDL of the source done again on the target, as ChangeProcessingDdlHandlingPolicy says."""

from __future__ import annotations

from collections.abc import Callable

from lab.dms.agreed.settings import DdlPolicy
from lab.dms.apply.ddl import (
    ADD,
    ALTER_TYPE,
    CREATE_TABLE,
    DROP,
    DROP_TABLE,
    IGNORED,
    RENAME,
    RENAME_TABLE,
    UNREPLICATED,
    Action,
    actions,
)
from lab.dms.apply.policies import Failure
from lab.dms.databases.target import Target, TargetError
from lab.dms.ground.changes import Ddl
from lab.dms.ground.logs import TARGET_APPLY, TaskLog
from lab.dms.transform.tables import TableName, Tables
from lab.quoting import quoted

#: told of a table, the statement and why it failed; decides what becomes of the table
Failed = Callable[[Action, str, Failure], None]


class DdlReplay:
    """Executes statements that make or change target tables. Oracle commits before and after each
    of them.
    """

    def __init__(self, tables: Tables, policy: DdlPolicy, unreplicated: str, log: TaskLog) -> None:
        self._tables = tables
        self._policy = policy
        self._suspends = unreplicated == "suspend"
        self._log = log

    def replay(
        self, target: Target, ddl: Ddl, failed: Failed, suspended: Callable[[TableName], bool]
    ) -> set[TableName]:
        """Do one statement of the source; returns the source tables that it was done for.

        ``failed`` is called for what the target refuses and for what is not replicated. A statement
        whose effect is there already is not repeated, so that it may be replayed after a kill.
        """
        done = set()
        for action in actions(ddl):
            table = (action.schema, action.table)
            if (
                suspended(table)
                or self._tables.target_name(*table) is None
                or not self._replicated(action, ddl, failed)
            ):
                continue
            sql = self._statement(target, action)
            if sql is None:
                continue
            try:
                target.execute(sql)
            except TargetError as error:
                failed(action, sql, Failure(error.text, error.code, of_table=True))
                continue
            self._log.info(
                TARGET_APPLY, f"DDL of table '{ddl.schema}.{action.table}' was applied: {sql}"
            )
            done.add(table)
        return done

    def _replicated(self, action: Action, ddl: Ddl, failed: Failed) -> bool:
        text = " ".join(ddl.sql.split())
        if action.what == IGNORED or (action.what == UNREPLICATED and not self._suspends):
            self._log.warning(
                TARGET_APPLY,
                f"DDL of table '{action.schema}.{action.table}' is not replicated: {text}",
            )
            return False
        if action.what == UNREPLICATED:
            failed(action, text, Failure(f"DDL that is not replicated: {text}", of_table=True))
            return False
        if action.what == CREATE_TABLE:
            return True
        allowed = self._policy.dropped if action.what == DROP_TABLE else self._policy.altered
        if not allowed:
            self._log.info(TARGET_APPLY, f"DDL is not replayed, as the task's policy says: {text}")
        return allowed

    def _statement(self, target: Target, action: Action) -> str | None:
        """The target's statement; None when there is nothing to do (any more)."""
        schema, table = self._tables.target_name(action.schema, action.table) or ("", "")
        described = target.describe(schema, table)
        name = f"{quoted(schema)}.{quoted(table)}"
        if action.what == CREATE_TABLE:
            return self._create(action, name) if described is None else None
        if described is None:
            return None
        if action.what == DROP_TABLE:
            return f"DROP TABLE {name}"
        if action.what == RENAME_TABLE:
            renamed = self._tables.target_name(action.schema, action.new_name)
            return f"ALTER TABLE {name} RENAME TO {quoted(renamed[1])}" if renamed else None
        present = {column.name for column in described.columns}
        change = self._column_change(action, present)
        return change and f"ALTER TABLE {name} {change}"

    def _column_change(self, action: Action, present: set[str]) -> str | None:
        if action.what == ADD:
            # the type is read from the source's catalogue of now; a column that is gone again is
            # not found there
            found = self._definition(action)
            return (
                f"ADD ({quoted(found[0])} {found[1]})"
                if found and found[0] not in present
                else None
            )
        old = self._tables.target_column(action.schema, action.table, action.name)
        if old not in present:
            return None
        if action.what == DROP:
            return f"DROP COLUMN {quoted(old)}"
        if action.what == RENAME:
            new = self._tables.target_column(action.schema, action.table, action.new_name)
            return f"RENAME COLUMN {quoted(old)} TO {quoted(new)}" if new and new != old else None
        found = self._definition(action) if action.what == ALTER_TYPE else None
        return f"MODIFY ({quoted(found[0])} {found[1]})" if found else None

    def _create(self, action: Action, name: str) -> str | None:
        """The table with its columns and primary key; neither defaults nor indexes nor foreign
        keys.
        """
        found = self._tables.described(action.schema, action.table)
        if found is None:
            return None
        mapped, types = found
        lines = [
            f"{quoted(column.target)} {kind}"
            for column, kind in zip(mapped.columns, types, strict=True)
        ]
        key = [
            column.target
            for column in mapped.columns
            if column.source and column.source.name in mapped.source.key
        ]
        if key:
            lines.append(f"PRIMARY KEY ({','.join(map(quoted, key))})")
        return f"CREATE TABLE {name} ({', '.join(lines)})"

    def _definition(self, action: Action) -> tuple[str, str] | None:
        """Name and type of a column on the target."""
        found = self._tables.described(action.schema, action.table)
        if found is None:
            return None
        mapped, types = found
        for column, kind in zip(mapped.columns, types, strict=True):
            if column.source is not None and column.source.name == action.name:
                return column.target, kind
        return None
