"""Log lines in DMS's grammar, to stderr and, when the task asks for it, to CloudWatch Logs.

``2026-11-21T12:00:00 [TARGET_APPLY    ]E:  message  (file.c:line)``: the component is cut to 15
characters and padded, the place is where the stand-in's own code said it. With context logging the
thread stands before the time and a context in braces behind the message (AWS DMS user guide,
"Monitoring").
"""

from __future__ import annotations

import contextlib
import datetime as dt
import queue
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TextIO

SOURCE_CAPTURE = "SOURCE_CAPTURE"
TARGET_APPLY = "TARGET_APPLY"
TASK_MANAGER = "TASK_MANAGER"
METADATA_MANAGER = "METADATA_MANAGER"
TABLES_MANAGER = "TABLES_MANAGER"
SORTER = "SORTER"
PERFORMANCE = "PERFORMANCE"

_LEVELS = {"E": 1, "W": 2, "I": 3}
_SEVERITIES = {
    "LOGGER_SEVERITY_ERROR": 1,
    "LOGGER_SEVERITY_WARNING": 2,
    "LOGGER_SEVERITY_INFO": 3,
    "LOGGER_SEVERITY_DEFAULT": 3,
    "LOGGER_SEVERITY_DEBUG": 4,
    "LOGGER_SEVERITY_DETAILED_DEBUG": 5,
}

#: takes a line and its time in milliseconds since the epoch
Sink = Callable[[str, int], None]


class TaskLog:
    """Writes lines; never blocks on where they go beyond stderr."""

    def __init__(
        self,
        components: Mapping[str, str] | None = None,
        sink: Sink | None = None,
        stream: TextIO | None = None,
        *,
        context: bool = False,
    ) -> None:
        """``context`` is EnableLogContext of the task settings."""
        self._limits = {
            name: _SEVERITIES.get(severity, 3) for name, severity in (components or {}).items()
        }
        self._sink = sink
        self._stream = stream or sys.stderr
        #: says of a severity and a message whether the line is kept back
        self.keeps_back: Callable[[str, str], bool] | None = None
        self.with_context = context

    def error(self, component: str, message: str) -> None:
        self._write("E", component, message)

    def warning(self, component: str, message: str) -> None:
        self._write("W", component, message)

    def info(
        self, component: str, message: str, context: Mapping[str, object] | None = None
    ) -> None:
        """``context`` is shown as ``{name:value, ...}`` where the task wants context logging."""
        self._write("I", component, message, context)

    def _write(
        self,
        severity: str,
        component: str,
        message: str,
        context: Mapping[str, object] | None = None,
    ) -> None:
        if _LEVELS[severity] > self._limits.get(component, 3):
            return
        if self.keeps_back is not None and self.keeps_back(severity, message):
            return
        if context and self.with_context:
            message += f"  {braced(context)}"
        caller = sys._getframe(2)
        place = f"{Path(caller.f_code.co_filename).stem}.c:{caller.f_lineno}"
        now = dt.datetime.now(dt.UTC)
        line = f"{now:%Y-%m-%dT%H:%M:%S} [{component[:15]:<16}]{severity}:  {message}  ({place})"
        if self.with_context:
            line = f"{threading.get_native_id():08d}: {line}"
        with contextlib.suppress(OSError):  # a full disk must not stop the replication
            print(line, file=self._stream, flush=True)
        if self._sink is not None:
            self._sink(line, int(now.timestamp() * 1000))


def braced(context: Mapping[str, object]) -> str:
    """A context as lines show it: ``{operation:INSERT (1), tableName:t}``."""
    return "{" + ", ".join(f"{name}:{value}" for name, value in context.items()) + "}"


def odbc_line(reason: str) -> str | None:
    """What METADATA_MANAGER says when the source's address cannot be found; None for any other
    reason.
    """
    _, found, detail = reason.partition("could not translate host name")
    if not found:
        return None
    return (
        f"RetCode: SQL_ERROR  SqlState: 08001 NativeError: 101 Message: "
        f"[unixODBC]{found}{detail} [1022502]"
    )


class LogShipper:
    """Collects lines and hands them on in batches from a thread of its own.

    ``put`` gets a list of (line, milliseconds); when it raises, the batch is tried again with the
    next one. When the queue is full, lines are dropped and their number is said later: replication
    does not wait for its log.
    """

    def __init__(
        self,
        put: Callable[[list[tuple[str, int]]], None],
        *,
        pause: float = 0.5,
        limit: int = 10000,
    ) -> None:
        self._put = put
        self._pause = pause
        self._queue: queue.Queue[tuple[str, int]] = queue.Queue(limit)
        self._dropped = 0
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log shipper", daemon=True)
        self._thread.start()

    def __call__(self, line: str, milliseconds: int) -> None:
        try:
            self._queue.put_nowait((line, milliseconds))
        except queue.Full:
            self._dropped += 1

    def close(self, timeout: float = 3) -> None:
        """Ship what is left, for at most ``timeout`` seconds."""
        self._ending.set()
        self._thread.join(timeout)

    def _run(self) -> None:
        batch: list[tuple[str, int]] = []
        last_attempts = 3
        while last_attempts:
            ending = self._ending.wait(self._pause)
            while len(batch) < 1000 and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            if self._dropped and batch:
                batch.append((f"{self._dropped} log lines were dropped", batch[-1][1]))
                self._dropped = 0
            if batch:
                try:
                    self._put(batch)
                    batch = []
                except Exception as error:
                    print(
                        f"log lines could not be shipped: {' '.join(str(error).split())}",
                        file=sys.stderr,
                    )
            if ending:
                last_attempts = last_attempts - 1 if batch or not self._queue.empty() else 0
