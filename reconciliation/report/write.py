"""Writing the report where people and machines look for it."""

from __future__ import annotations

from pathlib import Path

from reconciliation.report.as_html import render_html
from reconciliation.report.as_json import render_json
from reconciliation.report.model import RunReport


def write(report: RunReport, directory: Path) -> tuple[Path, Path]:
    """Write ``reconciliation.html`` and ``reconciliation.json`` into ``directory``; gives both paths."""
    directory.mkdir(parents=True, exist_ok=True)
    paths = directory / "reconciliation.html", directory / "reconciliation.json"
    for path, text in zip(paths, (render_html(report), render_json(report)), strict=True):
        fresh = path.with_suffix(path.suffix + ".tmp")
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(path)  # nobody ever reads half a report
    return paths
