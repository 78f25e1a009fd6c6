"""Writing the report where people and machines look for it."""

from __future__ import annotations

from pathlib import Path

from reconciliation.report.as_html import render_html
from reconciliation.report.as_json import render_json
from reconciliation.report.differences_file import write_differences
from reconciliation.report.model import RunReport


def write(report: RunReport, directory: Path) -> tuple[Path, ...]:
    """Write ``reconciliation.html``, ``reconciliation.json`` and ``differences.csv`` into ``directory``.

    Gives their paths. The CSV file is written also when nothing differs: no list of an earlier run may stay.
    """
    directory.mkdir(parents=True, exist_ok=True)
    paths = directory / "reconciliation.html", directory / "reconciliation.json"
    differences = directory / "differences.csv"
    for path, text in zip(paths, (render_html(report), render_json(report)), strict=True):
        fresh = path.with_suffix(path.suffix + ".tmp")
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(path)  # nobody ever reads half a report
    write_differences(report, differences)
    return (*paths, differences)
