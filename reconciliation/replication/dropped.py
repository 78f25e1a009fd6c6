"""What the replication says it dropped: its exceptions table on the legacy side, and the warnings
of its log.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from reconciliation.canonical import values
from reconciliation.databases.faults import place
from reconciliation.databases.grants import APPLY_EXCEPTIONS, oracle_table
from reconciliation.databases.quoting import text_quoted
from reconciliation.databases.sight.oracle import user_of, view
from reconciliation.differences.discretion import discreet_statement
from reconciliation.errors import Locked, TooSlow, Unreadable, Unseen
from reconciliation.model import Value
from reconciliation.parallel_run import ParallelRun
from reconciliation.replication.task import settings_section

if TYPE_CHECKING:
    from types_boto3_logs.type_defs import FilteredLogEventTypeDef


@dataclass(frozen=True)
class ApplyException:
    """A change that DMS could not apply (control table awsdms_apply_exceptions).

    ``statement`` and ``error`` are for people; ``verbatim`` is the statement with values of
    sensitive columns, which nobody may see.
    """

    task: str
    table_owner: str
    table_name: str
    error_time: dt.datetime
    statement: str
    error: str
    verbatim: str = field(default="", repr=False, compare=False)


@dataclass(frozen=True)
class LogLine:
    """A warning (W) or error (E) of the task's log."""

    at: dt.datetime
    severity: str
    component: str
    message: str


_TABLES = (
    "SELECT OWNER, TABLE_NAME FROM {view} WHERE UPPER(TABLE_NAME) = :name ORDER BY OWNER, "
    "TABLE_NAME"
)
_COLUMNS = "SELECT COLUMN_NAME FROM ALL_TAB_COLUMNS WHERE OWNER = :owner AND TABLE_NAME = :name"
#: of the control table what is read (DMS user guide, "Control table task settings")
_READ = ("TASK_NAME", "TABLE_OWNER", "TABLE_NAME", "ERROR_TIME", "STATEMENT", "ERROR")


def apply_exceptions(run: ParallelRun, since: dt.datetime | None = None) -> list[ApplyException]:
    """The changes DMS could not apply, oldest first.

    Statements on a table with sensitive columns come with digests for their values. ``since``, by
    this machine's clock, is compared with ERROR_TIME, which the control table keeps without a zone
    and which is taken as UTC by the replication's clock; see ``clock``. Raises Unseen where the
    control table is not found or not readable: DMS makes it when a task with CDC starts, so that
    its absence does not mean that nothing was dropped.
    """
    with run.target.connect() as connection:
        names = _exception_tables(run, connection)
        rows = [row for name in names for row in _exceptions(run, connection, name, since)]
    return sorted((_read(run, row) for row in rows), key=lambda found: found.error_time)


def _read(run: ParallelRun, row: Sequence[Value]) -> ApplyException:
    names, at, texts = row[:3], values.of_type(dt.datetime, row[3]), row[4:]
    task, owner, table, statement, error = (values.text(value) or "" for value in (*names, *texts))
    first, last = run.profile.reserved_keys
    return ApplyException(
        task,
        owner,
        table,
        at.replace(tzinfo=dt.UTC),
        discreet_statement(statement, run.contract, owner, table, range(first, last + 1)),
        error,
        statement,
    )


def _exception_tables(run: ParallelRun, connection: Connection) -> list[str]:
    """Names of the control table in the profile's schema: DMS writes small letters, what was
    restored or made by hand may have capitals. Both are read where both are there.
    """
    schema = run.profile.replication.control_schema
    tables = view(connection, "TABLES")
    shown = connection.execute(
        text(_TABLES.format(view=tables)), {"name": APPLY_EXCEPTIONS.upper()}
    ).all()
    names = [name for owner, name in shown if owner == schema]
    if not names:
        elsewhere = ", ".join(owner for owner, _ in shown)
        words = f"is not in schema {schema}" + (
            "" if tables.startswith("SYS.") else ", or may not be seen"
        )
        hint = (
            f"; there is one in {elsewhere}: is [replication] control_schema right?"
            if elsewhere
            else ""
        )
        raise _no_exceptions(run, connection, words + hint)
    return names


