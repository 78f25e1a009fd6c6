"""Evidence of guarantees that are about no single table names the tables in its first line."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.promises import declarations
from fixtures.run import now
from reconciliation.errors import Broken
from reconciliation.replication import ApplyException


def first_line(error: Broken) -> str:
    return str(error).partition("\n")[0]


def test_changes_that_were_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    reported = [
        ApplyException("task", "PAY", name, now(), "INSERT", "ORA-00001")
        for name in ("FEE", "ORDER", "FEE")
    ]
    monkeypatch.setattr(declarations, "apply_exceptions", lambda run, since: reported)
    run: Any = SimpleNamespace(waits=[1], started=now(), refused_keys={})
    with pytest.raises(Broken) as raised:
        declarations.nothing_was_dropped(SimpleNamespace(), run)  # type: ignore[arg-type]
    assert first_line(raised.value) == "3 changes of FEE, ORDER were dropped:"
