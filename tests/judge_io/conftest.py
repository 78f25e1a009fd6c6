"""Two whole parallel runs in a box, for the tests that need them; reached by ports and secrets
only.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciliation.agreed.profile import Profile, load_profile
from reconciliation.cli import resume_options
from reconciliation.databases.connections import Credentials
from reconciliation.session.lab_state import with_running_lab
from reconciliation.session.opening import open_session
from reconciliation.session.session import Session
from tests.children import lab_in_the_foreground
from tests.clusters import Cluster, temporary_cluster
from tests.oracle.conftest import STORE_DATABASE, WireServer, start_server

from .box import DATABASE, Box, boxes
from .hand_made import HandMade, hand_made
from .making_world import MakingWorld
from .samples import ROOT

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="module", autouse=True)
def _kept_elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Runs of tests are remembered elsewhere than those of people, also runs in processes of their
    own; and two at once, of two files, must not take each other for runs of one environment.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RECONCILIATION_HISTORY", str(tmp_path_factory.mktemp("history")))
        patch.setattr(resume_options, "DIRECTORY", tmp_path_factory.mktemp("checkpoints"))
        yield


@pytest.fixture(scope="module")
def labs() -> Iterator[None]:
    """Both labs, in a state directory of their own; gone afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="judge-labs-"))
    directory.chmod(0o755)
    before = os.environ.get("LAB_STATE_DIR")
    os.environ["LAB_STATE_DIR"] = str(directory)
    try:
        with contextlib.ExitStack() as both:
            for name in ("lab", "lab-as-documented"):
                both.enter_context(lab_in_the_foreground(name, ROOT, os.environ))
            yield
    finally:
        if before is None:
            del os.environ["LAB_STATE_DIR"]
        else:
            os.environ["LAB_STATE_DIR"] = before
        shutil.rmtree(directory, ignore_errors=True)


def profile_of(name: str, root: Path, **changes: Any) -> Profile:
    """The running lab's profile; journals go to ``root``."""
    return replace(with_running_lab(load_profile(name, ROOT)), root=root, **changes)


@pytest.fixture
def profile(labs: None, tmp_path: Path) -> Profile:
    return profile_of("lab", tmp_path)


@pytest.fixture
def session(profile: Profile) -> Iterator[Session]:
    with open_session(profile) as opened:
        yield opened


def of_replication(side: str) -> Credentials:
    """The login of the replication's user, who may write on both sides:
    ``postgres`` or ``oracle``.
    """
    state = json.loads(
        (Path(os.environ["LAB_STATE_DIR"]) / "lab/state.json").read_text(encoding="utf-8")
    )[side]
    database = state["database" if side == "postgres" else "service"]
    product = "PostgreSQL" if side == "postgres" else "Oracle"
    return Credentials(
        product, state["host"], state["port"], database, state["user"], state["password"]
    )


@pytest.fixture
def documented(labs: None, tmp_path: Path) -> Iterator[Session]:
    with open_session(profile_of("lab-as-documented", tmp_path)) as opened:
        yield opened


# ------------------------------------------------------------------ two databases, and a task on
# paper


@pytest.fixture(scope="session")
def two_databases(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Cluster, WireServer, Any]]:
    """A PostgreSQL cluster, the Oracle stand-in on it, and a connection to the latter."""
    with temporary_cluster() as cluster:
        for name in (STORE_DATABASE, DATABASE):
            cluster.execute(f"CREATE DATABASE {name}")
        server = start_server(tmp_path_factory.mktemp("oracle"), cluster)
        with server.connect() as connection:
            yield cluster, server, connection
        server.process.terminate()
        server.process.wait()


@pytest.fixture
def box(
    two_databases: tuple[Cluster, WireServer, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Box]:
    """The command line against two databases; see ``box.Box``."""
    yield from boxes(*two_databases, tmp_path, monkeypatch, next(_NUMBERS))


@pytest.fixture(scope="module")
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """A PostgreSQL alone, with what the module's ``DDL`` makes."""
    with temporary_cluster() as started:
        started.execute(request.module.DDL)
        yield started


# ------------------------------------------------------------------ the same for the maker of rows


@pytest.fixture(scope="session")
def databases_of_makers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HandMade]:
    with hand_made(tmp_path_factory.mktemp("oracle")) as both:
        yield both


@pytest.fixture
def world(databases_of_makers: HandMade) -> Iterator[MakingWorld]:
    """Two empty schemas, for tables a maker's rows are tried on."""
    made = MakingWorld(databases_of_makers)
    yield made
    made.clear()
