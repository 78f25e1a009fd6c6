"""PostgreSQL refuses to run as root: which account it runs as instead, and where that account can
work.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.core.errors import LabError

_CANDIDATES = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """The account of the server processes; ``switch`` is false when it is the caller's own."""

    name: str
    uid: int
    gid: int
    switch: bool

    def popen_options(self) -> dict[str, Any]:
        """Keyword arguments that make ``subprocess`` start a program under this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.switch else {}

    def own(self, path: Path) -> None:
        if self.switch:
            os.chown(path, self.uid, self.gid)

    def can_enter(self, path: Path) -> bool:
        """Whether the account may traverse to and into the directory (asked
        of the system itself).
        """
        outcome = subprocess.run(
            ["test", "-x", str(path)], cwd="/", check=False, **self.popen_options()
        )
        return outcome.returncode == 0


def server_account() -> Account:
    """The caller's account, or for root the first of ``postgres`` and ``nobody`` there is."""
    if os.geteuid() != 0:
        return Account("", os.geteuid(), os.getegid(), switch=False)
    for name in _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid, switch=True)
    raise LabError(
        f"PostgreSQL refuses to run as root and there is no account {' or '.join(_CANDIDATES)}; "
        f"create one"
    )


def cluster_home(account: Account, inside: Path, outside: Path) -> Path:
    """Create and return the directory for the clusters: ``inside``, or ``outside`` if the account
    cannot get there.
    """
    inside.parent.mkdir(parents=True, exist_ok=True)
    home = inside if account.can_enter(inside.parent) else outside
    home.mkdir(mode=0o711)
    # mkdir obeys the umask; the account must be able to pass through
    home.chmod(0o711)
    return home
