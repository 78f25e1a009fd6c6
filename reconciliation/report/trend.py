"""The last runs of an environment as small charts of one scale each, and the words that go with
them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from reconciliation.model import Status
from reconciliation.report.charts import Column, Part, columns
from reconciliation.report.model import PastRun, PastTable, RunReport


@dataclass(frozen=True)
class TrendChart:
    """``words`` say what the chart shows to those who do not see it; ``top`` is the value at its
    upper edge.
    """

    title: str
    chart: Markup
    words: str
    top: str


@dataclass(frozen=True)
class Trend:
    """``first`` and ``last`` are the times at both ends of every chart."""

    runs: Sequence[PastRun]
    first: dt.datetime
    last: dt.datetime
    wrong: Sequence[TrendChart]
    rates: Sequence[TrendChart]
    lag: TrendChart | None


def trend(report: RunReport) -> Trend | None:
    """None without a history."""
    runs = report.history
    if not runs:
        return None
    names = list(
        dict.fromkeys(
            [
                *(table.table for table in report.tables),
                *(name for run in reversed(runs) for name in run.tables),
            ]
        )
    )
    return Trend(
        runs,
        runs[0].time,
        runs[-1].time,
        tuple(_wrong(name, runs) for name in names),
        tuple(chart for name in names if (chart := _rate(name, runs)) is not None),
        _lag(runs, report.agreed_lag_seconds),
    )


def _wrong(name: str, runs: Sequence[PastRun]) -> TrendChart:
    found = [run.tables.get(name) for run in runs]
    most = max((table.wrong for table in found if table), default=0)
    bars = [_wrong_column(run, table) for run, table in zip(runs, found, strict=True)]
    judged = [table.wrong for table in found if table and _judged(table)]
    now = found[-1]
    words = (
        "not compared in this run"
        if now is None
        else f"{now.wrong:,} rows wrong now"
        if _judged(now)
        else f"{now.status.value} now"
    )
    if len(judged) > 1 and now and _judged(now):
        words += f", {judged[-2]:,} the time before, {max(judged):,} at most"
    return TrendChart(
        name, columns(bars, most, f"{name}: {words}; {len(runs)} runs"), words, f"{most:,}"
    )


def _judged(table: PastTable) -> bool:
    return table.status in (Status.EQUAL, Status.DIVERGENT)


def _wrong_column(run: PastRun, table: PastTable | None) -> Column:
    when = f"{run.time:%Y-%m-%d %H:%M}"
    if table is None:
        return Column((), f"{when}: not compared")
    if not _judged(table):
        return Column((), f"{when}: {table.status.value}", unknown=True)
    parts = (
        Part("bad", table.differing, "differ"),
        Part("worse", table.missing, "missing"),
        Part("odd", table.extra, "extra"),
    )
    told = (
        ", ".join(f"{part.count:,} {part.word}" for part in parts if part.count) or "no row wrong"
    )
    return Column(parts, f"{when}: {told}", zero=not table.wrong)


def _rate(name: str, runs: Sequence[PastRun]) -> TrendChart | None:
    rates = [table.rows_per_second if (table := run.tables.get(name)) else None for run in runs]
    known = [rate for rate in rates if rate]
    if not known:
        return None
    words = f"{known[-1]:,.0f} rows/s last, {min(known):,.0f} to {max(known):,.0f} in all"
    return _single(name, runs, rates, words, "idle", lambda rate: f"{rate:,.0f} rows/s")


def _lag(runs: Sequence[PastRun], agreed: float | None) -> TrendChart | None:
    lags = [run.lag_p95 for run in runs]
    known = [lag for lag in lags if lag is not None]
    if not known:
        return None
    words = f"{known[-1]:.3f} s last, {max(known):.3f} s at most"
    if agreed is not None:
        late = sum(lag > agreed for lag in known)
        words += f"; agreed: {agreed:g} s, exceeded in {late} of {len(known)} runs"
    return _single(
        "lag within which 95 of 100 changes arrived",
        runs,
        lags,
        words,
        lambda lag: "bad" if agreed is not None and lag > agreed else "good",
        lambda lag: f"{lag:.3f} s",
        agreed,
    )


def _single(
    title: str,
    runs: Sequence[PastRun],
    values: Sequence[float | None],
    words: str,
    css: str | Callable[[float], str],
    told: Callable[[float], str],
    line: float | None = None,
) -> TrendChart:
    most = max([value for value in values if value is not None] + ([line] if line else []))
    bars = []
    for run, value in zip(runs, values, strict=True):
        when = f"{run.time:%Y-%m-%d %H:%M}"
        if value is None:
            bars.append(Column((), f"{when}: not measured"))
        else:
            kind = css if isinstance(css, str) else css(value)
            bars.append(Column((Part(kind, value, ""),), f"{when}: {told(value)}", zero=not value))
    return TrendChart(
        title, columns(bars, most, f"{title}: {words}; {len(runs)} runs", line), words, told(most)
    )
