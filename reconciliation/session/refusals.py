"""Why a table refuses a change, in one line: the table, what PostgreSQL says, and the way out.

SQLSTATEs: PostgreSQL documentation, "PostgreSQL Error Codes". What PostgreSQL says of a whole row
is left out: a row may hold what nobody is to read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import psycopg2
from sqlalchemy.exc import DBAPIError

from reconciliation.databases import grants
from reconciliation.databases.faults import explain
from reconciliation.databases.locks import holders
from reconciliation.errors import EnvironmentFault, Locked, Unreadable
from reconciliation.making.model import Act, Insert, Update
from reconciliation.parallel_run import ParallelRun

#: what a table may answer a change with: its own refusal, or a value that no driver can write
REFUSALS = (DBAPIError, Unreadable, ValueError, OverflowError)

_EXCUSED = "or leave the table out: write = false with an [excuse] in its contract"
_WAYS_OUT = {
    "23502": f"give the column a value, [values] in the table's contract, {_EXCUSED}",
    "23503": f"see whether the row it refers to is still there, {_EXCUSED}",
    "23505": f"keep values free for runs, [reserved] or [values] in its contract, {_EXCUSED}",
    "23514": f"name values the CHECK accepts, [values] in the table's contract, {_EXCUSED}",
    "23P01": f"name values the constraint accepts, [values] in the table's contract, {_EXCUSED}",
}
_OTHERWISE = f"name values the table takes, [values] in its contract, {_EXCUSED}"
_NOT_THERE, _STILL_REFERRED = "is not present in table", "is still referenced from table"


def why(
    run: ParallelRun,
    table: str,
    acts: Sequence[Act],
    error: Exception,
    refused: Mapping[str, str],
) -> str:
    """One line; ``refused`` are the tables that have refused before, which may be the reason."""
    if isinstance(error, Locked):
        locked = holders(run.source, table)
        return f"{table}: {error}" + (f"; {locked}" if " is locked by " in locked else "")
    if isinstance(error, Unreadable):
        grant = _grant(run, table, acts) if "42501" in str(error) else ""
        return f"{table}: {error}{grant}"
    original = error.orig if isinstance(error, DBAPIError) else None
    if not isinstance(original, psycopg2.Error):
        return f"{table}: a value cannot be written ({' '.join(str(error).split())}); {_OTHERWISE}"
    code = original.pgcode or ""
    said = f"{table}: PostgreSQL refuses the change ({code}: {_said(run, table, original)})"
    return f"{said}; {_relative(run, table, original, refused) or _WAYS_OUT.get(code, _OTHERWISE)}"


def explained(run: ParallelRun, error: Exception) -> EnvironmentFault:
    """The one line for an error that is no table's."""
    if isinstance(error, EnvironmentFault):
        return error
    original = getattr(error, "orig", None) or error
    return explain(original, run.source.url, connecting=False)


def _said(run: ParallelRun, table: str, error: psycopg2.Error) -> str:
    """PostgreSQL's first line, and which key it is about, unless nobody is to read it."""
    first = " ".join((error.diag.message_primary or str(error)).split())
    detail = " ".join((error.diag.message_detail or "").split())
    sensitive = any(one.source == table and one.sensitive for one in run.contract.tables)
    about_keys = _NOT_THERE in detail or _STILL_REFERRED in detail or "already exists" in detail
    return f"{first}; {detail}" if about_keys and not sensitive else first


def _grant(run: ParallelRun, table: str, acts: Sequence[Act]) -> str:
    verbs = {
        "INSERT" if isinstance(one, Insert) else "UPDATE" if isinstance(one, Update) else "DELETE"
        for one in acts
        if one.table == table
    }
    user = run.source_credentials.user
    return f"; {grants.postgresql_table(table, user, ['SELECT', *sorted(verbs)])}"


def _relative(
    run: ParallelRun, table: str, error: psycopg2.Error, refused: Mapping[str, str]
) -> str | None:
    """Where a foreign key is in the way: whose refusal is the reason, or what is to be done."""
    if error.pgcode != "23503":
        return None
    if _STILL_REFERRED not in (error.diag.message_detail or ""):
        keys = run.source_catalogue[table].foreign_keys
        parent = next((one.table for one in keys if one.table in refused), None)
        return parent and f"the rows it refers to are missing, since {refused[parent]}"
    child = next((one for one in refused if _refers(run, one, table)), None)
    if child is not None:
        return f"rows that refer to it stay, since {refused[child]}"
    return "a row that is not this run's refers to it now; remove that one, then sweep again"


def _refers(run: ParallelRun, child: str, table: str) -> bool:
    there = run.source_catalogue.get(child)
    return there is not None and any(one.table == table for one in there.foreign_keys)


def guilty_table(run: ParallelRun, tables: Collection[str], error: Exception) -> str | None:
    """Of ``tables`` the one that a constraint speaks of which was looked at late; None: it is
    about none of them.
    """
    original = error.orig if isinstance(error, DBAPIError) else None
    if not isinstance(original, psycopg2.Error):
        return None
    name = f"{original.diag.schema_name}.{original.diag.table_name}"
    there = run.source_catalogue.get(name)
    name = there.partition_of or name if there is not None else name
    if name in tables:
        return name
    # a row that goes while another table still refers to it: that one is named
    referred = [one.table for one in there.foreign_keys] if there is not None else []
    return next((one for one in referred if one in tables), None)
