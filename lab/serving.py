"""How a component of the lab serves HTTP: a threaded server on 127.0.0.1, a ready file, a clean end
on SIGTERM.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from waitress import create_server, wasyncore

#: threads that answer requests; a handful of clients, each with a few connections
THREADS = 8

WsgiApplication = Callable[..., Any]


class PortTakenError(Exception):
    """The configured address cannot be listened on."""


class Server:
    """A WSGI application on ``host``:``port``; port 0 takes a free one, found in ``self.port``."""

    def __init__(self, application: WsgiApplication, host: str, port: int) -> None:
        self._sockets: dict[int, Any] = {}
        try:
            self._server = create_server(
                application, map=self._sockets, host=host, port=port, threads=THREADS, ident=None
            )
        except OSError as error:
            raise PortTakenError(
                f"cannot listen on {host}:{port}: {error.strerror}; choose another port"
            ) from error
        self.host = host
        self.port = int(self._server.effective_port)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def run(self) -> None:
        """Serve until SIGTERM (see ``end_on_sigterm``) or ``stop``; requests under way are
        finished.
        """
        self._server.run()
        self._server.task_dispatcher.shutdown()
        wasyncore.close_all(self._sockets)

    def stop(self) -> None:
        """Let ``run`` return; may be called from any thread."""
        self._server.trigger.pull_trigger(lambda: wasyncore.close_all(self._sockets))


def end_on_sigterm() -> None:
    """Let SIGTERM and SIGINT leave ``Server.run`` in the main thread."""

    def leave(signum: int, _frame: Any) -> None:
        signal.signal(signum, signal.SIG_IGN)
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)


def write_ready_file(path: Path, port: int) -> None:
    """Tell the supervisor that this process serves: JSON with ``pid`` and ``port``, written in one
    piece.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(json.dumps({"pid": os.getpid(), "port": port}))
    beside.replace(path)
