"""The judge of a lab of its own, in a copy of the project."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from reconciliation.agreed.profile import load_profile
from reconciliation.session.lab_state import with_running_lab
from reconciliation.session.opening import open_session
from reconciliation.session.session import Session
from tests.suite.place import Place


@contextmanager
def judge_of(place: Place, name: str) -> Iterator[Session]:
    """The lab by this name is started, and gone afterwards."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAB_STATE_DIR", place.environment["LAB_STATE_DIR"])
        place.lab("up", "--environment", name, "--detach")
        try:
            with open_session(with_running_lab(load_profile(name, place.root))) as opened:
                yield opened
        finally:
            place.lab("down", "--environment", name)
