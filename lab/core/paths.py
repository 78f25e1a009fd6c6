"""Where the files of one lab are."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STATE_VARIABLE = "LAB_STATE_DIR"
ID_VARIABLE = "LAB_ID"


@dataclass(frozen=True)
class LabPaths:
    """The state directory of one lab and what lies in it.

    The absolute path of the directory is the lab's identity: every process of the lab carries it in
    its environment as ``LAB_ID``, so that two clones or two environments never mistake each other's
    processes.
    """

    directory: Path
    environment: str

    @property
    def lab_id(self) -> str:
        return str(self.directory)

    @property
    def lock_file(self) -> Path:
        """Beside the state directory, since that one comes and goes while the lock is held."""
        return self.directory.parent / f"{self.environment}.lock"

    @property
    def state_file(self) -> Path:
        return self.directory / "state.json"

    @property
    def clusters(self) -> Path:
        return self.directory / "postgres"

    @property
    def outside_clusters(self) -> Path:
        """Home of the clusters when the server's account cannot reach the state directory."""
        digest = hashlib.sha256(os.fsencode(self.directory)).hexdigest()[:12]
        return Path("/var/tmp") / f"reverse-sync-lab-{digest}"

    @property
    def restart_file(self) -> Path:
        """Created by who wants the source restarted, removed when it is."""
        return self.directory / "restart-source"

    def log(self, component: str) -> Path:
        return self.directory / "log" / f"{component}.log"

    def config(self, component: str) -> Path:
        return self.directory / "config" / f"{component}.json"

    def ready(self, component: str) -> Path:
        return self.directory / "ready" / component


def lab_paths(environment: str, parent: str | Path | None = None) -> LabPaths:
    """The paths of the environment's lab; ``parent`` goes before ``LAB_STATE_DIR``, which goes
    before ``.lab``.
    """
    base = Path(parent or os.environ.get(STATE_VARIABLE) or ROOT / ".lab")
    return LabPaths((base / environment).resolve(), environment)
