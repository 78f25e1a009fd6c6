"""The listener: one process that accepts connections and forks a process for each."""

from __future__ import annotations

import contextlib
import ctypes
import json
import logging
import os
import select
import signal
import socket
import sys
from pathlib import Path
from types import FrameType

from lab.oracle.interface import Engine
from lab.oracle.wire.attempts import FailedLogins
from lab.oracle.wire.session import serve_client

log = logging.getLogger(__name__)

_BACKLOG = 128
_PR_SET_PDEATHSIG = 1
_GRACE_SECONDS = 5.0


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. OSError when the address is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    listener.listen(_BACKLOG)
    return listener


def write_ready_file(path: Path, port: int) -> None:
    """Tells whoever waits that the server listens: ``{"pid": ..., "port": ...}``, written in one
    step.
    """
    draft = path.with_name(path.name + ".draft")
    draft.write_text(json.dumps({"pid": os.getpid(), "port": port}) + "\n")
    draft.replace(path)


class Server:
    """Accepts until told to stop; ends its children with itself."""

    def __init__(self, engine: Engine, listener: socket.socket) -> None:
        self._engine = engine
        self._listener = listener
        self._failed_logins = FailedLogins()
        self._children: set[int] = set()
        self._stopping = False
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def run(self) -> None:
        """Serves until SIGTERM or SIGINT."""
        previous = {
            number: signal.signal(number, self._on_stop)
            for number in (signal.SIGTERM, signal.SIGINT)
        }
        previous[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, _ignore)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        self._listener.setblocking(False)
        try:
            while not self._stopping:
                self._turn()
        finally:
            signal.set_wakeup_fd(-1)
            self._end_children()
            for number, handler in previous.items():
                signal.signal(number, handler)
            self._listener.close()
            self._failed_logins.close()
            os.close(self._wake_read)
            os.close(self._wake_write)

    def _on_stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True

    def _turn(self) -> None:
        """Waits for a connection or a signal and deals with it."""
        poll = select.poll()
        poll.register(self._listener, select.POLLIN)
        poll.register(self._wake_read, select.POLLIN)
        ready = {fd for fd, _ in poll.poll()}
        if self._wake_read in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(self._wake_read, 4096)
            self._reap()
        if self._listener.fileno() in ready and not self._stopping:
            self._accept()

    def _accept(self) -> None:
        try:
            client, address = self._listener.accept()
        except (BlockingIOError, ConnectionError):
            return
        with client:
            try:
                pid = os.fork()
            except OSError as error:
                log.error("no process for a connection from %s: %s", address[0], error)
                return
            if pid == 0:
                self._child(client)
            self._children.add(pid)

    def _child(self, client: socket.socket) -> None:
        """Never returns: the forked process serves its client and exits without running the
        parent's clean-up.
        """
        code = 0
        try:
            self._become_child()
            client.setblocking(True)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            serve_client(self._engine, client, self._failed_logins)
        except BaseException:
            log.exception("a session ended with a fault of the server")
            code = 1
        finally:
            with contextlib.suppress(OSError):
                client.close()
            logging.shutdown()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _become_child(self) -> None:
        parent = os.getppid()
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGCHLD, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._listener.close()
        os.close(self._wake_read)
        os.close(self._wake_write)
        # A killed listener must not leave sessions behind.
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    def _reap(self) -> None:
        for pid in list(self._children):
            with contextlib.suppress(ChildProcessError):
                if os.waitpid(pid, os.WNOHANG)[0] == 0:
                    continue
            self._children.discard(pid)

    def _end_children(self) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            for pid in self._children:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            if self._wait_for_children():
                return

    def _wait_for_children(self) -> bool:
        """Whether all children have ended within the grace period."""
        poll = select.poll()
        steps = int(_GRACE_SECONDS / 0.05)
        for _ in range(steps):
            self._reap()
            if not self._children:
                return True
            poll.poll(50)
        return False


def _ignore(number: int, frame: FrameType | None) -> None:
    """SIGCHLD only has to wake the loop."""
