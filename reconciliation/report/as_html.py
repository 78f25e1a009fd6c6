"""The HTML rendering: one file, no network, no script; everything that comes from data is escaped
by the template.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import jinja2
from markupsafe import Markup

from reconciliation.describe import digest, is_sensitive
from reconciliation.model import SIDES, Status
from reconciliation.report.charts import Part, bar, lag_chart, lag_top
from reconciliation.report.compiled import CompiledTemplates
from reconciliation.report.coverage import coverage_view
from reconciliation.report.model import RefusedValue, RunReport, quantile
from reconciliation.report.sections import OVERVIEW, by_cause, by_column, table_view
from reconciliation.report.trend import trend
from reconciliation.report.values import single
from reconciliation.verdict import Outcome

_OUTCOME_CSS = {
    "passed": "good",
    "failed": "bad",
    "error": "unsure",
    "skipped": "idle",
    "not concerned": "idle",
}
#: tables in the order they are looked at: what has no verdict, what is wrong, what is right
_ORDER = (Status.NOT_JUDGED, Status.IN_FLIGHT, Status.DIVERGENT, Status.EQUAL)


def render_html(report: RunReport) -> str:
    """The whole report as one self-contained HTML document."""
    ordered = sorted(report.tables, key=lambda table: _ORDER.index(table.status))
    return _template().render(
        report=report,
        groups=[
            (
                name,
                report.groups.get(name),
                _group_bar(items),
                Counter(item.outcome for item in items),
            )
            for name, items in _by_group(report.outcomes).items()
        ],
        unhappy=[item for item in report.outcomes if item.outcome != "passed"],
        features=_by_feature(report.outcomes),
        coverage=coverage_view(report.matrix),
        tables=[
            table_view(table, number, report.sensitive) for number, table in enumerate(ordered, 1)
        ],
        sides=report.tables[0].sides if report.tables else SIDES,
        by_column=by_column(report.tables),
        by_cause=by_cause(report.tables),
        longest=OVERVIEW,
        refused_value=lambda item: _refused(item, report.sensitive),
        lag=_lag(report),
        trend=trend(report),
    )


@cache
def _template() -> jinja2.Template:
    here = Path(__file__).parent
    loader = jinja2.FunctionLoader(lambda name: (here / name).read_text(encoding="utf-8"))
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=loader,
        bytecode_cache=CompiledTemplates(here),
    )
    environment.filters["count"] = lambda number: f"{number:,}"
    environment.globals["style"] = Markup((here / "style.css").read_text(encoding="utf-8"))
    return environment.get_template("template.html.jinja")


def _by_group(outcomes: Sequence[Outcome]) -> Mapping[str, list[Outcome]]:
    groups: dict[str, list[Outcome]] = {}
    for item in outcomes:
        groups.setdefault(item.group, []).append(item)
    return groups


def _by_feature(outcomes: Sequence[Outcome]) -> Mapping[tuple[str, str], list[Outcome]]:
    features: dict[tuple[str, str], list[Outcome]] = {}
    for item in outcomes:
        features.setdefault((item.group, item.feature), []).append(item)
    return features


def _group_bar(items: Sequence[Outcome]) -> Markup:
    counts = Counter(item.outcome for item in items)
    return bar([Part(css, counts[name], name) for name, css in _OUTCOME_CSS.items()])


def _lag(report: RunReport) -> dict[str, object] | None:
    if not report.lags:
        return None
    seconds = [item.seconds for item in report.lags]
    agreed = report.agreed_lag_seconds
    return {
        "chart": lag_chart(seconds, [item.arrived for item in report.lags], agreed),
        "top": lag_top(seconds, agreed),
        "median": quantile(seconds, 0.5),
        "p95": quantile(seconds, 0.95),
        "p99": quantile(seconds, 0.99),
        "probes": sum(item.probe for item in report.lags),
        "longest": max(seconds),
        "lost": sum(not item.arrived for item in report.lags),
        "late": sum(agreed is not None and item.seconds > agreed for item in report.lags),
    }


def _refused(item: RefusedValue, sensitive: tuple[str, ...]) -> Markup:
    hidden = is_sensitive(item.table, item.refusal.source_column, sensitive)
    return Markup.escape(digest(item.refusal.value)) if hidden else single(item.refusal.value)
