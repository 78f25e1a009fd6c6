"""Which faults are on: ``<state directory>/dms/faults.json``, {"fault name": {options}}."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lab.dms.directory.state import FILE_NAME as STATE_FILE
from lab.dms.directory.state import TaskState
from lab.dms.faults.catalogue import FAULTS, Fault, Given
from lab.dms.faults.options import FaultUnknown, read_options
from lab.dms.faults.surroundings import Surroundings
from lab.suggestions import did_you_mean

LIST_SHOWS = "python -m lab fault list shows what there is"


def list_faults() -> dict[str, str]:
    """Every fault by name, with one line on what a user would see."""
    return {name: fault.says for name, fault in FAULTS.items()}


def check_fault(name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options as they would be kept; raises FaultUnknown for a name, an option or a value there
    is not.
    """
    fault = require_fault(name)
    given = read_options(name, fault.options, options)
    fault.make(Given(fault.filled(given), Surroundings()))
    return given


def set_fault(state_dir: Path, name: str, options: Mapping[str, Any] | None = None) -> None:
    """Switch a fault on in the lab whose state is in ``state_dir``; raises FaultUnknown before
    anything is written.

    This and the two below only write; ``switching`` waits until the running task acts by it.
    """
    given = check_fault(name, options or {})
    _refuse_a_table_nobody_captures(state_dir, FAULTS[name], given)
    _switch(state_dir, lambda active: {**active, name: given})


def clear_fault(state_dir: Path, name: str) -> None:
    """Switch a fault off; nothing happens when it is not on. Raises FaultUnknown."""
    require_fault(name)
    _switch(state_dir, lambda active: {key: value for key, value in active.items() if key != name})


def clear_all_faults(state_dir: Path) -> tuple[str, ...]:
    """Switch every fault off; returns the names of those that were on."""
    return tuple(sorted(_switch(state_dir, lambda _: {})))


def active_faults(state_dir: Path) -> dict[str, dict[str, Any]]:
    """The faults that are on, with the options given."""
    return read(switchboard(state_dir))


def captured_tables(state_dir: Path) -> tuple[str, ...]:
    """The tables of the lab's tasks as schema.table, as the source names them; none before a task
    has run.
    """
    found = set()
    for file in sorted((Path(state_dir) / "dms").glob(f"*/{STATE_FILE}")):
        with contextlib.closing(TaskState(file.parent, read_only=True)) as state:
            found |= {f"{row['schema_name']}.{row['table_name']}" for row in state.statistics()}
    return tuple(sorted(found))


def _refuse_a_table_nobody_captures(
    state_dir: Path, fault: Fault, given: Mapping[str, Any]
) -> None:
    option = fault.options.get("table")
    tables = captured_tables(state_dir) if option is not None and option.kind == "table" else ()
    if tables and given.get("table", tables[0]) not in tables:
        raise FaultUnknown(
            f"option table of fault {fault.name} is {given['table']!r}; the tables captured are: "
            f"{', '.join(tables)}"
        )


def switchboard(state_dir: Path) -> Path:
    """The file of a lab."""
    return Path(state_dir) / "dms" / "faults.json"


def read(path: Path) -> dict[str, dict[str, Any]]:
    """The faults of a file that are known; none when there is no file."""
    try:
        content = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return {name: options or {} for name, options in content.items() if name in FAULTS}


def write(path: Path, content: Mapping[str, Any], least: int = 0) -> None:
    """Replace a file at once; its version is ``least`` or higher, however coarse the clock of the
    files is.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.stem}.{os.getpid()}.new")
    temporary.write_text(json.dumps(content), "utf-8")
    if version(temporary) < least:
        os.utime(temporary, ns=(least, least))
    temporary.replace(path)


def version(path: Path) -> int:
    """Which version of a switchboard this is: every one has a higher number than the last; 0 when
    there is none.
    """
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


_Active = dict[str, dict[str, Any]]


def _switch(state_dir: Path, change: Callable[[_Active], _Active]) -> _Active:
    """Write a new version of a lab's switchboard; returns what was on before."""
    path = switchboard(state_dir)
    path.parent.mkdir(parents=True, exist_ok=True)
    with _alone(path):
        before = read(path)
        write(path, change(before), least=version(path) + 1)
    return before


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Two who switch at once do so one after the other; neither's change is lost."""
    with path.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def require_fault(name: str) -> Fault:
    """The fault of a name; raises FaultUnknown."""
    if name not in FAULTS:
        raise FaultUnknown(f"unknown fault {name!r}{did_you_mean(name, FAULTS, LIST_SHOWS)}")
    return FAULTS[name]
