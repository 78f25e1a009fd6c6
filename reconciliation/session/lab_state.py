"""Where a running lab says its addresses: the state file that ``python -m lab up`` writes."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from reconciliation.agreed.profile import Profile
from reconciliation.errors import EnvironmentFault
from reconciliation.model import Document


def state_file(profile: Profile) -> Path:
    """``.lab/<environment>/state.json`` in the project, or under LAB_STATE_DIR."""
    parent = os.environ.get("LAB_STATE_DIR")
    return (Path(parent) if parent else profile.root / ".lab") / profile.name / "state.json"


def with_running_lab(profile: Profile) -> Profile:
    """A lab profile with the addresses of the running lab; a live profile as it is."""
    if profile.kind != "lab":
        return profile
    return profile.with_lab(_read(state_file(profile), profile.name))


def _read(path: Path, environment: str) -> Mapping[str, Document]:
    try:
        state: Document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise EnvironmentFault(
            f"the lab {environment!r} is not running (no {path}); start it: python -m lab up "
            f"--detach --environment {environment}"
        ) from None
    except (OSError, ValueError) as error:
        raise EnvironmentFault(f"the lab's state {path} cannot be read: {error}") from None
    if not isinstance(state, dict):  # it holds passwords, so it is not shown
        raise EnvironmentFault(f"the lab's state {path} is no JSON object")
    return state
