"""Files are there as a whole or not at all, for their owner alone; targets that cannot be written
are refused.
"""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from reconciliation.errors import Unwritten
from reconciliation.process.files import private_directory, remove, replaced, sweep, write_text
from tests.full_disk import full_disk

from .samples import ROOT

KILLED = """
import os, pathlib, signal, sys
from reconciliation.process.files import replaced
with replaced(pathlib.Path(sys.argv[1])) as file:
    file.write("half of it")
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_and_the_directories_made_for_it_are_their_owners_alone(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        write_text(tmp_path / "a" / "b" / "c.txt", "x\ud800")
        private_directory(tmp_path / "d" / "e")
    finally:
        os.umask(old)
    assert [mode(tmp_path / name) for name in ("a/b/c.txt", "a/b", "a", "d", "d/e")] == [
        0o600,
        *[0o700] * 4,
    ]
    assert (tmp_path / "a/b/c.txt").read_text(encoding="utf-8") == "x\\ud800"


def test_a_directory_that_is_there_keeps_its_mode_and_a_file_does_not(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "old").write_text("old", encoding="utf-8")
    (tmp_path / "old").chmod(0o644)
    write_text(tmp_path / "old", "new")
    assert (mode(tmp_path), mode(tmp_path / "old")) == (0o755, 0o600)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_whatever_ends_the_writing_leaves_the_old_file_and_nothing_beside_it(
    error: type[BaseException], tmp_path: Path
) -> None:
    write_text(tmp_path / "one", "old")
    with suppress(error), replaced(tmp_path / "one") as file:
        file.write("new")
        raise error
    assert [(path.name, path.read_text(encoding="utf-8")) for path in tmp_path.iterdir()] == [
        ("one", "old")
    ]


@pytest.mark.parametrize("size", [65, 1 << 20])  # found out when the buffer is emptied, and before
def test_a_full_disk_leaves_the_old_file_and_nothing_beside_it(size: int, tmp_path: Path) -> None:
    write_text(tmp_path / "one", "old")
    with pytest.raises(Unwritten, match=r"one cannot be written: File too large$"), full_disk(64):
        write_text(tmp_path / "one", "x" * size)
    assert [(path.name, path.read_text(encoding="utf-8")) for path in tmp_path.iterdir()] == [
        ("one", "old")
    ]


def test_what_a_link_points_to_is_replaced_and_the_link_stays(tmp_path: Path) -> None:
    write_text(tmp_path / "there" / "real", "old")
    (tmp_path / "link").symlink_to(tmp_path / "there" / "real")
    write_text(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "there" / "real").read_text(encoding="utf-8") == "new"


def test_what_a_killed_run_left_is_swept_and_what_another_is_writing_is_not(tmp_path: Path) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "one")], cwd=ROOT, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert len(list(tmp_path.iterdir())) == 1
    with replaced(tmp_path / "two") as file:
        file.write("whole")
        sweep(tmp_path)
        assert len(list(tmp_path.iterdir())) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["two"]


def test_removing_takes_what_is_there_and_says_what_cannot_be_removed(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    (tmp_path / "directory").mkdir()
    remove([tmp_path / "file", tmp_path / "absent", tmp_path / "file" / "below"])
    assert [path.name for path in tmp_path.iterdir()] == ["directory"]
    with pytest.raises(
        Unwritten, match="directory cannot be written: what an earlier run left cannot be"
    ):
        remove([tmp_path / "directory"])
