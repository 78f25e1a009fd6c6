"""What the tests of the lab's life share."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.core.account import server_account
from lab.core.binaries import find_installation
from lab.core.cluster import Cluster
from lab.core.passwords import new_password
from tests.lab.command import run_lab


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """A directory the server's account can reach, which pytest's own is not."""
    directory = Path(tempfile.mkdtemp(prefix="lab-test-"))
    directory.chmod(0o711)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def state_dir(open_directory: Path) -> Iterator[Path]:
    """The parent of labs' state directories; labs still up at the end are stopped."""
    yield open_directory
    for state in open_directory.glob("*.lock"):
        run_lab("down", environment=state.stem, state_dir=open_directory)


@pytest.fixture
def cluster(open_directory: Path) -> Iterator[Cluster]:
    """A cluster that is neither created nor started; stopped at the end."""
    cluster = Cluster(
        name="sample",
        directory=open_directory / "sample",
        log_file=open_directory / "sample.log",
        password=new_password(),
        installation=find_installation(),
        account=server_account(),
        environ=dict(os.environ),
    )
    yield cluster
    cluster.stop()
