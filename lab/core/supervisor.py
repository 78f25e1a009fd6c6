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
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from exit_codes import ExitCode
from lab.core.access import public_part
from lab.core.assembly import MODULES, Lab
from lab.core.ending import SIGNALS, ended, hear, say
from lab.core.errors import StoppedError
from lab.core.lock import EXIT_LOCKED, LabLock
from lab.core.paths import ROOT, LabPaths, lab_paths
from lab.core.profile import load_profile
from lab.core.state import make_directories, remove_leftovers, write_state

_WATCH_SECONDS = 0.5


def main(argv: Sequence[str] | None = None, modules: Mapping[str, str] = MODULES) -> int:
    """Run one lab until a signal ends it, then stop everything.

    The exit code is INTERRUPTED, what kept the lab from starting, or EXIT_LOCKED for who has
    started it detached.
    """
    options = _parse(argv)
    paths = lab_paths(options.environment, options.state_dir)
    stop = _StopRequest().listen()
    return ended(
        lambda: _own(paths, options, modules, stop), paths.directory.parent, options.environment
    )


class _StopRequest:
    """The signals that end a lab, heard from the first moment on."""

    def __init__(self) -> None:
        self.told = threading.Event()
        self._interrupt: Callable[[], None] | None = None

    def listen(self) -> _StopRequest:
        """Take the process's signals, also those that came while it was being loaded."""
        hear(lambda *_: self._stop())
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        return self

    def hand_to(self, interrupt: Callable[[], None]) -> None:
        """``interrupt`` is called for every request, and at once for one that has been made."""
        self._interrupt = interrupt
        if self.told.is_set():
            interrupt()

    def _stop(self) -> None:
        self.told.set()
        if self._interrupt is not None:
            self._interrupt()


def _own(
    paths: LabPaths, options: argparse.Namespace, modules: Mapping[str, str], stop: _StopRequest
) -> int:
    lock = LabLock(paths.lock_file)
    if not lock.acquire(patience=1.0):
        say(
            f"another process is starting or stopping the lab {paths.environment!r} "
            f"({paths.directory}); try again"
        )
        return EXIT_LOCKED if options.detached else ExitCode.NOT_JUDGED
    try:
        return _live(paths, options, modules, stop)
    finally:
        lock.release()


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m lab.core.supervisor")
    parser.add_argument("--environment", required=True)
    parser.add_argument("--state-dir", required=True)
    parser.add_argument("--root", type=Path, default=ROOT)
    parser.add_argument("--detached", action="store_true")
    parser.add_argument("--without-task", dest="with_task", action="store_false")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args(argv)


def _live(
    paths: LabPaths, options: argparse.Namespace, modules: Mapping[str, str], stop: _StopRequest
) -> int:
    profile = load_profile(paths.environment, options.root, with_task=options.with_task)
    began = time.monotonic()
    remove_leftovers(paths)
    make_directories(paths)
    lab = Lab(
        profile, paths, lambda line: say(f"{time.monotonic() - began:5.1f} s  {line}"), modules
    )
    stop.hand_to(lab.interrupt)
    try:
        state = _start(lab, stop)
        write_state(paths, state)
        say(f"{time.monotonic() - began:5.1f} s  the lab {profile.name!r} is up")
        if options.json:
            print(json.dumps(public_part(state)), flush=True)
        if options.detached:
            _turn_to_log(paths.log("supervisor"))
        while not stop.told.wait(_WATCH_SECONDS):
            _tell_ended(lab, paths)
            if paths.restart_file.exists():
                state |= lab.restart_source()
                write_state(paths, state)
                # only now: who asked for it goes by this
                paths.restart_file.unlink(missing_ok=True)
        _tell_ended(lab, paths)
    finally:
        # first of all: from now on nobody takes the lab for a running one
        paths.state_file.unlink(missing_ok=True)
        lab.stop()
        remove_leftovers(paths)
    return ExitCode.INTERRUPTED


def _start(lab: Lab, stop: _StopRequest) -> dict[str, Any]:
    try:
        return lab.start()
    except Exception as error:
        if stop.told.is_set():  # whatever came of being cut short
            raise StoppedError(
                "the start was interrupted; nothing of the lab is left running"
            ) from error
        raise


def _tell_ended(lab: Lab, paths: LabPaths) -> None:
    for part in lab.ended():
        say(f"{part} ended by itself; see {paths.log('supervisor').parent}")


def _turn_to_log(path: Path) -> None:
    """Let go of the pipe to who asked for the lab: its end tells them that the lab is up."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(handle, sys.stderr.fileno())
    os.close(handle)


if __name__ == "__main__":
    sys.exit(main())
