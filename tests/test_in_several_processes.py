"""The tests in several processes: which files go first, how many processes, and nothing left when
they are stopped.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests import conftest
from tests.waiting import wait_for

#: a test that waits for ever, with something to clean up that takes longer than a test runner has
#: patience for
WAITS = """
import pathlib, signal, time
import pytest

@pytest.fixture(scope="session")
def opened():
    pathlib.Path("opened").touch()
    yield
    time.sleep(1)
    pathlib.Path("opened").unlink()

def test_it_waits(opened):
    assert signal.getsignal(signal.SIGINT) is not signal.SIG_IGN
    pathlib.Path("waits").touch()
    time.sleep(600)
"""


@pytest.mark.parametrize("name", conftest.LONGEST)
def test_every_file_that_goes_first_is_there(name: str) -> None:
    assert (conftest.ROOT / name).is_file()


def _in_order(paths: list[Path], **config: Any) -> list[Path]:
    items = [SimpleNamespace(path=path) for path in paths]
    conftest.pytest_collection_modifyitems(SimpleNamespace(**config), items)  # type: ignore[arg-type]
    return [item.path for item in items]


def test_the_longest_files_go_first_and_the_others_keep_their_order() -> None:
    longest = [conftest.ROOT / name for name in conftest.LONGEST]
    paths = [Path("b"), longest[1], Path("a"), longest[0], *longest[2:]]
    assert _in_order(paths, workerinput={}) == [*longest, Path("b"), Path("a")]
    assert _in_order(paths) == paths


def test_there_are_more_processes_than_cores_unless_somebody_says_how_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PYTEST_XDIST_AUTO_NUM_WORKERS", raising=False)
    for cores, processes in ((1, 4), (2, 8), (64, 8)):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _, cores=cores: set(range(cores)))
        assert conftest.pytest_xdist_auto_num_workers() == processes
    monkeypatch.setenv("PYTEST_XDIST_AUTO_NUM_WORKERS", "7")
    assert conftest.pytest_xdist_auto_num_workers() is None


@pytest.mark.parametrize("processes", [0, 1])
@pytest.mark.parametrize("told", [os.kill, os.killpg], ids=["the runner", "all of them"])
def test_a_stopped_run_cleans_up(tmp_path: Path, processes: int, told: Any) -> None:
    (tmp_path / "test_waits.py").write_text(WAITS)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    # as a script starts it in the background
    command = ["sh", "-c", "trap '' INT; exec \"$@\"", "sh"]
    command += [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.conftest",
        "-p",
        "no:cacheprovider",
        "-n",
        str(processes),
    ]
    path = os.pathsep.join(
        [str(conftest.ROOT.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    )
    run = subprocess.Popen(
        command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_for(lambda: (tmp_path / "waits").exists() or run.poll() is not None)
        told(run.pid, signal.SIGTERM)
        assert run.wait() == pytest.ExitCode.INTERRUPTED
    finally:
        run.kill()
        run.wait()
    assert not (tmp_path / "opened").exists()
