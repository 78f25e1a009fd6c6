"""What the replication says it dropped: its exceptions table on the legacy side, and the warnings of its log."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from reconciliation.discretion import discreet_statement
from reconciliation.errors import EnvironmentFault
from reconciliation.rows import quoted

if TYPE_CHECKING:
    from reconciliation.judge import Judge


@dataclass(frozen=True)
class ApplyException:
    """A change that DMS could not apply (control table awsdms_apply_exceptions)."""

    task: str
    table_owner: str
    table_name: str
    error_time: dt.datetime
    statement: str
    error: str


@dataclass(frozen=True)
class LogLine:
    """A warning (W) or error (E) of the task's log."""

    at: dt.datetime
    severity: str
    component: str
    message: str


_EXCEPTIONS = "awsdms_apply_exceptions"


def apply_exceptions(judge: Judge, since: dt.datetime | None = None) -> list[ApplyException]:
    """The changes DMS could not apply, oldest first; no control table means none.

    Statements on a table with sensitive columns come with digests for their values.
    ``since`` is compared with ERROR_TIME, which the control table keeps without a zone and which is taken as UTC.
    """
    schema = judge.profile.replication.control_schema
    with judge.target.connect() as connection:
        there = connection.execute(
            text("SELECT COUNT(*) FROM ALL_TABLES WHERE OWNER = :owner AND TABLE_NAME = :name"),
            {"owner": schema, "name": _EXCEPTIONS},
        ).scalar_one()
        if not there:
            return []
        columns = "TASK_NAME, TABLE_OWNER, TABLE_NAME, ERROR_TIME, STATEMENT, ERROR"
        statement = f"SELECT {columns} FROM {quoted(schema)}.{quoted(_EXCEPTIONS)}"
        binds: dict[str, Any] = {}
        if since is not None:
            statement += " WHERE ERROR_TIME >= :since"
            binds["since"] = _utc(since).replace(tzinfo=None)
        rows = connection.execute(text(statement + " ORDER BY ERROR_TIME"), binds).all()
    first, last = judge.profile.reserved_keys
    return [
        ApplyException(row[0], row[1], row[2], row[3].replace(tzinfo=dt.UTC),
                       discreet_statement(row[4] or "", judge.contract, row[1], row[2], range(first, last + 1)),
                       row[5] or "")
        for row in rows
    ]  # fmt: skip


_LINE = re.compile(r"\[(?P<component>\w+)\s*\](?P<severity>[EW]):\s*(?P<message>.*)", re.DOTALL)


def log_warnings(judge: Judge, since: dt.datetime) -> list[LogLine]:
    """The warnings and errors in the task's CloudWatch log since a moment, oldest first.

    Raises EnvironmentFault when the log cannot be read: a task without a log is not a task without warnings.
    """
    logging = judge.task.settings.get("Logging") or {}
    group, stream = logging.get("CloudWatchLogGroup"), logging.get("CloudWatchLogStream")
    if not group or not stream:
        raise EnvironmentFault(f"task {judge.task.identifier!r} writes no CloudWatch log; switch logging on")
    arguments = {"logGroupName": group, "logStreamNames": [stream], "startTime": int(_utc(since).timestamp() * 1000),
                 "filterPattern": '?"]E:" ?"]W:"'}  # fmt: skip
    with judge.aws.asking(f"reading the log {group}/{stream}"):
        pages = list(judge.aws.logs.get_paginator("filter_log_events").paginate(**arguments))
    events = [event for page in pages for event in page["events"]]
    return [line for event in events if (line := _log_line(event))]


def _log_line(event: Mapping[str, Any]) -> LogLine | None:
    found = _LINE.search(event["message"])
    if not found:
        return None
    at = dt.datetime.fromtimestamp(event["timestamp"] / 1000, dt.UTC)
    return LogLine(at, found["severity"], found["component"], found["message"].strip())


def _utc(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
