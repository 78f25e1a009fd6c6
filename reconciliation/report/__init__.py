"""The report of a run: one value in several renderings (terminal, HTML, JSON, CSV, JUnit), never
with a secret.

A rendering is imported when it is first asked for: templates and terminals take time to import, and
a run that prints JSON needs neither.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from reconciliation.report.model import (
    AcceptedEntry,
    Lag,
    Meanwhile,
    RefusedValue,
    RunReport,
    accepted_entries,
)

if TYPE_CHECKING:
    from reconciliation.report.as_html import render_html
    from reconciliation.report.as_json import SCHEMA_VERSION, render_json
    from reconciliation.report.as_junit import render_junit
    from reconciliation.report.differences_file import render_csv
    from reconciliation.report.terminal import render_terminal

__all__ = [
    "SCHEMA_VERSION",
    "AcceptedEntry",
    "Lag",
    "Meanwhile",
    "RefusedValue",
    "RunReport",
    "accepted_entries",
    "render_csv",
    "render_html",
    "render_json",
    "render_junit",
    "render_terminal",
]

_WHERE = {
    "SCHEMA_VERSION": "as_json",
    "render_csv": "differences_file",
    "render_html": "as_html",
    "render_json": "as_json",
    "render_junit": "as_junit",
    "render_terminal": "terminal",
}


def __getattr__(name: str) -> object:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
