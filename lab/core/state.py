"""What a running lab tells about itself, and the removal of what is left of an earlier one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lab.core.component import write_private
from lab.core.errors import LabError
from lab.core.lock import LabLock
from lab.core.paths import LabPaths
from lab.core.processes import end_lab_processes


def write_state(paths: LabPaths, state: Mapping[str, Any]) -> None:
    write_private(paths.state_file, state)


def read_state(paths: LabPaths) -> dict[str, Any] | None:
    """The state file's content, None when there is none (not started, or not ready yet)."""
    try:
        return json.loads(paths.state_file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except PermissionError:
        raise LabError(
            f"{paths.state_file} belongs to another user; run the lab as that user"
        ) from None


def running_state(paths: LabPaths) -> dict[str, Any] | None:
    """The state of a lab that is up: its supervisor lives and has finished starting it."""
    holder = LabLock(paths.lock_file).holder()
    state = read_state(paths) if holder else None
    return state if state and state["supervisor"] == holder else None


def make_directories(paths: LabPaths) -> None:
    """Create the state directory; whatever holds passwords is closed to others."""
    paths.directory.mkdir(parents=True)
    # the server's account has to pass through it to the clusters
    paths.directory.chmod(0o711)
    for directory in (
        paths.log("any").parent,
        paths.config("any").parent,
        paths.ready("any").parent,
    ):
        directory.mkdir(mode=0o700)


def remove_leftovers(paths: LabPaths) -> None:
    """End every process of the lab and remove its files; to be called by the holder of the lab's
    lock only.
    """
    survivors = end_lab_processes(paths)
    if survivors:
        raise LabError(
            f"processes of this lab do not end: {', '.join(map(str, survivors))}; end them as "
            f"their owner"
        )
    _remove(paths.directory)
    _remove(paths.outside_clusters)


def _remove(directory: Path) -> None:
    try:
        shutil.rmtree(directory)
    except FileNotFoundError:
        return
    except OSError as error:
        raise LabError(f"{directory} is in the lab's way: {error.strerror}; remove it") from None
