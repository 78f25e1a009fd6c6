"""Failed logins per account, counted across all session processes: guessing passwords becomes slow.

After ``FREE_FAILURES`` failed logins of one account every further attempt waits for its turn, one
per ``DELAY_SECONDS``, whether its password is right or not. A login that succeeds clears the count,
and so does quiet for ``FORGET_SECONDS``. Accounts that do not exist are counted in the same way.
Attempts that were already under way when the count was reached are not held back.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import mmap
import os
import secrets
import struct
import time
from collections.abc import Callable, Iterator

from lab.oracle.interface import OracleError

FREE_FAILURES = 10
DELAY_SECONDS = 1.0
#: An attempt whose turn is further away than this is refused without a look at its password.
MAX_WAIT_SECONDS = 10.0
FORGET_SECONDS = 600.0

#: failures, time of the last one, time of the next turn
_SLOT = struct.Struct("=Qdd")
_SLOTS = 4096


class FailedLogins:
    """The counts, in memory that is shared with every process forked from the one that made it.

    An account's slot follows from a keyed hash of its name; accounts that share one share its
    count. Access is serialised by a file lock, which the kernel takes from a process that dies.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._file = os.memfd_create("failed logins", os.MFD_CLOEXEC)
        os.ftruncate(self._file, _SLOT.size * _SLOTS)
        self._memory = mmap.mmap(self._file, _SLOT.size * _SLOTS)

    def close(self) -> None:
        self._memory.close()
        os.close(self._file)

    def wait_for_turn(self, account: str) -> float:
        """Seconds that the attempt has to wait before its password is looked at.

        Raises OracleError 28000 when too many attempts are waiting already.
        """
        with self._slot(account) as place:
            failures, last, turn = _SLOT.unpack_from(self._memory, place)
            now = self._clock()
            if failures < FREE_FAILURES or now - last > FORGET_SECONDS:
                return 0.0
            turn = max(turn, now) + DELAY_SECONDS
            if turn - now > MAX_WAIT_SECONDS:
                raise OracleError(28000, "the account is locked")
            _SLOT.pack_into(self._memory, place, failures, last, turn)
            return turn - now

    def failed(self, account: str) -> None:
        """Counts a failed login."""
        with self._slot(account) as place:
            failures, last, turn = _SLOT.unpack_from(self._memory, place)
            now = self._clock()
            failures = 0 if now - last > FORGET_SECONDS else failures
            _SLOT.pack_into(self._memory, place, failures + 1, now, turn)

    def succeeded(self, account: str) -> None:
        """Clears the count."""
        with self._slot(account) as place:
            _SLOT.pack_into(self._memory, place, 0, 0.0, 0.0)

    @contextlib.contextmanager
    def _slot(self, account: str) -> Iterator[int]:
        """The offset of the account's slot, locked."""
        digest = hashlib.blake2b(account.encode(), key=self._key, digest_size=8).digest()
        fcntl.lockf(self._file, fcntl.LOCK_EX)
        try:
            yield int.from_bytes(digest, "big") % _SLOTS * _SLOT.size
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN)
