"""Running a component of the lab as a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.children import start_child
from tests.waiting import LONG_SECONDS

ROOT = Path(__file__).resolve().parents[1]


@dataclass
class RunningComponent:
    """``exit_code`` and ``output`` (what it logged) are set once it has ended."""

    port: int
    pid: int
    exit_code: int | None = None
    output: str = ""


@contextmanager
def run_component(module: str, config: Path, ready_file: Path) -> Iterator[RunningComponent]:
    """``python -m MODULE --config FILE`` from its ready file to SIGTERM."""
    log = config.with_suffix(".log")
    with log.open("wb") as output:
        process = start_child(
            [sys.executable, "-m", module, "--config", str(config)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    try:
        ready = _await_ready(process, ready_file, log)
        running = RunningComponent(ready["port"], ready["pid"])
        assert running.pid == process.pid
        yield running
    finally:
        process.terminate()
        try:
            code = process.wait(LONG_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
    running.exit_code = code
    running.output = log.read_text()


def _await_ready(process: subprocess.Popen[bytes], ready_file: Path, log: Path) -> dict[str, int]:
    end = time.monotonic() + LONG_SECONDS
    while not ready_file.exists():
        assert process.poll() is None, f"ended with {process.returncode}: {log.read_text()[-2000:]}"
        assert time.monotonic() < end, f"not ready: {log.read_text()[-2000:]}"
        time.sleep(0.02)
    return json.loads(ready_file.read_text())
