"""What a task is put together from."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lab.dms.agreed.spec import TaskSpec
from lab.dms.apply.applier import Applier
from lab.dms.apply.control_tables import ControlTables
from lab.dms.apply.policies import policies_of
from lab.dms.databases.source import Source
from lab.dms.databases.target import Target
from lab.dms.directory.bell import Bell
from lab.dms.directory.interruption import Interruption
from lab.dms.directory.state import TaskState
from lab.dms.faults import FaultBoard, Surroundings
from lab.dms.ground.errors import TargetLost
from lab.dms.ground.logs import TaskLog
from lab.dms.monitoring.context import ContextLog
from lab.dms.monitoring.metrics import Metrics
from lab.dms.task.session import TargetSession
from lab.dms.transform.lookup import Lookup
from lab.dms.transform.tables import Tables


@dataclass(frozen=True, repr=False, eq=False)
class Parts:
    """Each is there once for a task, and all of it belongs to the task's one thread.

    Only ``stop`` and ``bell`` are for others: a signal handler sets the one and rings the other.
    """

    spec: TaskSpec
    directory: Path
    state: TaskState
    log: TaskLog
    source: Source
    target: TargetSession
    tables: Tables
    faults: FaultBoard
    bell: Bell
    interruption: Interruption
    control: ControlTables
    applier: Applier
    metrics: Metrics
    context: ContextLog
    stop: threading.Event


def put_together(
    spec: TaskSpec,
    directory: Path,
    state: TaskState,
    log: TaskLog,
    connect_target: Callable[[TaskSpec], Target],
) -> Parts:
    """The parts of a task; neither database is asked for anything yet."""
    source = Source(spec.source)
    tables = Tables(spec, source.tables, log)
    around = Surroundings(directory, log, spec, state, source, connect_target)
    faults = FaultBoard(directory.parent / "faults.json", around)
    # behind the board, which takes back what a task before this one has acknowledged
    interruption = Interruption(directory)
    bell = Bell(directory)
    log.keeps_back = faults.keeps_back_line
    control = ControlTables("", spec.resource_id, spec.settings.control)
    applier = Applier(
        tables,
        control,
        policies_of(spec),
        spec.switches,
        faults,
        log,
        spec.settings,
        Lookup(source.query),
        interruption,
    )
    around.suspended = applier.suspended
    return Parts(
        spec=spec,
        directory=directory,
        state=state,
        log=log,
        source=source,
        target=TargetSession(spec, _unless_cut(connect_target, interruption)),
        tables=tables,
        faults=faults,
        bell=bell,
        interruption=interruption,
        control=control,
        applier=applier,
        metrics=Metrics(shown=faults.shown_metrics),
        context=ContextLog(log, lambda: tables.mapped),
        stop=threading.Event(),
    )


def _unless_cut(
    connect: Callable[[TaskSpec], Target], interruption: Interruption
) -> Callable[[TaskSpec], Target]:
    def connected(spec: TaskSpec) -> Target:
        if interruption.cuts_target:
            raise TargetLost(
                "Failed to connect to the target database: DPY-6005: cannot connect to database: "
                "the network is cut"
            )
        return connect(spec)

    return connected
