"""The control tables a task keeps when its settings say so: status, suspended tables, history,
checkpoint.

Columns are those of the AWS DMS user guide, "Control table task settings". Everything is written in
the transaction that is open on the target. A task that fails writes nothing any more: its status
goes on saying CHANGE PROCESSING.
"""

from __future__ import annotations

import datetime as dt
import resource
from collections.abc import Callable, Sequence
from typing import Any

from lab.dms.agreed.settings import ControlTableSettings
from lab.dms.databases.target import Target
from lab.dms.ground.changes import Transaction
from lab.dms.values.binding import NUMBER, TEXT, TIMESTAMP
from lab.quoting import quoted

STATUS, SUSPENDED, HISTORY = "awsdms_status", "awsdms_suspended_tables", "awsdms_history"
POSITION = "awsdms_txn_state"
#: what DMS calls its host
SERVER_NAME = "localhost.localdomain"
PROCESSING, NOT_RUNNING = "CHANGE PROCESSING", "NOT RUNNING"
#: how often the status is written while changes arrive
STATUS_SECONDS = 5.0

_NAMES = '"SERVER_NAME" VARCHAR2(128) NOT NULL, "TASK_NAME" VARCHAR2(128) NOT NULL, '
DEFINITIONS = {
    STATUS: _NAMES
    + '"TASK_STATUS" VARCHAR2(32), "STATUS_TIME" TIMESTAMP, "PENDING_CHANGES" NUMBER, '
    '"DISK_SWAP_SIZE" NUMBER, "TASK_MEMORY" NUMBER, "SOURCE_CURRENT_POSITION" VARCHAR2(128), '
    '"SOURCE_CURRENT_TIMESTAMP" TIMESTAMP, "SOURCE_TAIL_POSITION" VARCHAR2(128), '
    '"SOURCE_TAIL_TIMESTAMP" TIMESTAMP, "SOURCE_TIMESTAMP_APPLIED" TIMESTAMP',
    SUSPENDED: _NAMES
    + '"TABLE_OWNER" VARCHAR2(128), "TABLE_NAME" VARCHAR2(128), "SUSPEND_REASON" VARCHAR2(32), '
    '"SUSPEND_TIMESTAMP" TIMESTAMP',
    HISTORY: _NAMES
    + '"TIMESLOT_TYPE" VARCHAR2(32), "TIMESLOT" TIMESTAMP, "TIMESLOT_DURATION" NUMBER, '
    '"TIMESLOT_LATENCY" NUMBER, "RECORDS" NUMBER, "TIMESLOT_VOLUME" NUMBER',
}
Clock = Callable[[], dt.datetime]


def now() -> dt.datetime:
    """UTC, without a zone."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


def checkpoint(lsn: int, number: int) -> str:
    """A position as DMS writes it: ``checkpoint:V1#34#00000132/0F000E48#0#0#*#0#121``."""
    return f"checkpoint:V1#{number}#{lsn >> 32:08X}/{lsn & 0xFFFFFFFF:08X}#0#0#*#0#0"


