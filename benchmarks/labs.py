"""A whole parallel run in a box for a benchmark: started through its front
door, gone afterwards.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import oracledb
import psycopg2

from reconciliation.agreed.profile import Profile, load_profile
from reconciliation.session.lab_state import with_running_lab

_ROOT = Path(__file__).parents[1]
_UP_LIMIT_SECONDS = 180


@dataclass(frozen=True)
class RunningLab:
    """``postgres`` and ``oracle`` are the addresses as ``python -m lab up --json`` prints them,
    passwords included.
    """

    profile: Profile
    postgres: Mapping[str, Any] = field(repr=False)
    oracle: Mapping[str, Any] = field(repr=False)

    def source(self) -> psycopg2.extensions.connection:
        """A connection to PostgreSQL that may write; not in autocommit mode."""
        return connect_source(self.postgres)

    def target(self) -> oracledb.Connection:
        """A session of the Oracle stand-in that may write."""
        there = self.oracle
        return oracledb.connect(
            user=there["user"],
            password=there["password"],
            dsn=f"{there['host']}:{there['port']}/{there['service']}",
        )


def connect_source(address: Mapping[str, Any]) -> psycopg2.extensions.connection:
    """A connection to the lab's PostgreSQL; its session speaks UTC."""
    return psycopg2.connect(
        host=address["host"],
        port=address["port"],
        dbname=address["database"],
        user=address["user"],
        password=address["password"],
        options="-c TimeZone=UTC",
    )


@contextmanager
def running_lab(environment: str = "lab") -> Iterator[RunningLab]:
    """The lab of an environment, in a state directory of its own; journals of the judge go there,
    too.
    """
    directory = Path(tempfile.mkdtemp(prefix="benchmark-lab-"))
    directory.chmod(0o755)
    before = os.environ.get("LAB_STATE_DIR")
    os.environ["LAB_STATE_DIR"] = str(directory)
    try:
        addresses = json.loads(_lab("up", environment, "--detach", "--json"))
        profile = replace(with_running_lab(load_profile(environment, _ROOT)), root=directory)
        yield RunningLab(profile, addresses["postgres"], addresses["oracle"])
    finally:
        _lab("down", environment, check=False)
        if before is None:
            del os.environ["LAB_STATE_DIR"]
        else:
            os.environ["LAB_STATE_DIR"] = before
        shutil.rmtree(directory, ignore_errors=True)


def _lab(verb: str, environment: str, *more: str, check: bool = True) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "lab", verb, "--environment", environment, *more],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        timeout=_UP_LIMIT_SECONDS,
        check=False,
    )
    if check and done.returncode:
        raise RuntimeError(f"the lab did not come up: {done.stderr.strip()}")
    return done.stdout
