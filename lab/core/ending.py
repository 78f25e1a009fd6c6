"""How every command of the lab ends: with an exit code of the project, one line when it failed, and
no traceback.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO

from exit_codes import ExitCode
from lab.core.errors import LabError

#: what ends a command in order; Ctrl-C, a supervisor of processes, a terminal that goes away
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def ended(work: Callable[[], int], traces: Path, name: str) -> int:
    """Do the work; returns its exit code, or the one of how it failed.

    What nobody foresaw is NOT_JUDGED: its traceback goes to ``traces/NAME.traceback``, for the
    owner's eyes only.
    """
    try:
        code = int(work())
        sys.stdout.flush()
        return code
    except LabError as error:
        report(error)
        return int(error.exit_code)
    except KeyboardInterrupt:
        say("interrupted")
        return int(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        _give_up(sys.stdout)  # who read the output has seen enough
        return int(ExitCode.DONE)
    except Exception as error:
        said = " ".join(str(error).split())
        say(
            f"{type(error).__name__}: {said}; nobody foresaw that, the traceback is in "
            f"{_keep_traceback(traces, name)}"
        )
        return int(ExitCode.NOT_JUDGED)


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """SIGTERM and SIGHUP raise KeyboardInterrupt as Ctrl-C does."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = hear(interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def hear(handler: Callable[[int, Any], None]) -> dict[signal.Signals, Any]:
    """Install a handler for what ends a command, but for a SIGHUP that the caller wants ignored
    (nohup).

    Returns the handlers there were.
    """
    heard = [
        one
        for one in SIGNALS
        if one is not signal.SIGHUP or signal.getsignal(one) is not signal.SIG_IGN
    ]
    return {number: signal.signal(number, handler) for number in heard}


def report(error: LabError) -> None:
    """The end of the log that tells more, if there is one, and last, where it is seen, the line
    about what is wrong.
    """
    for line in error.log_tail.splitlines():
        say(f"    {line}")
    say(str(error))


def say(line: str) -> None:
    """One line on standard error; nothing when nobody reads it any more."""
    try:
        print(line, file=sys.stderr, flush=True)
    except BrokenPipeError:
        _give_up(sys.stderr)


def _give_up(stream: TextIO) -> None:
    """Let what is still to be written go nowhere: Python would fail at its end for want of a
    reader.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _keep_traceback(directory: Path, name: str) -> Path:
    text = traceback.format_exc()
    for place in (directory, Path(tempfile.gettempdir())):
        path = place / f"{name}.traceback"
        with contextlib.suppress(OSError):
            place.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(text)
            return path
    return Path(os.devnull)
