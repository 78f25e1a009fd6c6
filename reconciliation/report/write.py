"""Writing the report where people and machines look for it."""

from __future__ import annotations

from pathlib import Path

from reconciliation.process.files import write_text
from reconciliation.report.differences_file import write_differences
from reconciliation.report.model import RunReport


def write(report: RunReport, directory: Path) -> tuple[Path, ...]:
    """Write ``reconciliation.html``, ``reconciliation.json`` and ``differences.csv`` into
    ``directory``.

    Gives their paths; raises Unwritten. The CSV file is written also when nothing differs: no list
    of an earlier run may stay.
    """
    from reconciliation.report import render_html, render_json  # templates are slow to import

    page, data, differences = places(directory)
    write_text(page, render_html(report))
    write_text(data, render_json(report))
    write_differences(report, differences)
    return page, data, differences


def places(directory: Path) -> tuple[Path, Path, Path]:
    """Where ``write`` puts the page, its JSON and the differences."""
    return (
        directory / "reconciliation.html",
        directory / "reconciliation.json",
        directory / "differences.csv",
    )
