"""The task's own tables in the target: what it could not apply, and how far it has come.

``"awsdms_apply_exceptions"`` is DMS's table with DMS's columns. ``"awsdms_txn_state"`` is a trait
of this stand-in: it holds the position behind the last applied transaction and is written in the
same target transaction as the changes, so that a killed task neither loses nor repeats one. The
column CHECKPOINT is DMS's own and is filled when TaskRecoveryTableEnabled says so. The tables a
task may keep besides are in ``task_tables``.
"""

from __future__ import annotations

import datetime as dt

from lab.dms.agreed.settings import ControlTableSettings
from lab.dms.apply.task_tables import DEFINITIONS, POSITION, TaskTables
from lab.dms.databases.target import Target, TargetError
from lab.dms.ground.errors import TargetLost, TaskFailed
from lab.dms.values.binding import NUMBER, TEXT, TIMESTAMP
from lab.quoting import quoted

EXCEPTIONS = "awsdms_apply_exceptions"
NO_MORE = ControlTableSettings()
#: ORA-30006: a lock was waited for in vain
_STILL_LOCKED = 30006
_DEFINITIONS = {
    EXCEPTIONS: (
        '"TASK_NAME" VARCHAR2(128) NOT NULL, "TABLE_OWNER" VARCHAR2(128) NOT NULL, '
        '"TABLE_NAME" VARCHAR2(128) NOT NULL, '
        '"ERROR_TIME" TIMESTAMP NOT NULL, "STATEMENT" CLOB NOT NULL, "ERROR" CLOB NOT NULL'
    ),
    POSITION: (
        '"TASK_NAME" VARCHAR2(128) NOT NULL PRIMARY KEY, "COMMIT_LSN" NUMBER(20) NOT NULL, '
        '"APPLIED_AT" TIMESTAMP NOT NULL, "CHECKPOINT" VARCHAR2(128), "PARTLY_APPLIED" '
        "VARCHAR2(128)"
    ),
}


class ControlTables:
    """The tables in one control schema, for one task (named by its resource id). They outlive the
    task.
    """

    def __init__(self, schema: str, task: str, settings: ControlTableSettings = NO_MORE) -> None:
        self.task = task
        self.more = TaskTables(schema, task, settings)

    @property
    def schema(self) -> str:
        return self.more.schema

    @schema.setter
    def schema(self, schema: str) -> None:
        self.more.schema = schema

    def create_missing(self, target: Target) -> None:
        """Create what is absent; raises TaskFailed when the user may not."""
        for name, definition in {
            **_DEFINITIONS,
            **{name: DEFINITIONS[name] for name in self.more.wanted},
        }.items():
            if target.describe(self.schema, name) is not None:
                continue
            try:
                target.execute(f"CREATE TABLE {self._name(name)} ({definition})")
            except TargetError as error:
                raise TaskFailed(
                    f"Control table {self._name(name)} could not be created: {error.text}"
                ) from None

    def position(self, target: Target) -> int | None:
        """The position behind the last applied transaction, None for a task that has none.

        Called when no transaction is open. A session that this task has lost may still be about to
        commit: it holds the row's lock from ``set_position`` on, so the row is locked to be read,
        which waits for that. Raises TargetLost, to be tried again, when it takes long.
        """
        sql = (
            f'SELECT "COMMIT_LSN" FROM {self._name(POSITION)} WHERE "TASK_NAME" = :1 FOR '
            f"UPDATE WAIT 10"
        )
        try:
            rows = target.query(sql, (self.task,))
        except TargetError as error:
            if error.code != _STILL_LOCKED:
                raise
            raise TargetLost(
                "An earlier session of this task still holds its position in the target"
            ) from None
        target.rollback()
        return int(rows[0][0]) if rows else None

    def set_position(self, target: Target, lsn: int) -> None:
        """Write the position as part of the open target transaction."""
        values = (lsn, _now(), self.task)
        kinds = (NUMBER, TIMESTAMP, TEXT)
        name = self._name(POSITION)
        sql = f'UPDATE {name} SET "COMMIT_LSN"=:1,"APPLIED_AT"=:2 WHERE "TASK_NAME"=:3'
        if target.execute(sql, values, kinds) == 0:
            insert = f'INSERT INTO {name} ("COMMIT_LSN","APPLIED_AT","TASK_NAME") VALUES (:1,:2,:3)'
            target.execute(insert, values, kinds)

    def changes_done(self, target: Target, lsn: int) -> int:
        """How many changes of the transaction that ends at ``lsn`` Oracle has committed with DDL, 0
        as a rule.
        """
        sql = f'SELECT "PARTLY_APPLIED" FROM {self._name(POSITION)} WHERE "TASK_NAME" = :1'
        for (noted,) in target.query(sql, (self.task,)):
            found, _, count = (noted or "").partition(":")
            if found == str(lsn):
                return int(count)
        return 0

    def note_changes_done(self, target: Target, lsn: int, count: int) -> None:
        """Note that DDL is about to commit so many changes of the transaction
        that ends at ``lsn``.
        """
        sql = f'UPDATE {self._name(POSITION)} SET "PARTLY_APPLIED"=:1 WHERE "TASK_NAME"=:2'
        target.execute(sql, (f"{lsn}:{count}", self.task), (TEXT, TEXT))

    def add_exception(
        self, target: Target, owner: str, table: str, statement: str, error: str
    ) -> None:
        """Record a statement that was not applied, as part of the open target transaction."""
        sql = (
            f"INSERT INTO {self._name(EXCEPTIONS)} "
            f'("TASK_NAME","TABLE_OWNER","TABLE_NAME","ERROR_TIME","STATEMENT",'
            f'"ERROR") VALUES (:1,:2,:3,:4,:5,:6)'
        )
        values = (self.task, owner, table, _now(), _within(statement), error)
        target.execute(sql, values, (TEXT, TEXT, TEXT, TIMESTAMP, TEXT, TEXT))

    def _name(self, table: str) -> str:
        return f"{quoted(self.schema)}.{quoted(table)}"


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


def _within(text: str, limit: int = 32000) -> str:
    """A statement cut to what goes into one character bind."""
    encoded = text.encode()
    return text if len(encoded) <= limit else encoded[: limit - 4].decode(errors="ignore") + " ..."