def _exceptions(
    run: ParallelRun, connection: Connection, name: str, since: dt.datetime | None
) -> Sequence[Sequence[Value]]:
    schema = run.profile.replication.control_schema
    there = {
        column.upper(): column
        for column in connection.execute(text(_COLUMNS), {"owner": schema, "name": name}).scalars()
    }
    absent = [column for column in _READ if column not in there]
    if absent:
        words = f"has no column {', '.join(absent)}; is it DMS's?" if there else "may not be read"
        raise _no_exceptions(run, connection, words, name)
    statement = (
        f"SELECT {', '.join(text_quoted(there[column]) for column in _READ)} FROM "
        f"{text_quoted(schema)}.{text_quoted(name)}"
    )
    binds: dict[str, Value] = {}
    if since is not None:
        statement += f" WHERE {text_quoted(there['ERROR_TIME'])} >= :since"
        binds["since"] = (_utc(since) + run.clock_offset).replace(tzinfo=None)
    try:
        return connection.execute(text(statement), binds).all()
    except (Locked, TooSlow):
        raise
    except Unreadable:
        raise _no_exceptions(run, connection, "may not be read", name) from None


def _no_exceptions(
    run: ParallelRun, connection: Connection, words: str, name: str = APPLY_EXCEPTIONS
) -> Unseen:
    grant = oracle_table(f"{run.profile.replication.control_schema}.{name}", user_of(connection))
    where = place(connection.engine.url)
    return Unseen(
        f'{where}: the table of dropped changes "{name}" {words}; once the task has made it: '
        f"{grant}"
    )


_LINE = re.compile(r"\[(?P<component>\w+)\s*\](?P<severity>[EW]):\s*(?P<message>.*)", re.DOTALL)


def log_warnings(run: ParallelRun, since: dt.datetime) -> list[LogLine]:
    """The warnings and errors in the task's CloudWatch log since a moment, oldest first.

    Raises Unseen when the log cannot be read: a task without a log is not a task without warnings.
    """
    group, stream = _log_of(run)
    with run.aws.asking(f"reading the log {group}/{stream}"):
        pages = list(
            run.aws.logs.get_paginator("filter_log_events").paginate(
                logGroupName=group,
                logStreamNames=[stream],
                startTime=int(_utc(since).timestamp() * 1000),
                filterPattern='?"]E:" ?"]W:"',
            )
        )
    events = [event for page in pages for event in page["events"]]
    return [line for event in events if (line := _log_line(event))]


def _log_of(run: ParallelRun) -> tuple[str, str]:
    """Group and stream of the task's log; a stream that is not there would show no event."""
    logging = settings_section(run.task, "Logging")
    group, stream = logging.get("CloudWatchLogGroup"), logging.get("CloudWatchLogStream")
    if not (isinstance(group, str) and isinstance(stream, str) and group and stream):
        raise Unseen(f"task {run.task.identifier!r} writes no CloudWatch log; switch logging on")
    with run.aws.asking(f"looking for the log {group}/{stream}"):
        pages = list(
            run.aws.logs.get_paginator("describe_log_streams").paginate(
                logGroupName=group, logStreamNamePrefix=stream
            )
        )
    if stream not in {item["logStreamName"] for page in pages for item in page["logStreams"]}:
        raise Unseen(
            f"AWS {run.aws.region}: there is no log stream {group}/{stream}, to which task "
            f"{run.task.identifier!r} should write its log; switch logging on and start it"
        )
    return group, stream


def _log_line(event: FilteredLogEventTypeDef) -> LogLine | None:
    found = _LINE.search(event["message"])
    if not found:
        return None
    at = dt.datetime.fromtimestamp(event["timestamp"] / 1000, dt.UTC)
    return LogLine(at, found["severity"], found["component"], found["message"].strip())


def _utc(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
