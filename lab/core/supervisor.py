"""The process that owns a lab: starts everything, stays, stops everything.

``python -m lab up`` turns into it, or with ``--detach`` starts it in a session of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from lab.core.access import public_part
from lab.core.assembly import MODULES, Lab
from lab.core.errors import LabError
from lab.core.lock import LabLock
from lab.core.paths import ROOT, LabPaths, lab_paths
from lab.core.profile import load_profile
from lab.core.state import make_directories, remove_leftovers, write_state

#: somebody else holds the lab's lock: it is up, or being started or stopped
EXIT_LOCKED = 75
_WATCH_SECONDS = 0.5


def main(argv: Sequence[str] | None = None, modules: Mapping[str, str] = MODULES) -> int:
    """Run one lab until SIGTERM or SIGINT. Exit code 0, or 1 when it could not be started."""
    options = _parse(argv)
    paths = lab_paths(options.environment, options.state_dir)
    lock = LabLock(paths.lock_file)
    if not lock.acquire(patience=1.0):
        _say(f"another process is starting or stopping the lab {paths.environment!r} ({paths.directory}); try again")
        return EXIT_LOCKED
    try:
        return _live(paths, options, modules)
    except LabError as error:
        report(error)
        return 1
    finally:
        lock.release()


def report(error: LabError) -> None:
    """The end of the log that tells more, if there is one, and last, where it is seen, the line about what is wrong."""
    for line in error.log_tail.splitlines():
        _say(f"    {line}")
    _say(str(error))


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m lab.core.supervisor")
    parser.add_argument("--environment", required=True)
    parser.add_argument("--state-dir", required=True)
    parser.add_argument("--root", type=Path, default=ROOT)
    parser.add_argument("--detached", action="store_true")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args(argv)


def _live(paths: LabPaths, options: argparse.Namespace, modules: Mapping[str, str]) -> int:
    profile = load_profile(paths.environment, options.root)
    began = time.monotonic()
    remove_leftovers(paths)
    make_directories(paths)
    lab = Lab(profile, paths, lambda line: _say(f"{time.monotonic() - began:5.1f} s  {line}"), modules)
    told_to_stop = _stop_on_signals(lab)
    try:
        state = lab.start()
        write_state(paths, state)
        _say(f"{time.monotonic() - began:5.1f} s  the lab {profile.name!r} is up")
        if options.json:
            print(json.dumps(public_part(state)), flush=True)
        if options.detached:
            _turn_to_log(paths.log("supervisor"))
        while not told_to_stop.wait(_WATCH_SECONDS):
            for part in lab.ended():
                _say(f"{part} ended by itself; see {paths.log('supervisor').parent}")
            if changed := lab.restart_source_when_asked():
                state |= changed
                write_state(paths, state)
    finally:
        # first of all: from now on nobody takes the lab for a running one
        paths.state_file.unlink(missing_ok=True)
        lab.stop()
        remove_leftovers(paths)
    return 0


def _stop_on_signals(lab: Lab) -> threading.Event:
    told = threading.Event()

    def stop(_signal: int, _frame: object) -> None:
        told.set()
        lab.interrupt()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, stop)
    return told


def _turn_to_log(path: Path) -> None:
    """Let go of the pipe to who asked for the lab: its end tells them that the lab is up."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(handle, sys.stderr.fileno())
    os.close(handle)


def _say(line: str) -> None:
    try:
        print(line, file=sys.stderr, flush=True)
    except BrokenPipeError:
        # who asked for the lab is gone; the lab itself is wanted all the same
        _turn_to_log(Path(os.devnull))


if __name__ == "__main__":
    sys.exit(main())
