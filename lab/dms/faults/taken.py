"""What a task says of the switchboard: which version of it is in force, and what of it could not be
done.

``<task directory>/faults.taken.json``: {"version": number, "refused": {"fault name": reason},
"delayed": {...}}. The task takes the file away when it begins and writes it once it has done what
the switchboard asks for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from lab.dms.faults import switchboard

FILE_NAME = "faults.taken.json"


@dataclass(frozen=True)
class Taken:
    """``refused`` will not come about; ``delayed`` is tried again until it does. Both say why, by
    the fault's name.
    """

    version: int
    refused: Mapping[str, str] = field(default_factory=dict)
    delayed: Mapping[str, str] = field(default_factory=dict)


class Acknowledgement:
    """The task's side of the file; without a directory nothing is written."""

    def __init__(self, directory: Path | None) -> None:
        self._path = directory / FILE_NAME if directory else None
        self._last: Taken | None = None
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def give(self, taken: Taken) -> None:
        """Write it unless it has been written."""
        if self._path is not None and taken != self._last:
            switchboard.write(self._path, asdict(taken))
            self._last = taken


def read_taken(directory: Path) -> Taken | None:
    """What the task of a directory has acknowledged since it began; None when
    that is nothing yet.
    """
    try:
        return Taken(**json.loads((directory / FILE_NAME).read_text("utf-8")))
    except FileNotFoundError:
        return None