class TaskTables:
    """``schema`` is set before first use. Times are UTC."""

    def __init__(
        self, schema: str, task: str, settings: ControlTableSettings, clock: Clock = now
    ) -> None:
        self.schema = schema
        self._task = task
        self._settings = settings
        self._clock = clock
        self._said: dt.datetime | None = None
        self._accounted = 0
        self._slot: tuple[dt.datetime, int, float, float] | None = None

    @property
    def wanted(self) -> tuple[str, ...]:
        """The tables this task keeps."""
        chosen = {
            STATUS: self._settings.status,
            SUSPENDED: self._settings.suspended_tables,
            HISTORY: self._settings.history,
        }
        return tuple(name for name, keeps in chosen.items() if keeps)

    def begun(self, target: Target) -> None:
        """The task goes to work; commits what it writes."""
        if self._settings.status:
            self._write_status(target, PROCESSING, None)
            target.commit()

    def stopped(self, target: Target) -> None:
        """The task was stopped, which is something else than that it failed; commits what it
        writes.
        """
        if self._slot is not None:
            self._write_slot(target)
            target.commit()
        if self._settings.status:
            self._write_status(target, NOT_RUNNING, None)
            target.commit()

    def applied(self, target: Target, transactions: Sequence[Transaction]) -> None:
        """Transactions have been applied and are about to be committed."""
        last = transactions[-1]
        if self._settings.recovery:
            self._write_checkpoint(target, last.end_lsn, len(transactions))
        if self._settings.history and last.end_lsn > self._accounted:
            self._account(target, transactions)
        if self._settings.status:
            seen = self._clock()
            if self._said is None or (seen - self._said).total_seconds() >= STATUS_SECONDS:
                self._write_status(target, PROCESSING, last)
                self._said = seen

    def suspended(self, target: Target, owner: str, table: str, reason: str) -> None:
        """A table is applied no more."""
        if self._settings.suspended_tables:
            row = {"TABLE_OWNER": owner, "TABLE_NAME": table, "SUSPEND_REASON": reason[:32]}
            self._insert(target, SUSPENDED, row | {"SUSPEND_TIMESTAMP": self._clock()})

    # ------------------------------------------------------------------- rows

    def _write_status(self, target: Target, status: str, last: Transaction | None) -> None:
        row: dict[str, Any] = {
            "TASK_STATUS": status,
            "STATUS_TIME": self._clock(),
            "PENDING_CHANGES": 0,
            "DISK_SWAP_SIZE": 0,
            "TASK_MEMORY": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }
        if last is not None:
            position = f"{last.end_lsn >> 32:08X}/{last.end_lsn & 0xFFFFFFFF:08X}"
            committed = _moment(last.commit_time)
            row |= {"SOURCE_CURRENT_POSITION": position, "SOURCE_CURRENT_TIMESTAMP": committed}
            row |= {"SOURCE_TAIL_POSITION": position, "SOURCE_TAIL_TIMESTAMP": committed}
            row["SOURCE_TIMESTAMP_APPLIED"] = committed
        assigned = ",".join(f"{quoted(name)}=:{number}" for number, name in enumerate(row, 1))
        sql = f'UPDATE {self._name(STATUS)} SET {assigned} WHERE "TASK_NAME"=:{len(row) + 1}'
        if target.execute(sql, (*row.values(), self._task), (*map(_kind, row.values()), TEXT)) == 0:
            self._insert(target, STATUS, row)

    def _write_checkpoint(self, target: Target, lsn: int, number: int) -> None:
        sql = f'UPDATE {self._name(POSITION)} SET "CHECKPOINT"=:1 WHERE "TASK_NAME"=:2'
        target.execute(sql, (checkpoint(lsn, number), self._task), (TEXT, TEXT))

    def _account(self, target: Target, transactions: Sequence[Transaction]) -> None:
        """Add to the time slot of now; the row of a slot is written when the next one begins."""
        seen = self._clock()
        minutes = self._settings.timeslot_minutes
        begin = seen.replace(minute=seen.minute - seen.minute % minutes, second=0, microsecond=0)
        if self._slot is not None and self._slot[0] != begin:
            self._write_slot(target)
        _, records, volume, _ = self._slot or (begin, 0, 0.0, 0.0)
        changes = [change for transaction in transactions for change in transaction.changes]
        volume += sum(len(str(change.new or change.old)) for change in changes)
        committed = _moment(transactions[-1].commit_time)
        latency = max(0.0, (seen - committed).total_seconds()) if committed else 0.0
        self._slot = (begin, records + len(changes), volume, latency)
        self._accounted = transactions[-1].end_lsn

    def _write_slot(self, target: Target) -> None:
        begin, records, volume, latency = self._slot or (self._clock(), 0, 0.0, 0.0)
        row = {
            "TIMESLOT_TYPE": PROCESSING,
            "TIMESLOT": begin,
            "TIMESLOT_DURATION": self._settings.timeslot_minutes,
        }
        row |= {
            "TIMESLOT_LATENCY": int(latency),
            "RECORDS": records,
            "TIMESLOT_VOLUME": int(volume / 2**20),
        }
        self._insert(target, HISTORY, row)
        self._slot = None

    def _insert(self, target: Target, table: str, row: dict[str, Any]) -> None:
        row = {"SERVER_NAME": SERVER_NAME, "TASK_NAME": self._task} | row
        names, marks = (
            ",".join(map(quoted, row)),
            ",".join(f":{number}" for number in range(1, len(row) + 1)),
        )
        sql = f"INSERT INTO {self._name(table)} ({names}) VALUES ({marks})"
        target.execute(sql, tuple(row.values()), tuple(map(_kind, row.values())))

    def _name(self, table: str) -> str:
        return f"{quoted(self.schema)}.{quoted(table)}"


def _kind(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return TIMESTAMP
    return NUMBER if isinstance(value, int) else TEXT


def _moment(text: str) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(text).astimezone(dt.UTC).replace(tzinfo=None)
    except ValueError:
        return None
