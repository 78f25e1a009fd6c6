"""What the clean-ups of a run tell."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.life import cleanup

# as they are: the little projects of other tests put others in their place
from fixtures.life.cleanup import after, behind_changes
from reconciliation.session.sweep import SweepReport


def test_rows_that_stay_are_told_once_though_every_sweep_finds_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = list[str]()
    run: Any = SimpleNamespace(session=None, silent={}, notes=[], say=said.append, swept=False)
    monkeypatch.setattr(cleanup, "sweep", lambda *_, **__: SweepReport(left=("s.t: stays",)))
    behind_changes(run)
    after(run)
    assert said == run.notes == ["s.t: stays"]
