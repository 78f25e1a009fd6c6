from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.core.account import cluster_home, server_account
from lab.core.binaries import find_installation
from lab.core.cluster import Cluster
from lab.core.passwords import new_password
from lab.core.paths import LabPaths
from lab.core.processes import end_lab_processes, lab_processes
from tests.lab.command import environment_with, is_alive
from tests.waiting import LONG_SECONDS, comes_true

_IGNORING_SIGTERM = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "print('ready', flush=True); time.sleep(60)"
)
_PLAIN = "import time; print('ready', flush=True); time.sleep(60)"


@contextmanager
def marked(lab_id: str, program: str = _PLAIN) -> Iterator[subprocess.Popen[bytes]]:
    """A process that carries the mark; ended afterwards in any case."""
    command = [sys.executable, "-c", program]
    with subprocess.Popen(
        command, env=environment_with(LAB_ID=lab_id), stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield process
        process.kill()


def test_processes_are_found_by_the_whole_mark(tmp_path: Path) -> None:
    paths = LabPaths(tmp_path / "lab", "lab")
    with (
        marked(paths.lab_id) as ours,
        marked(f"{paths.lab_id}-as-documented"),
        marked(str(tmp_path / "other")),
    ):
        assert lab_processes(paths) == [ours.pid]


def test_ending_spares_other_labs_and_those_to_keep(tmp_path: Path) -> None:
    paths = LabPaths(tmp_path / "lab", "lab")
    with (
        marked(paths.lab_id) as ours,
        marked(paths.lab_id) as kept,
        marked(str(tmp_path / "other")) as foreign,
    ):
        assert end_lab_processes(paths, keep=[kept.pid]) == []
        assert ours.wait(LONG_SECONDS) == -15
        assert kept.poll() is None
        assert foreign.poll() is None


def test_a_process_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    paths = LabPaths(tmp_path / "lab", "lab")
    with marked(paths.lab_id, _IGNORING_SIGTERM) as stubborn:
        assert end_lab_processes(paths, patience=0.2) == []
        assert stubborn.wait(LONG_SECONDS) == -9


def test_a_machine_on_which_looking_takes_longer_than_the_patience(tmp_path: Path) -> None:
    paths = LabPaths(tmp_path / "lab", "lab")
    with marked(paths.lab_id, _IGNORING_SIGTERM) as stubborn:
        assert end_lab_processes(paths, patience=0) == []
        assert stubborn.wait(LONG_SECONDS) == -9


def test_no_processes_is_no_trouble(tmp_path: Path) -> None:
    assert end_lab_processes(LabPaths(tmp_path / "lab", "lab")) == []


def test_a_stuck_server_process_without_its_postmaster_is_found(open_directory: Path) -> None:
    paths = LabPaths(open_directory / "lab", "lab")
    cluster = Cluster(
        name="sample",
        directory=cluster_home(server_account(), paths.clusters, paths.outside_clusters) / "sample",
        log_file=open_directory / "sample.log",
        password=new_password(),
        installation=find_installation(),
        account=server_account(),
        environ=environment_with(LAB_ID=paths.lab_id),
    )
    cluster.create({})
    cluster.start()
    assert cluster.process is not None
    stuck = next(pid for pid in lab_processes(paths) if pid != cluster.process.pid)
    os.kill(stuck, signal.SIGSTOP)
    cluster.process.kill()
    cluster.process.wait()
    assert is_alive(stuck)
    assert end_lab_processes(paths, patience=0.5) == []
    # it no longer has a directory by which it would be found, and may still be about to end
    assert comes_true(lambda: not is_alive(stuck))
