"""What the Allure report offers of the whole tables to download: the page, its JSON and every
difference.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import allure
import pytest

from fixtures.promises.whole_tables import attach_reports
from fixtures.run import Run
from tests.judge_io import samples


def test_the_comparison_is_attached_as_files_without_sensitive_values(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    attached: dict[str, tuple[str, Any]] = {}
    monkeypatch.setattr(
        allure, "attach", lambda content, title, kind: attached.update({title: (content, kind)})
    )
    table = samples.report().tables[0]
    hidden = replace(table.differences[0], source_value="her name", sensitive=("header",))
    profile: Any = SimpleNamespace(title="a title")
    run = Run("lab", Path(), Path(), Path(), 1, dt.datetime(2026, 3, 1, tzinfo=dt.UTC), profile)
    run.tables = [
        replace(table, differences=(hidden, *table.differences[1:])),
        samples.report().tables[1],
    ]
    run.judge = SimpleNamespace(
        preflight=SimpleNamespace(versions={"Oracle": "19"}),
        parallel_run=SimpleNamespace(contract=samples.CONTRACT),
    )
    attach_reports(run)
    kinds = {title: kind for title, (_, kind) in attached.items()}
    assert kinds == {
        "whole tables (HTML)": allure.attachment_type.HTML,
        "whole tables (JSON)": allure.attachment_type.JSON,
        "differences (CSV)": allure.attachment_type.CSV,
    }
    assert json.loads(attached["whole tables (JSON)"][0])["verdict"] == "DIFFERENT"
    assert attached["differences (CSV)"][0].count("\r\n") == 1 + len(table.differences)
    assert "<title>DIFFERENT" in attached["whole tables (HTML)"][0]
    assert not any("her name" in content for content, _ in attached.values())
