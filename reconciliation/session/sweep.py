"""Cleaning up after a run, and before one: nothing a run wrote may stay, also when the run was
killed.

What belongs to a run is known by the journal, which has every key before its row is written; by the
reserved range, in tables with one whole-number key; and, in a lab, by what the journal says was
there before: rows that appeared in Oracle since the run began and stand under no key of PostgreSQL.
Rows go in PostgreSQL first, through the replication, and what Oracle still holds then is removed
there. One table's trouble does not keep the others from being swept: it is told, and its keys stay
in the journal.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import text

from reconciliation.parallel_run import ParallelRun
from reconciliation.replication import describe_task, start_task
from reconciliation.session.journal import Journal
from reconciliation.session.leftovers import script_path, write_script
from reconciliation.session.orphans import keys_to_note
from reconciliation.session.places import Place, children_first, place_of
from reconciliation.session.session import Session
from reconciliation.session.sweeping import Sweeping, Swept

#: what a run that stops the task and starts it again makes of it
NOT_RUNNING = ("stopping", "stopped", "starting", "failed")


@dataclass(frozen=True)
class SweptTable:
    """Rows removed: in PostgreSQL, in Oracle under keys of the run, in Oracle under other keys."""

    table: str
    source_rows: int = 0
    target_rows: int = 0
    orphans: int = 0


@dataclass(frozen=True)
class SweepReport:
    """``after_killed_run`` says that a journal of an earlier run was found and used,
    ``restarted_task`` that the task did not run then, and does again; ``left`` are lines about rows
    that could not be removed, one a table.
    """

    tables: Mapping[str, SweptTable] = field(default_factory=dict)
    after_killed_run: bool = False
    restarted_task: bool = False
    left: tuple[str, ...] = ()

    @property
    def removed(self) -> int:
        return sum(
            table.source_rows + table.target_rows + table.orphans for table in self.tables.values()
        )


def sweep(
    session: Session,
    final: bool = False,
    longer: float = 0.0,
    silent: Collection[str] = (),
    orphans: bool = True,
) -> SweepReport:
    """Remove every row of a run on both sides; takes the environment's run lock, which lasts until
    ``session.close()``.

    Ends by writing a new journal, or by removing it when this is the ``final`` sweep of a run and
    nothing is left. In a lab it takes with it the ``orphans``, rows that have appeared in Oracle
    since the run began under keys of nobody: where somebody still looks at Oracle they are evidence
    and stay for the next sweep. ``longer`` is seconds beyond the arrival limit: those of an outage
    in which nothing could be delivered. Of the ``silent`` tables (source names) markers have been
    waited for in vain: that is not done once more.
    """
    session.lock.hold()
    run, databases = session.parallel_run, _databases(session.parallel_run)
    mapped = _places(run, [table.source for table in run.contract.tables])
    left, killed = _taken_up(session, mapped, databases)
    restarted = killed and _start_again(run)
    others = [name for name in (left.all_keys if left else ()) if name not in _names(mapped)]
    places = [*mapped, *_places(run, others)]
    swept = Sweeping(session, places, left, longer, silent, orphans).swept()
    _keep_what_nobody_looked_at(run, swept, left, places)
    write_script(
        run.profile, children_first(places, run.target_catalogue, True), swept.left_in_oracle
    )
    session.forget_rows()
    if not final:
        before = left.before if left and not orphans else keys_to_note(run, mapped)
        session.journal.begin(databases, before, swept.left)
    elif swept.left:
        session.journal.begin(databases, {}, swept.left, ended=True)
    else:
        session.journal.remove()
    return SweepReport(_tables(swept, places), killed, restarted, _lines(run, swept))


def _places(run: ParallelRun, names: Sequence[str]) -> list[Place]:
    return [place for name in names if (place := place_of(run, name)) is not None]


def _names(places: Sequence[Place]) -> set[str]:
    return {place.name for place in places}


def _taken_up(
    session: Session, mapped: Sequence[Place], databases: str
) -> tuple[Journal | None, bool]:
    """The journal that was left, and whether by a run that was killed; from now on it is this
    run's.
    """
    journal = session.journal
    left = journal.left(databases)
    killed = left is not None and not journal.is_open and not left.ended
    if left is None:  # before the first mutation, and this sweep mutates
        journal.begin(databases, keys_to_note(session.parallel_run, mapped), {})
    else:
        journal.take_up(left)
    return left, killed


def _databases(run: ParallelRun) -> str:
    """Tells two incarnations of a lab apart: addresses, and when the source database was made."""
    with run.source.connect() as connection:
        system = connection.execute(
            text("SELECT system_identifier::text FROM pg_control_system()")
        ).scalar_one()
    here, there = run.source_credentials, run.target_credentials
    return f"{system} {here.database} {there.host}:{there.port}/{there.database}"


def _start_again(run: ParallelRun) -> bool:
    """A run that was killed while it had stopped the task left it stopped, or on the way there or
    back: what has not been applied yet would come behind the sweep.
    """
    if not run.profile.control_task or describe_task(run).status not in NOT_RUNNING:
        return False
    start_task(run)
    return True


# ------------------------------------------------------------------ what is told of it


def _keep_what_nobody_looked_at(
    run: ParallelRun, swept: Swept, left: Journal | None, places: Sequence[Place]
) -> None:
    """A table that is not as its contract says any more keeps its keys in the journal."""
    for name, keys in (left.all_keys if left is not None else {}).items():
        if name not in _names(places) and keys:
            swept.left[name] = keys
            why = run.unfit.get(name, "it cannot be looked at as its contract says")
            swept.trouble[name] = f"{name}: {why}"


def _tables(swept: Swept, places: Sequence[Place]) -> Mapping[str, SweptTable]:
    return {
        place.name: SweptTable(
            place.name,
            swept.source_rows.get(place.name, 0),
            swept.target_rows.get(place.name, 0),
            swept.orphans.get(place.name, 0),
        )
        for place in places
    }


def _lines(run: ParallelRun, swept: Swept) -> tuple[str, ...]:
    lines = []
    for name, keys in swept.left.items():
        why = f" ({swept.trouble[name]})" if name in swept.trouble else ""
        script = (
            f"; {script_path(run.profile)} removes those in Oracle"
            if name in swept.left_in_oracle
            else ""
        )
        lines.append(f"{name}: rows under {len(keys)} keys of this run may stay{why}{script}")
    return tuple(lines)
