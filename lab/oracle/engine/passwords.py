"""Password verifiers: those of the configuration, and those that users have put in their place since."""

from __future__ import annotations

import fcntl
import json
import os
import weakref
from collections.abc import Mapping

from lab.oracle.interface import Verifier

_LIMIT = 1 << 20


class Verifiers:
    """Shared by all processes forked from the one that made it; a change counts as long as the server runs."""

    def __init__(self, configured: Mapping[str, Verifier]) -> None:
        self._configured = dict(configured)
        self._file = os.memfd_create("verifiers", os.MFD_CLOEXEC)
        weakref.finalize(self, os.close, self._file)

    @property
    def users(self) -> tuple[str, ...]:
        """The names of the users, upper case."""
        return tuple(self._configured)

    def get(self, user: str) -> Verifier | None:
        """The verifier in force, None for an unknown user."""
        found = self._read().get(user)
        if found is not None and user in self._configured:
            return Verifier(*map(bytes.fromhex, found))
        return self._configured.get(user)

    def replace(self, user: str, verifier: Verifier) -> None:
        """Another password from now on."""
        fcntl.lockf(self._file, fcntl.LOCK_EX)
        try:
            text = json.dumps(self._read() | {user: (verifier.salt.hex(), verifier.key.hex())}).encode()
            os.pwrite(self._file, text.ljust(_LIMIT), 0)
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN)

    def _read(self) -> dict[str, list[str]]:
        text = os.pread(self._file, _LIMIT, 0).strip()
        return json.loads(text) if text else {}
