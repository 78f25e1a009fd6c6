"""The commands behind ``python -m lab``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exit_codes import ExitCode
from lab.core.access import public_part
from lab.core.ending import SIGNALS, say
from lab.core.errors import LabError
from lab.core.lock import EXIT_LOCKED, LabLock
from lab.core.paths import ID_VARIABLE, ROOT, LabPaths
from lab.core.processes import command_line, lab_processes
from lab.core.state import read_state, remove_leftovers, running_state

_START_PATIENCE = 400.0
_STOP_PATIENCE = 45.0


@dataclass(frozen=True)
class Start:
    """What is wanted of a lab that is not up yet."""

    root: Path
    as_json: bool = False
    with_task: bool = True

    def command(self, paths: LabPaths, *options: str) -> list[str]:
        """The supervisor's."""
        where = [
            "--environment",
            paths.environment,
            "--state-dir",
            str(paths.directory.parent),
            "--root",
            str(self.root),
            *options,
            *([] if self.with_task else ["--without-task"]),
        ]
        return [sys.executable, "-m", "lab.core.supervisor", *where]


def up(paths: LabPaths, start: Start, *, detach: bool) -> int:
    """Start the lab, or show the one that is up already.

    In the foreground this process becomes the lab's supervisor and does not return. Returns an exit
    code.
    """
    if not detach and running_state(paths) is None:
        _become_supervisor(paths, start)
    code = _start_detached(paths, start)
    if code != 0:
        return code
    state = running_state(paths)
    if state is None:
        raise LabError(f"the lab {paths.environment!r} was stopped right after its start")
    if start.as_json:
        print(json.dumps(public_part(state)))
    else:
        _show_access(state)
    return ExitCode.DONE


def down(paths: LabPaths) -> int:
    """Stop the lab and remove what is left of it, also of one whose supervisor was killed.
    Idempotent.
    """
    lock = LabLock(paths.lock_file)
    if not _take_over(paths, lock):
        raise LabError(
            f"the lab {paths.environment!r} is being started anew by process {lock.holder()}"
        )
    try:
        remove_leftovers(paths)
    finally:
        lock.release()
    say(f"the lab {paths.environment!r} is down")
    return ExitCode.DONE


def status(paths: LabPaths, *, as_json: bool) -> int:
    """Show every part of the lab, in JSON with the access to it. Exit code 0 when all are alive, 2
    otherwise.
    """
    parts = _parts(paths)
    state = running_state(paths)
    complete = state is not None and all(part["alive"] for part in parts)
    if as_json:
        known = public_part(state) if state else {"environment": paths.environment}
        print(json.dumps({**known, "running": complete, "components": parts}))
    elif not parts:
        print(f"the lab {paths.environment!r} is not running; start it: python -m lab up")
    for part in parts if not as_json else ():
        alive = "alive" if part["alive"] else "DEAD"
        print(f"{part['name']:<12} {alive:<6} pid {part['pid']:<8} port {part['port'] or '-'}")
    return ExitCode.DONE if complete else ExitCode.NOT_JUDGED


def _become_supervisor(paths: LabPaths, start: Start) -> None:
    command = start.command(paths, *(["--json"] if start.as_json else []))
    os.chdir(ROOT)
    # a signal that comes before the supervisor listens waits for it
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    os.execve(command[0], command, {**os.environ, ID_VARIABLE: paths.lab_id})


def _start_detached(paths: LabPaths, start: Start) -> int:
    """Make sure that a supervisor is up, whoever starts it: of two at once one starts and the other
    waits.
    """
    deadline = time.monotonic() + _START_PATIENCE
    while time.monotonic() < deadline:
        if running_state(paths) is not None:
            return 0
        if LabLock(paths.lock_file).holder() is not None:
            time.sleep(0.1)
            continue
        code = _launch(paths, start)
        if code == ExitCode.INTERRUPTED:
            raise LabError(
                f"the lab {paths.environment!r} was stopped by somebody else while it was starting"
            )
        # a supervisor that died by a signal was swept away as a leftover by one that was faster
        if code != EXIT_LOCKED and code >= 0:
            return code
    raise LabError(
        f"the lab {paths.environment!r} is not up after {_START_PATIENCE:.0f} s; see "
        f"{paths.directory}/log"
    )


def _launch(paths: LabPaths, start: Start) -> int:
    """Start a supervisor and pass its progress on; 0 once its lab is up,
    otherwise its exit code.
    """
    process = subprocess.Popen(
        start.command(paths, "--detached"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, ID_VARIABLE: paths.lab_id},
        start_new_session=True,
        text=True,
    )
    assert process.stderr is not None
    try:
        with process.stderr as progress:
            for line in progress:
                say(line.rstrip("\n"))
        # the supervisor closes the pipe when the lab is up, or by ending
        return 0 if running_state(paths) else process.wait()
    except KeyboardInterrupt:
        process.send_signal(signal.SIGTERM)
        process.wait()
        raise


def _take_over(paths: LabPaths, lock: LabLock) -> bool:
    """Let the supervisor end, if there is one, and take its lock; false when
    a new one was faster.
    """
    holder = lock.holder()
    deadline = time.monotonic() + _STOP_PATIENCE
    if holder in lab_processes(paths):
        os.kill(holder, signal.SIGTERM)
    while not lock.acquire():
        if lock.holder() not in (holder, None):
            return False
        if holder and time.monotonic() > deadline:
            # it does not end in order; what it leaves behind is swept
            os.kill(holder, signal.SIGKILL)
        time.sleep(0.05)
    # it has given up the lock and is about to end: no leftover yet
    while holder in lab_processes(paths) and time.monotonic() < deadline:
        time.sleep(0.02)
    return True


def _parts(paths: LabPaths) -> list[dict[str, Any]]:
    state = read_state(paths)
    living = set(lab_processes(paths))
    if state is None:
        holder = LabLock(paths.lock_file).holder()
        return [_part("supervisor", holder, living)] if holder else []
    parts = [_part("supervisor", state["supervisor"], living)]
    parts += [
        _part(name, part["pid"], living, part["port"]) for name, part in state["components"].items()
    ]
    tasks = [pid for pid in living if "lab.dms" in command_line(pid)]
    return parts + [_part("dms task", pid, living) for pid in tasks]


def _part(name: str, pid: int, living: set[int], port: int | None = None) -> dict[str, Any]:
    return {"name": name, "pid": pid, "alive": pid in living, "port": port}


def _show_access(state: Mapping[str, Any]) -> None:
    postgres, oracle = state["postgres"], state["oracle"]
    print(
        f"PostgreSQL  {postgres['host']}:{postgres['port']}/{postgres['database']} as "
        f"{postgres['user']}"
    )
    print(f"Oracle      {oracle['host']}:{oracle['port']}/{oracle['service']} as {oracle['user']}")
    print(f"AWS         {state['aws']['endpoint_url']}")
    if "api" in state:
        print(f"API         {state['api']['base_url']}")
    print("passwords:  python -m lab up --detach --json")
