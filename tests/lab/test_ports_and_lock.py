from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from lab.core.errors import LabError
from lab.core.lock import LabLock
from lab.core.paths import ROOT
from lab.core.ports import HOST, free_port, in_use, require_free


def test_a_free_port_can_be_listened_on() -> None:
    port = free_port()
    with socket.create_server((HOST, port)):
        assert in_use(port)
    assert not in_use(port)


def test_a_configured_port_in_use_is_named() -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LabError, match=f"port {port}, configured for oracle in .* is in use"):
            require_free(port, "oracle")


def test_the_lock_is_exclusive_and_names_its_holder(tmp_path: Path) -> None:
    first, second = LabLock(tmp_path / "lab.lock"), LabLock(tmp_path / "lab.lock")
    assert second.holder() is None
    assert first.acquire()
    assert second.holder() == os.getpid()
    assert not second.acquire(patience=0.05)
    first.release()
    assert second.holder() is None
    assert second.acquire()
    second.release()


def test_the_lock_of_a_killed_holder_is_free(tmp_path: Path) -> None:
    path = tmp_path / "lab.lock"
    program = (
        "import sys, time; from pathlib import Path; from lab.core.lock import LabLock\n"
        "lock = LabLock(Path(sys.argv[1])); print(lock.acquire(), flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)], cwd=ROOT, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"True\n"
        assert LabLock(path).holder() == holder.pid
        holder.kill()
        holder.wait()
    lock = LabLock(path)
    assert lock.holder() is None
    assert lock.acquire()
    lock.release()
