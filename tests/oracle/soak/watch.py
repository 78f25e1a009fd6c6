"""What the operating system and PostgreSQL say of the server: memory, descriptors, children,
backends, locks.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_PAGE_KIB = os.sysconf("SC_PAGE_SIZE") // 1024
_NAME = "oracle-stand-in"


@dataclass(frozen=True)
class Sample:
    """One look at the server; memory in KiB by process id."""

    at: float
    listener_kib: int
    listener_files: int
    sessions_kib: dict[int, int] = field(default_factory=dict)
    sessions_files: dict[int, int] = field(default_factory=dict)
    zombies: int = 0


def children(pid: int) -> list[int]:
    """The direct children of a process."""
    try:
        return [
            int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        ]
    except OSError:
        return []


def resident_kib(pid: int) -> int:
    """Resident memory; 0 for a process that is gone or a zombie."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_KIB
    except OSError:
        return 0


def open_files(pid: int) -> int:
    """Open file descriptors; 0 for a process that is gone."""
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return 0


def _links(pid: int) -> set[str]:
    try:
        return {os.readlink(f"/proc/{pid}/fd/{name}") for name in os.listdir(f"/proc/{pid}/fd")}
    except OSError:
        return set()


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].startswith("Z")
    except OSError:
        return False


def sample(listener: int, started: float) -> Sample:
    """Looks at the listener and its sessions; ``at`` is in seconds since
    ``started`` (monotonic).
    """
    pids = children(listener)
    return Sample(
        time.monotonic() - started,
        resident_kib(listener),
        open_files(listener),
        {pid: resident_kib(pid) for pid in pids},
        {pid: open_files(pid) for pid in pids},
        sum(_is_zombie(pid) for pid in pids),
    )


def inode(table: str, ends: tuple[int, int]) -> str | None:
    """Of the socket between these two ports, in the words of ``/proc/net/tcp``.

    Several sockets may have one port: connections to others from there, and those that are over,
    for a minute.
    """
    for line in table.splitlines()[1:]:
        _, local, remote, *rest = line.split()
        if tuple(int(end.rpartition(":")[2], 16) for end in (local, remote)) == ends:
            return str(rest[6])
    return None


class Backends:
    """PostgreSQL's view of the sessions."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def _one(self, query: str, *parameters: object) -> Any:
        with self._connection.cursor() as cursor:
            cursor.execute(query, parameters)
            return cursor.fetchone()[0]

    def alive(self, pid: int) -> bool:
        """Whether the backend still exists."""
        return bool(self._one("SELECT count(*) FROM pg_stat_activity WHERE pid = %s", pid))

    def process_of(self, backend: int, among: list[int]) -> int | None:
        """The server's process at the other end of a backend's connection;
        None when there is none.
        """
        port = self._one("SELECT max(client_port) FROM pg_stat_activity WHERE pid = %s", backend)
        if port is None:
            return None
        ends = (int(port), int(self._one("SELECT inet_server_port()")))
        socket = f"socket:[{inode(Path('/proc/net/tcp').read_text(), ends)}]"
        return next((pid for pid in among if socket in _links(pid)), None)

    def doing(self, pid: int | None = None) -> str:
        """What the stand-in's backends are at, or one of them."""
        with self._connection.cursor() as cursor:
            cursor.execute(
                "SELECT pid, state, wait_event_type, wait_event, now() - query_start, "
                "left(query, 300) "
                "FROM pg_stat_activity WHERE application_name = %s AND pid = coalesce(%s, pid)",
                (_NAME, pid),
            )
            return "; ".join(map(str, cursor.fetchall()))

    def remains(self) -> dict[str, int]:
        """What may not be there once all sessions have ended, by name."""
        queries = {
            "backends": f"SELECT count(*) FROM pg_stat_activity WHERE application_name = '{_NAME}'",
            "locks": (
                "SELECT count(*) FROM pg_locks WHERE pid <> pg_backend_pid() AND locktype "
                "<> 'virtualxid'"
            ),
            "prepared transactions": "SELECT count(*) FROM pg_prepared_xacts",
            "temporary objects": "SELECT count(*) FROM pg_class WHERE relpersistence = 't'",
            "large objects": "SELECT count(*) FROM pg_largeobject_metadata",
        }
        return {name: int(self._one(query)) for name, query in queries.items()}
