"""The report of a run: one value in several renderings (terminal, HTML, JSON, CSV, JUnit), never with a secret."""

from reconciliation.report.as_html import render_html
from reconciliation.report.as_json import SCHEMA_VERSION, render_json
from reconciliation.report.as_junit import render_junit
from reconciliation.report.differences_file import render_csv
from reconciliation.report.model import AcceptedEntry, Lag, RefusedValue, RunReport, accepted_entries, verdict_of_tables
from reconciliation.report.terminal import render_terminal
from reconciliation.report.write import write

__all__ = [
    "SCHEMA_VERSION",
    "AcceptedEntry",
    "Lag",
    "RefusedValue",
    "RunReport",
    "accepted_entries",
    "render_csv",
    "render_html",
    "render_json",
    "render_junit",
    "render_terminal",
    "verdict_of_tables",
    "write",
]
