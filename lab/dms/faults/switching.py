"""Switching faults so that they are in force when the call returns: on the command line and in
tests.

In force means: every task that runs has read the new switchboard, planted what is on and undone
what is off, and said so. It then holds for whatever is committed in the source from now on, and for
what is asked about the target.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.dms.directory.bell import is_heard, ring
from lab.dms.directory.process import LOCK_NAME, is_held
from lab.dms.faults.switchboard import (
    clear_all_faults,
    clear_fault,
    set_fault,
    switchboard,
    version,
)
from lab.dms.faults.taken import read_taken

_DONE = {"on": "planted", "off": "undone"}
#: a task may be in the middle of a large transaction, or wait for one of its databases
WAIT_SECONDS = 30.0
_POLL_SECONDS = 0.01


class NotInForce(RuntimeError):  # noqa: N818 - the sentence reads so
    """The switchboard says so, but a running task does not act by it; one line with the reason and
    the way out.
    """


class _Refused(NotInForce):
    """The target refuses what the fault asks for, or its undoing."""


@dataclass(frozen=True)
class Switched:
    """The faults concerned; ``in_force`` is false when no task runs: the next one takes them up
    when it starts.
    """

    names: tuple[str, ...]
    in_force: bool


def switch_on(
    state_dir: Path, name: str, options: Mapping[str, Any] | None = None, wait: float = WAIT_SECONDS
) -> Switched:
    """Switch a fault on and return when it is in force.

    ``wait`` is in seconds. Raises FaultUnknown before anything is written, and NotInForce when the
    time is over (the fault stays switched on) or when the target refuses it (then it is off again).
    """
    set_fault(state_dir, name, options)
    try:
        return Switched((name,), _await(state_dir, (name,), "on", wait))
    except _Refused as error:
        clear_fault(state_dir, name)
        _await(state_dir, (), "off", wait)
        raise NotInForce(f"{error}; it is off again") from None


def switch_off(state_dir: Path, name: str, wait: float = WAIT_SECONDS) -> Switched:
    """Switch a fault off and return when what it planted is undone; nothing happens when it is not
    on.

    Raises FaultUnknown, and NotInForce when the time is over or the target refuses the undoing; it
    is off all the same.
    """
    clear_fault(state_dir, name)
    return Switched((name,), _await(state_dir, (name,), "off", wait))


def switch_all_off(state_dir: Path, wait: float = WAIT_SECONDS) -> Switched:
    """The same for every fault that is on. Raises NotInForce."""
    names = clear_all_faults(state_dir)
    return Switched(names, _await(state_dir, None, "off", wait))


def _await(state_dir: Path, names: Collection[str] | None, way: str, limit: float) -> bool:
    """Until every running task acts by the switchboard as it is now; whether there is one.

    ``names`` are the faults whose planting or undoing has to be over, None for all there are.
    """
    wanted, deadline = version(switchboard(state_dir)), time.monotonic() + limit
    running = [
        _await_task(directory, wanted, names, way, deadline) for directory in _tasks(state_dir)
    ]
    return any(running)


def _tasks(state_dir: Path) -> list[Path]:
    directory = switchboard(state_dir).parent
    return (
        sorted(path for path in directory.iterdir() if path.is_dir()) if directory.is_dir() else []
    )


def _await_task(
    directory: Path, wanted: int, names: Collection[str] | None, way: str, deadline: float
) -> bool:
    began = time.monotonic()
    ring(directory)
    while True:
        # asked before the file is read: who ends behind that has had its say
        runs, listens = is_held(directory / LOCK_NAME), is_heard(directory)
        if not runs and not listens:
            return False
        taken = read_taken(directory) if listens else None
        delayed: Mapping[str, str] = {}
        if taken is not None and taken.version >= wanted:
            for name, reason in _concerning(names, taken.refused).items():
                raise _Refused(f"fault {name} could not be {_DONE[way]}: {reason}")
            delayed = _concerning(names, taken.delayed)
            if not delayed:
                return True
        if time.monotonic() >= deadline:
            raise NotInForce(_late(directory.name, names, way, time.monotonic() - began, delayed))
        time.sleep(_POLL_SECONDS)


def _concerning(names: Collection[str] | None, said: Mapping[str, str]) -> Mapping[str, str]:
    return said if names is None else {name: said[name] for name in names if name in said}


def _late(
    task: str, names: Collection[str] | None, way: str, waited: float, delayed: Mapping[str, str]
) -> str:
    what = ", ".join(names or delayed) or "the faults"
    why = (
        "; ".join(delayed.values())
        or f"task {task} has not looked at it, it may be waiting for a database"
    )
    return (
        f"{what}: switched {way}, but not in force after {waited:.1f} s: {why}; wait longer "
        f"with --wait SECONDS"
    )
