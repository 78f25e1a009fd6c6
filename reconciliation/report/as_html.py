"""The HTML rendering: one file, no network, no script; everything that comes from data is escaped by the template."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

import jinja2
from markupsafe import Markup

from reconciliation.describe import digest, is_hidden, is_sensitive, key_parts, show
from reconciliation.model import Difference, DifferenceGroup, TableResult
from reconciliation.report.charts import Part, bar, lag_chart, lag_top
from reconciliation.report.model import RefusedValue, RunReport, quantile
from reconciliation.verdict import GuaranteeOutcome

#: differences shown per table
SHOWN = 100
_OUTCOME_CSS = {"passed": "good", "failed": "bad", "error": "unsure", "skipped": "idle"}


def render_html(report: RunReport) -> str:
    """The whole report as one self-contained HTML document."""
    return _template().render(
        report=report,
        groups=[(name, report.groups.get(name), _group_bar(items), Counter(item.outcome for item in items))
                for name, items in _by_group(report.outcomes).items()],
        unhappy=[item for item in report.outcomes if item.outcome != "passed"],
        features=_by_feature(report.outcomes),
        refused_value=lambda item: _refused(item, report.sensitive),
        table_bars=[(table, _table_bar(table)) for table in report.tables],
        group_bars=_group_bars, lag=_lag(report), cell=_cell(report.sensitive),
        key=_key_words(report.sensitive), shown=SHOWN,
    )  # fmt: skip


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True,
                                     lstrip_blocks=True)  # fmt: skip
    environment.filters["count"] = lambda number: f"{number:,}"
    source = resources.files("reconciliation.report")
    style = Markup(source.joinpath("style.css").read_text(encoding="utf-8"))
    environment.globals["style"] = style
    return environment.from_string(source.joinpath("template.html.jinja").read_text(encoding="utf-8"))


def _by_group(outcomes: Sequence[GuaranteeOutcome]) -> Mapping[str, list[GuaranteeOutcome]]:
    groups: dict[str, list[GuaranteeOutcome]] = {}
    for item in outcomes:
        groups.setdefault(item.group, []).append(item)
    return groups


def _by_feature(outcomes: Sequence[GuaranteeOutcome]) -> Mapping[tuple[str, str], list[GuaranteeOutcome]]:
    features: dict[tuple[str, str], list[GuaranteeOutcome]] = {}
    for item in outcomes:
        features.setdefault((item.group, item.feature), []).append(item)
    return features


def _group_bar(items: Sequence[GuaranteeOutcome]) -> Markup:
    counts = Counter(item.outcome for item in items)
    return bar([Part(css, counts[name], name) for name, css in _OUTCOME_CSS.items()])


def _table_bar(table: TableResult) -> Markup:
    return bar([
        Part("good", table.equal_rows, "equal"), Part("bad", table.differing_rows, "differ"),
        Part("worse", table.missing_rows, "missing"), Part("odd", table.extra_rows, "extra"),
        Part("unsure", table.in_flight_rows, "in flight"),
    ])  # fmt: skip


def _group_bars(groups: Sequence[DifferenceGroup]) -> list[tuple[DifferenceGroup, Markup]]:
    most = max((group.rows for group in groups), default=0)
    css = {"changed": "bad", "missing": "worse", "extra": "odd"}
    return [(group, bar([Part(css[group.kind.value], group.rows, group.kind.value)], most)) for group in groups]


def _lag(report: RunReport) -> dict[str, Any] | None:
    if not report.lags:
        return None
    seconds = [item.seconds for item in report.lags]
    agreed = report.agreed_lag_seconds
    return {
        "chart": lag_chart(seconds, [item.arrived for item in report.lags], agreed),
        "top": lag_top(seconds, agreed), "median": quantile(seconds, 0.5), "p95": quantile(seconds, 0.95),
        "longest": max(seconds), "lost": sum(not item.arrived for item in report.lags),
        "late": sum(agreed is not None and item.seconds > agreed for item in report.lags),
    }  # fmt: skip


def _cell(sensitive: tuple[str, ...]) -> Callable[[Difference, str], str]:
    """A function (difference, side) -> the value for people."""

    def cell(difference: Difference, side: str) -> str:
        value = getattr(difference, f"{side}_value")
        return digest(value) if is_hidden(difference, difference.source_column, sensitive) else show(value)

    return cell


def _key_words(sensitive: tuple[str, ...]) -> Callable[[Difference], str]:
    return lambda difference: ", ".join(key_parts(difference, sensitive))


def _refused(item: RefusedValue, sensitive: tuple[str, ...]) -> str:
    hidden = is_sensitive(item.table, item.refusal.source_column, sensitive)
    return digest(item.refusal.value) if hidden else show(item.refusal.value)
