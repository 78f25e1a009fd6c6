"""The lab's own servers: each is ``python -m MODULE --config FILE`` and announces itself by a ready
file.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.core.cluster import never
from lab.core.errors import LabError, StoppedError
from lab.core.logs import tail
from lab.core.paths import ROOT, LabPaths

#: a busy machine takes ten times as long as a free one
_PATIENCE = 200.0


@dataclass
class Component:
    """A started component that serves on ``port``."""

    name: str
    port: int
    process: subprocess.Popen[bytes] = field(repr=False)

    def stop(self, patience: float = 10.0) -> None:
        """SIGTERM, and SIGKILL for one that does not end within ``patience`` seconds."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def start_component(
    paths: LabPaths,
    name: str,
    module: str,
    config: Mapping[str, Any],
    *,
    environ: Mapping[str, str],
    stopping: Callable[[], bool] = never,
) -> Component:
    """Write the component's configuration, start it and wait until it says that it serves.

    ``config`` has ``host`` and ``port`` (0: the component takes a free one and tells it in the
    ready file). Raises LabError with the end of the component's log when it does not come up; its
    process may then still be there and is found by the lab's mark in ``environ``.
    """
    ready = paths.ready(name)
    config_file = paths.config(name)
    write_private(config_file, {**config, "ready_file": str(ready)})
    command = [sys.executable, "-m", "lab.core.child", module, "--config", str(config_file)]
    with paths.log(name).open("ab") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=ROOT,
            env={**environ, "PYTHONUNBUFFERED": "1"},
            # a Ctrl-C in the terminal is for the supervisor alone: it ends the others in order
            start_new_session=True,
        )
    return Component(
        name, _wait_until_ready(name, process, ready, paths.log(name), stopping), process
    )


def write_private(path: Path, document: Mapping[str, Any]) -> None:
    """Write JSON that holds passwords: readable by its owner only, and there
    at once or not at all.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.touch(mode=0o600)
    # dates of a profile become ISO text
    beside.write_text(json.dumps(document, indent=2, default=str) + "\n", encoding="utf-8")
    beside.replace(path)


def _wait_until_ready(
    name: str,
    process: subprocess.Popen[bytes],
    ready: Path,
    log: Path,
    stopping: Callable[[], bool],
) -> int:
    """The port the component serves on."""
    deadline = time.monotonic() + _PATIENCE
    while not ready.exists():
        if stopping():
            raise StoppedError(f"{name}: stopped while starting")
        code = process.poll()
        if code is not None:
            raise LabError(f"{name} ended with exit code {code} while starting", tail(log))
        if time.monotonic() > deadline:
            raise LabError(f"{name} is not ready after {_PATIENCE:.0f} s", tail(log))
        time.sleep(0.02)
    return int(json.loads(ready.read_text())["port"])
