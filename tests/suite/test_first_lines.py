"""Evidence of guarantees that are about no single table names the tables in its first line."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.promises import declarations
from fixtures.promises.places import check_nothing_changed
from fixtures.run import now
from fixtures.scenario.before import ORACLE, Changed
from reconciliation.collateral import Change
from reconciliation.errors import Broken
from reconciliation.replication import ApplyException


def first_line(error: Broken) -> str:
    return str(error).partition("\n")[0]


def test_unexpected_changes_where_nothing_was_to_change() -> None:
    changes = [Change(f"PAY.{name}", (1,), None, {}, None) for name in ("FEE", "FEE", "ORDER")]
    changed = {"f": Changed(tuple(changes[:2])), "o": Changed(tuple(changes[2:]))}
    story: Any = SimpleNamespace(
        settle=lambda: None, before=True, subjects={}, changed_anywhere=lambda side: changed
    )
    with pytest.raises(Broken) as raised:
        check_nothing_changed(story, ORACLE, besides=False)
    assert first_line(raised.value) == "3 unexpected changes in Oracle: in PAY.FEE, PAY.ORDER"


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
