"""The process that worker processes are made of: it has imported what they need, and forks while it
has no threads.

What the workers share stays shared in memory. It takes no part in the comparison. When its standard
input ends, because the calling program wants so or is gone, whatever the workers do ends with it.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import pickle
import signal
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import NoReturn

from reconciliation.compare.segments.answers import Answer
from reconciliation.compare.segments.job import Access, compare_steadily
from reconciliation.process import pulse

#: rows between two words about progress
TOLD_ROWS = 20_000
#: seconds between two signs of life
BEAT_SECONDS = 1.0


def main(arguments: Sequence[str]) -> None:
    """Fork one worker per socket and wait until the standard input ends.

    ``arguments``: modules to import before, with commas between them, and the descriptors of the
    sockets.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for module in arguments[0].split(","):
        importlib.import_module(module)
    gc.collect()
    watch_over([int(argument) for argument in arguments[1:]])


def become(standard_input: int, foreign: Sequence[int], sockets: list[int]) -> NoReturn:
    """``main`` for a process that was forked from the calling program, of which it closes the
    descriptors ``foreign``.

    Never returns, and ends nothing of the calling program's: neither its connections nor what it
    wants done at its end.
    """
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        for descriptor in foreign:
            os.close(descriptor)
        os.dup2(standard_input, 0)
        os.close(standard_input)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        watch_over(sockets)
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def watch_over(sockets: list[int]) -> None:
    """Fork one worker per socket; returns when the standard input has ended, and so have they."""
    gc.freeze()  # the collector would write into pages that are shared
    children = []
    while sockets:
        mine = sockets.pop(0)
        child = os.fork()
        if child == 0:
            _be_worker(mine, sockets)
        children.append(child)
        os.close(mine)
    with contextlib.suppress(OSError):
        while os.read(0, 1):
            pass
    for child in children:
        # none was waited for, so none of the ids belongs to anybody else
        os.kill(child, signal.SIGKILL)
    for child in children:
        os.waitpid(child, 0)


def _be_worker(socket: int, others: Sequence[int]) -> None:
    """Never returns."""
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for descriptor in others:
            os.close(descriptor)
        serve(Connection(socket))
        status = 0
    except (EOFError, OSError):
        pass  # nobody listens any more
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def serve(connection: Connection) -> None:
    """Compare one segment after the other until EOFError says that there are no more.

    First comes the Access, then (job, segment) again and again. The answers are ("rows", number),
    ("told", line) and ("alive", None) meanwhile, and ("done", tally) or ("failed", error) in the
    end.
    """
    line = _Line(connection)
    pulse.listen(line.beat)
    access: Access = connection.recv()
    databases = access.open()
    while True:
        job, segment = connection.recv()
        try:
            tally = compare_steadily(
                databases, job, segment, _Teller(line), lambda words: line.send(("told", words))
            )
            answer: Answer = ("done", tally)
        except Exception as error:
            answer = ("failed", portable(error))
        line.send(answer)


class _Line:
    """The way to the calling program. Several threads talk on it: who waits for a server beats from
    one of its own.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection, self._lock, self._next = connection, threading.Lock(), 0.0

    def send(self, answer: Answer) -> None:
        with self._lock:
            self._connection.send(answer)

    def beat(self) -> None:
        """Hands the pulse on, but for those beats that follow too soon."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + BEAT_SECONDS
            self.send(("alive", None))


class _Teller:
    """Tells the number of rows, but not for every few of them."""

    def __init__(self, line: _Line) -> None:
        self._line, self._told = line, 0

    def __call__(self, rows: int) -> None:
        if rows - self._told >= TOLD_ROWS:
            self._told = rows
            self._line.send(("rows", rows))


def portable(error: Exception) -> Exception:
    """The error itself where it survives the way to another process, otherwise one with its text.

    Where it comes from goes along as a note, which only a traceback shows.
    """
    error.add_note("in a worker process:\n" + "".join(traceback.format_exception(error)))
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError("".join(traceback.format_exception(error)))
    error.__traceback__ = None
    return error


if __name__ == "__main__":
    main(sys.argv[1:])
