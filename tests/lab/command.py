"""The lab's command line, as a user calls it."""

from __future__ import annotations

import errno
import json
import os
import random
import socket
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lab.core.paths import ROOT
from tests.waiting import LONG_SECONDS


def lab_command(*arguments: str, environment: str = "lab", state_dir: Path) -> list[str]:
    command, *rest = arguments
    where = ["--environment", environment, "--state-dir", str(state_dir)]
    return [sys.executable, "-m", "lab", command, *rest, *where]


def run_lab(
    *arguments: str, environment: str = "lab", state_dir: Path
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        lab_command(*arguments, environment=environment, state_dir=state_dir),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LONG_SECONDS,
        check=False,
    )


def up(state_dir: Path, environment: str = "lab") -> dict[str, Any]:
    """Start a lab and return what it prints."""
    outcome = run_lab("up", "--detach", "--json", environment=environment, state_dir=state_dir)
    assert outcome.returncode == 0, outcome.stderr
    return json.loads(outcome.stdout)


def components(state_dir: Path, environment: str = "lab") -> list[Mapping[str, Any]]:
    outcome = run_lab("status", "--json", environment=environment, state_dir=state_dir)
    return json.loads(outcome.stdout)["components"]


def processes_of(state_dir: Path, environment: str = "lab") -> list[int]:
    """Every process that carries the lab's mark, found independently of the lab's own code."""
    mark = f"LAB_ID={(state_dir / environment).resolve()}"
    return [pid for pid, text in all_processes("environ").items() if mark in text.split("\0")]


def all_processes(file: str) -> dict[int, str]:
    """What ``/proc/PID/FILE`` says of every process that may be read."""
    texts = {}
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            texts[int(directory.name)] = (directory / file).read_bytes().decode("utf-8", "replace")
        except OSError:
            continue
    return texts


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def listeners(ports: Iterable[int]) -> set[int]:
    """The sockets that listen on these ports, each by its inode; there is one for every port."""
    found = _listening()
    return {found[port] for port in ports}


def still_listening(sockets: set[int]) -> set[int]:
    """Those that still do: a port may be somebody else's as soon as it is free, on a machine where
    much goes on.
    """
    return sockets & set(_listening().values())


def _listening() -> dict[int, int]:
    """Port and inode of every socket that listens."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {
        int(words[1].rpartition(":")[2], 16): int(words[9]) for words in lines if words[3] == "0A"
    }


def listen_apart() -> socket.socket:
    """A server on a port that nobody is given who asks for any: it is free again once this one is
    closed.
    """
    first_given = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        try:
            return socket.create_server(
                ("127.0.0.1", random.randrange(first_given // 2, first_given))
            )
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise


def is_alive(pid: int) -> bool:
    """Whether the process runs (one that ended and was not waited for does not)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def still_alive(pids: Sequence[int]) -> list[int]:
    return [pid for pid in pids if is_alive(pid)]


def environment_with(**more: str) -> dict[str, str]:
    return {**os.environ, **more}
