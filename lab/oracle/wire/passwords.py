"""Change of password: at login, and by a client that has logged in."""

from __future__ import annotations

import time
from collections.abc import Mapping

from lab.oracle.interface import Engine, OracleError
from lab.oracle.wire.attempts import FailedLogins
from lab.oracle.wire.auth import Challenge, derive_verifier

#: bytes; longer ones come with release 23 only
MAX_PASSWORD_BYTES = 30


class Passwords:
    """What one client needs to change its own password; the passwords travel under the key of its
    login.
    """

    def __init__(
        self, engine: Engine, failed_logins: FailedLogins, account: str, challenge: Challenge
    ) -> None:
        self._engine = engine
        self._failed_logins = failed_logins
        self._account = account
        self._challenge = challenge

    def change(self, account: str, pairs: Mapping[str, str]) -> None:
        """Changes the password of the account that has logged in.

        Raises ORA-28008 for a wrong old password, ORA-00988 for an empty or too long new one and
        ORA-01031 for another account. Wrong ones count like failed logins.
        """
        if account != self._account:
            raise OracleError(1031, "insufficient privileges")
        time.sleep(self._failed_logins.wait_for_turn(account))
        verifier = self._engine.verifier(account)
        old = self._challenge.decrypt(pairs.get("AUTH_PASSWORD", ""))
        if (
            verifier is None
            or old is None
            or derive_verifier(old, verifier.salt).key != verifier.key
        ):
            self._failed_logins.failed(account)
            raise OracleError(28008, "invalid old password")
        self._failed_logins.succeeded(account)
        self.replace(pairs)

    def replace(self, pairs: Mapping[str, str]) -> None:
        """Puts the new password in place, the old one having been checked."""
        new = self._challenge.decrypt(pairs.get("AUTH_NEWPASSWORD", ""))
        if not new or len(new.encode()) > MAX_PASSWORD_BYTES:
            raise OracleError(988, "missing or invalid password(s)")
        self._engine.change_password(self._account, derive_verifier(new))
