"""What the sessions of one server know of each other: who is connected with what, and how often
each has called.

PostgreSQL shows only its own part of a session; the client's program, its module and the counts of
round trips live here, in memory shared by all session processes.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import mmap
import os
import struct
import weakref
from collections.abc import Iterator, Mapping

_SLOTS = 4096
_SLOT_SIZE = 4096
#: the store's backend (0: the slot is free), this server's process, serial number, killed, round
#: trips, parses, length
_HEAD = struct.Struct("=QQQQQQQ")
_KILLED, _ROUND_TRIPS, _PARSES = (_HEAD.size // 7 * place for place in (3, 4, 5))
_COUNT = struct.Struct("=Q")

#: characters that Oracle keeps of each attribute (Reference, V$SESSION and V$SESSION_CONNECT_INFO)
LIMITS = {
    "username": 128,
    "program": 84,
    "machine": 64,
    "terminal": 30,
    "osuser": 128,
    "process": 24,
    "driver": 30,
    "module": 64,
    "action": 64,
    "client_info": 64,
    "client_identifier": 64,
    "dbop": 30,
    "proxy_user": 128,
}


class Registry:
    """The slots of all sessions; made before the server forks. Access is
    serialised by a file lock.
    """

    def __init__(self) -> None:
        self._file = os.memfd_create("sessions", os.MFD_CLOEXEC)
        weakref.finalize(self, os.close, self._file)
        os.ftruncate(self._file, _SLOTS * _SLOT_SIZE)
        self.memory = mmap.mmap(self._file, _SLOTS * _SLOT_SIZE)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        fcntl.lockf(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN)

    def enter(self, backend: int, serial: int) -> Entry | None:
        """A slot for the calling process; None when all are taken."""
        with self._locked():
            for place in range(0, _SLOTS * _SLOT_SIZE, _SLOT_SIZE):
                holder, process, *_ = _HEAD.unpack_from(self.memory, place)
                if holder in (0, backend) or not _is_alive(process):
                    _HEAD.pack_into(self.memory, place, backend, os.getpid(), serial, 0, 0, 0, 0)
                    return Entry(self, place)
        return None

    def write(self, place: int, facts: Mapping[str, str | None]) -> None:
        """Replaces the facts of a slot."""
        kept = {name: value[: LIMITS[name]] for name, value in facts.items() if value}
        text = _as_text(kept)
        while len(text) > _SLOT_SIZE - _HEAD.size:  # many control characters: each is six bytes
            del kept[max(kept, key=lambda name: len(kept[name]))]
            text = _as_text(kept)
        with self._locked():
            _COUNT.pack_into(self.memory, place + _HEAD.size - _COUNT.size, len(text))
            self.memory[place + _HEAD.size : place + _HEAD.size + len(text)] = text

    def leave(self, place: int) -> None:
        """Frees a slot."""
        with self._locked():
            _HEAD.pack_into(self.memory, place, 0, 0, 0, 0, 0, 0, 0)

    def kill(self, backend: int, serial: int) -> bool:
        """Marks a session to be ended at its next call; False when there is
        none of these numbers.
        """
        with self._locked():
            for place in range(0, _SLOTS * _SLOT_SIZE, _SLOT_SIZE):
                if _HEAD.unpack_from(self.memory, place)[:3:2] == (backend, serial):
                    _COUNT.pack_into(self.memory, place + _KILLED, 1)
                    return True
        return False

    def as_json(self) -> str:
        """All sessions, one object each: pid, serial, killed, round_trips, parses and what is known
        of the client.
        """
        found = []
        with self._locked():
            for place in range(0, _SLOTS * _SLOT_SIZE, _SLOT_SIZE):
                backend, _, serial, killed, round_trips, parses, size = _HEAD.unpack_from(
                    self.memory, place
                )
                if backend:
                    facts = json.loads(
                        self.memory[place + _HEAD.size : place + _HEAD.size + size] or "{}"
                    )
                    counts = {"round_trips": round_trips, "parses": parses}
                    found.append(
                        {"pid": backend, "serial": serial, "killed": bool(killed)} | counts | facts
                    )
        return json.dumps(found, ensure_ascii=False)


class Entry:
    """The slot of one session."""

    def __init__(self, registry: Registry, place: int) -> None:
        self._registry = registry
        self._place = place
        self._round_trips = 0
        self._parses = 0

    @property
    def is_killed(self) -> bool:
        """Whether another session has asked for the end of this one."""
        return bool(_COUNT.unpack_from(self._registry.memory, self._place + _KILLED)[0])

    def count_round_trip(self) -> None:
        self._round_trips += 1
        _COUNT.pack_into(self._registry.memory, self._place + _ROUND_TRIPS, self._round_trips)

    def count_parse(self) -> None:
        self._parses += 1
        _COUNT.pack_into(self._registry.memory, self._place + _PARSES, self._parses)

    def write(self, facts: Mapping[str, str | None]) -> None:
        """See ``Registry.write``."""
        self._registry.write(self._place, facts)

    def close(self) -> None:
        self._registry.leave(self._place)


def _as_text(facts: Mapping[str, str]) -> bytes:
    return json.dumps(facts, ensure_ascii=False).encode()


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
