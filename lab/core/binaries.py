"""Finding PostgreSQL's server programs and pglogical. Standard library only: set-up asks before
anything is installed.

``python3 -m lab.core.binaries`` exits with 0 when everything is there, otherwise with 1 and the
packages' names.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lab.core.errors import LabError

OLDEST_MAJOR = 13
_DEBIAN_HOME = Path("/usr/lib/postgresql")
_SERVER_PROGRAMS = ("initdb", "postgres")


@dataclass(frozen=True)
class Installation:
    """One major version's server programs."""

    major: int
    directory: Path
    has_pglogical: bool

    def program(self, name: str) -> str:
        return str(self.directory / name)

    def knows_setting(self, name: str) -> bool:
        """Whether the server has the setting; there are some that came with a minor version."""
        described = _ask(self.directory / "postgres", "--describe-config").splitlines()
        return any(line.split("\t", 1)[0] == name for line in described)


def find_installation(
    home: Path = _DEBIAN_HOME, *, pglogical: bool = True, major: int | None = None
) -> Installation:
    """The newest installation with pglogical among Debian's and the one ``pg_config`` on the PATH
    tells of.

    Without ``pglogical`` the extension may be missing; ``major`` asks for that version.

    Raises LabError naming the apt packages that are missing.
    """
    found = sorted(_installations(home), key=lambda installation: installation.major, reverse=True)
    for installation in found:
        if (installation.has_pglogical or not pglogical) and major in (None, installation.major):
            return installation
    if not pglogical:
        wanted = (
            f"PostgreSQL {major}'s server programs"
            if major
            else f"PostgreSQL's ({OLDEST_MAJOR} or newer)"
        )
        package = f"postgresql-{major}" if major else "postgresql"
        raise LabError(f"{wanted} are not installed; install them: apt-get install {package}")
    if found:
        raise LabError(
            f"pglogical is not installed for PostgreSQL {found[0].major}; "
            f"install it: apt-get install postgresql-{found[0].major}-pglogical"
        )
    raise LabError(
        f"PostgreSQL's server programs ({OLDEST_MAJOR} or newer) are not installed; "
        "install them: apt-get install postgresql postgresql-<major>-pglogical"
    )


def _installations(home: Path) -> Iterator[Installation]:
    for directory in home.glob("*/bin"):
        installation = _describe(directory, directory.parent / "lib")
        if installation:
            yield installation
    pg_config = _on_path("pg_config")
    if pg_config:
        directory, libraries = (
            Path(_ask(pg_config, option)) for option in ("--bindir", "--pkglibdir")
        )
        installation = _describe(directory, libraries)
        if installation:
            yield installation


def _describe(directory: Path, libraries: Path) -> Installation | None:
    if not all(os.access(directory / name, os.X_OK) for name in _SERVER_PROGRAMS):
        return None
    version = re.search(r"\(PostgreSQL\) (\d+)", _ask(directory / "postgres", "--version"))
    if not version or int(version[1]) < OLDEST_MAJOR:
        return None
    has_pglogical = all(
        (libraries / f"{name}.so").exists() for name in ("pglogical", "pglogical_output")
    )
    return Installation(int(version[1]), directory, has_pglogical)


def _on_path(name: str) -> Path | None:
    candidates = (
        Path(part) / name for part in os.environ.get("PATH", "").split(os.pathsep) if part
    )
    return next((path for path in candidates if os.access(path, os.X_OK)), None)


def _ask(program: Path, option: str) -> str:
    return subprocess.run(
        [str(program), option], capture_output=True, text=True, check=False
    ).stdout.strip()


def main() -> int:
    try:
        print(find_installation().directory)
    except LabError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
