"""A table that the markers of all others are written to: a heartbeat table that is there already,
where the profile names one (``heartbeat`` in [replication]).

What it proves. One task applies the changes of all its tables in the order of their commits, so a
marker committed behind the changes shows, in whichever table it stands, that they were applied or
dropped. Where the task applies in batches, a batch is applied table by table and the first marker
proves nothing of the other tables; but it was seen, so the second, committed after that, is in a
later batch, and when that is seen the earlier one is finished (``markers``).

What it does not prove. That anything of another table arrives: of one that is suspended, or that
loses its changes, the marker says nothing, and the look at its rows finds them missing. Nothing is
waited for then: what comes later than the heartbeat is not in Oracle.

Where the order does not hold it is refused (``check``): several threads that apply overtake one
another (ParallelApplyThreads; AWS DMS user guide, "Target metadata task settings"), and another
task that selects the table may bring the marker before this one has brought the changes. A table
outside this task's mapping has a marker of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from reconciliation.errors import EnvironmentFault, MappingError
from reconciliation.mapping import parse_mapping, resolve
from reconciliation.parallel_run import ParallelRun
from reconciliation.replication import other_mappings, settings_section
from reconciliation.session.session import Session


def carriers(run: ParallelRun, tables: Iterable[str]) -> dict[str, str]:
    """By table (source names) the one its marker is written to: itself, unless a heartbeat is
    named.
    """
    beat = run.profile.replication.heartbeat
    if beat is None:
        return {table: table for table in tables}
    mapped = {table.source for table in run.resolved.tables}
    return {table: beat if table in mapped else table for table in tables}


def check(session: Session) -> None:
    """Raises EnvironmentFault for a heartbeat whose marker would prove nothing, or that nothing may
    be written to.
    """
    _refuse(session, lambda beat: _disorder(session.parallel_run, beat) or _closed(session, beat))


def check_rows(session: Session) -> None:
    """The same for one in which no row can be made, such as a table of a single row. Behind the
    first sweep: rows of a killed run are in the way.
    """
    _refuse(session, lambda beat: session.maker.hindrance(beat))


def _refuse(session: Session, against: Callable[[str], str | None]) -> None:
    beat = session.parallel_run.profile.replication.heartbeat
    why = None if beat is None else against(beat)
    if why is not None:
        raise EnvironmentFault(
            f"[replication] heartbeat is {beat!r}, and {why}; without heartbeat in the profile "
            "each table has a marker of its own"
        )


def _closed(session: Session, beat: str) -> str | None:
    return session.parallel_run.unfit.get(beat) or session.preflight.unwritable.get(beat)


def _disorder(run: ParallelRun, beat: str) -> str | None:
    if beat not in (table.source for table in run.resolved.tables):
        return f"the task {run.task.identifier} does not map it"
    threads = settings_section(run.task, "TargetMetadata").get("ParallelApplyThreads")
    if threads:
        return (
            f"the task {run.task.identifier} has ParallelApplyThreads = {threads}: changes of "
            "other tables may be applied after its marker"
        )
    for name, mapping in other_mappings(run).items():
        if _may_select(run, mapping, beat):
            return f"the task {name} selects it as well: its marker may come ahead of the changes"
    return None


def _may_select(run: ParallelRun, mapping: str, table: str) -> bool:
    """Also where the mapping cannot be read."""
    try:
        there = resolve(
            parse_mapping(mapping),
            run.source_catalogue,
            run.profile.replication.column_rule_policy,
        )
    except MappingError:
        return True
    return any(one.source == table for one in there.tables)
