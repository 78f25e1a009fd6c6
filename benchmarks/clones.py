"""Copies of the project, so that a benchmark has labs and reports of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_PARTS = (
    "features", "steps", "fixtures", "reconciliation", "lab", "contracts", "environments",
    "conftest.py", "exit_codes.py", "pytest.ini",
)  # fmt: skip


@contextmanager
def clone(name: str) -> Iterator[Path]:
    """A copy of the project in a directory of its own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix=f"benchmark-{name}-") as directory:
        place = Path(directory)
        copy_to(place)
        yield place


def copy_to(place: Path, *more: str) -> None:
    """The project, with ``more`` of its parts, into a directory that may hold an earlier copy."""
    place.mkdir(exist_ok=True)
    place.chmod(0o755)
    for part in (*_PARTS, *more):
        source = _ROOT / part
        if source.is_dir():
            shutil.rmtree(place / part, ignore_errors=True)
            shutil.copytree(source, place / part)
        else:
            shutil.copy(source, place / part)


@contextmanager
def lab_of(place: Path, environment: str) -> Iterator[str]:
    """The lab of a copy; gives what it says of its addresses, as JSON."""
    told = command(place, "lab", "up", "--environment", environment, "--detach", "--json")
    try:
        yield told
    finally:
        command(place, "lab", "down", "--environment", environment)


def surroundings(place: Path) -> Mapping[str, str]:
    """The environment variables of a copy's commands."""
    return {**os.environ, "LAB_STATE_DIR": str(place / "labs")}


def command(place: Path, *words: str) -> str:
    """What ``python -m`` with these words prints, in a copy; RuntimeError for one that fails."""
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=place,
        env=surroundings(place),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {(done.stdout + done.stderr)[-2000:]}")
    return done.stdout
