"""What happens to a running task from outside: it dies, it is cut off from its target, its slot is
taken away. The state directory is the lab's; there is one task in it.

A slot that is taken away is kept as a copy beside it, which the server gives away from the same
position: put back, nothing was lost, whoever has written meanwhile.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from lab.dms.agreed.spec import Endpoint, read_spec
from lab.dms.databases.source import Source
from lab.dms.directory.bell import is_heard, ring
from lab.dms.directory.interruption import CUT, KILL, is_taken, tell, withdraw
from lab.dms.directory.process import LOCK_NAME, is_held
from lab.dms.directory.state import FILE_NAME, TaskState
from lab.dms.ground.errors import Recoverable, TaskFailed
from lab.dms.ground.lsn import parse_lsn

#: a task may be in the middle of a large transaction
WAIT_SECONDS = 30.0
#: of smaller ones a lab has many of its own
LEAST_CHANGES = 100
_POLL_SECONDS = 0.01
_COPY_PREFIX = "kept_"
#: PostgreSQL cuts longer names
_LONGEST_NAME = 63


class NotPossible(Exception):  # noqa: N818 - the sentence reads so
    """Nothing was done; one line with the reason and the way out."""


def kill_amid(state_dir: Path) -> str:
    """The task is to die in the middle of the next transaction of LEAST_CHANGES or more; returns
    when it knows. Raises NotPossible.
    """
    _told(_task(state_dir), f"{KILL} {LEAST_CHANGES}")
    return f"the task dies in the middle of the next transaction with {LEAST_CHANGES} changes"


def cut_target(state_dir: Path) -> str:
    """The task reaches its target no more until it has given up; returns when the session is gone.
    Raises NotPossible.
    """
    _told(_task(state_dir), CUT)
    return "the task does not reach Oracle until it has given up"


def _told(task: Path, words: str) -> None:
    end = time.monotonic() + WAIT_SECONDS
    if not is_heard(task):
        raise NotPossible(f"task {task.name} does not run; start it first")
    with _source(task) as source:
        ((position,),) = source.query("SELECT pg_catalog.pg_current_wal_lsn()::text")
    tell(task, words, parse_lsn(position))
    while not is_taken(task):
        ring(task)
        if time.monotonic() > end or not is_heard(task):
            withdraw(task)
            raise NotPossible(f"task {task.name} has not taken it up; see its log")
        time.sleep(_POLL_SECONDS)


# ------------------------------------------------------------------ the slot


def drop_slot(state_dir: Path) -> str:
    """The task's slot is gone; its reader is ended. Raises NotPossible."""
    task = _task(state_dir)
    slot = _slot(task)
    with _source(task) as source:
        if source.slot(slot) is None:
            raise NotPossible(f"there is no replication slot {slot}")
        source.drop_slot(_copy_of(slot))
        source.query("SELECT pg_copy_logical_replication_slot(%s, %s)", (slot, _copy_of(slot)))
        with _held(task):
            _await(lambda: _is_dropped(source, slot), f"replication slot {slot} is still read")
    return f"replication slot {slot} is gone"


def mend_slot(state_dir: Path) -> str:
    """The slot that was taken away is there again, and its copy gone; one that somebody has made
    anew meanwhile stays. Raises NotPossible.
    """
    if not _tasks(state_dir):
        return "no task has run"
    task = _task(state_dir)
    slot = _slot(task)
    with _source(task) as source:
        if source.slot(_copy_of(slot)) is None:
            return "no replication slot was taken away"
        if put_back(source, slot):
            return f"replication slot {slot} is there again, where it was"
    return f"replication slot {slot} was made anew by somebody, it stays"


def put_back(source: Source, slot: str) -> bool:
    """Whether the slot was not there and is now, by the copy that was kept, which is gone then. A
    task that is resumed does it too: whoever has taken the slot away may have been killed.
    """
    kept = _copy_of(slot)
    if source.slot(kept) is None:
        return False
    missing = source.slot(slot) is None
    if missing:
        source.query("SELECT pg_copy_logical_replication_slot(%s, %s)", (kept, slot))
    source.drop_slot(kept)
    return missing


def _copy_of(slot: str) -> str:
    return f"{_COPY_PREFIX}{slot}"[:_LONGEST_NAME]


@contextlib.contextmanager
def _held(task: Path) -> Iterator[None]:
    """The task's process stands still: it would be back at its slot faster than that is dropped."""
    lock = task / LOCK_NAME
    pid = int(lock.read_text()) if is_held(lock) else None
    if pid is not None:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        if pid is not None:
            os.kill(pid, signal.SIGCONT)


def _is_dropped(source: Source, slot: str) -> bool:
    source.query(
        "SELECT pg_terminate_backend(active_pid) FROM pg_catalog.pg_replication_slots "
        "WHERE slot_name = %s AND active_pid IS NOT NULL",
        (slot,),
    )
    # whoever was told to end may still have it
    source.query(
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_catalog.pg_replication_slots "
        "WHERE slot_name = %s AND active_pid IS NULL",
        (slot,),
    )
    return source.slot(slot) is None


def _await(done: Callable[[], bool], otherwise: str) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not done():
        if time.monotonic() > end:
            raise NotPossible(f"{otherwise} after {WAIT_SECONDS:.0f} s")
        time.sleep(_POLL_SECONDS)


# ------------------------------------------------------------------ the task


def _tasks(state_dir: Path) -> list[Path]:
    return [file.parent for file in sorted((state_dir / "dms").glob(f"*/{FILE_NAME}"))]


def _task(state_dir: Path) -> Path:
    found = _tasks(state_dir)
    if len(found) != 1:
        raise NotPossible(f"the lab has {len(found)} tasks that have run; there has to be one")
    return found[0]


def _slot(task: Path) -> str:
    with contextlib.closing(TaskState(task, read_only=True)) as state:
        slot = state.get("slot")
    if slot is None:
        raise NotPossible(f"task {task.name} has never had a replication slot")
    return slot


@contextlib.contextmanager
def _source(task: Path) -> Iterator[Source]:
    endpoint: Endpoint = read_spec(task / "spec.json").source
    with contextlib.closing(Source(endpoint)) as source:
        try:
            yield source
        except (Recoverable, TaskFailed) as error:
            raise NotPossible(str(error)) from None
