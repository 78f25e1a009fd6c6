"""What the page says about tables and differences, counted and in order; no HTML but the charts and
the values.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from reconciliation.canonical.values import EPOCH
from reconciliation.describe import digest, is_hidden, key_parts, unreadable_words
from reconciliation.differences.causes import is_number
from reconciliation.differences.group_causes import MICROSECONDS_PER_UNIT
from reconciliation.differences.group_words import in_words
from reconciliation.model import Difference, DifferenceGroup, DifferenceKind, Status, TableResult
from reconciliation.report.charts import Part, bar
from reconciliation.report.examples import counts_of, examples, kept_words
from reconciliation.report.history import rows_per_second
from reconciliation.report.values import pair

#: examples of every group on the page, columns and causes in the overviews
PER_GROUP, OVERVIEW = 5, 25
_CSS = {DifferenceKind.CHANGED: "bad", DifferenceKind.MISSING: "worse", DifferenceKind.EXTRA: "odd"}


@dataclass(frozen=True)
class Bar:
    """One line of a bar chart: what, the drawing, how many; ``table`` where the name alone would be
    ambiguous.
    """

    name: str
    chart: Markup
    count: int
    table: str = ""


@dataclass(frozen=True)
class Example:
    """One difference: key and both values as HTML."""

    key: str
    source: Markup
    target: Markup


@dataclass(frozen=True)
class GroupView:
    group: DifferenceGroup
    where: str
    cause: str
    rule: str
    types: tuple[str, str]
    chart: Markup
    examples: Sequence[Example]
    counted: bool  # rows without a key: the values are how often each stands on both sides


@dataclass(frozen=True)
class TableView:
    """One table as the page shows it; ``anchor`` is its place on the page."""

    table: TableResult
    anchor: str
    chart: Markup
    rate: float | None
    wrong: int
    groups: Sequence[GroupView]
    left_out: str | None
    #: the values that cannot be read, in words
    unreadable: Sequence[str] = ()


def table_view(table: TableResult, number: int, sensitive: tuple[str, ...]) -> TableView:
    most = max((group.rows for group in table.groups), default=0)
    chosen = examples(table, PER_GROUP) if table.status is not Status.EQUAL else []
    return TableView(
        table,
        f"table-{number}",
        _rows_bar(table),
        rows_per_second(table),
        table.differing_rows + table.missing_rows + table.extra_rows,
        tuple(_group_view(table, group, items, most, sensitive) for group, items in chosen),
        kept_words(table),
        [unreadable_words(cell, sensitive) for cell in table.unreadable],
    )


def _rows_bar(table: TableResult) -> Markup:
    target = table.sides[1]
    return bar(
        [
            Part("good", table.equal_rows, "equal"),
            Part("bad", table.differing_rows, "differ"),
            Part("worse", table.missing_rows, f"missing in {target}"),
            Part("odd", table.extra_rows, f"only in {target}"),
            Part("unsure", table.in_flight_rows, "in flight"),
        ]
    )


def _group_view(
    table: TableResult,
    group: DifferenceGroup,
    items: Sequence[Difference],
    most: int,
    sensitive: tuple[str, ...],
) -> GroupView:
    first = items[0] if items else None
    return GroupView(
        group,
        where(group, table.sides),
        in_words(group),
        (first and first.rule) or "",
        ((first and first.source_type) or "", (first and first.target_type) or ""),
        bar([Part(_CSS[group.kind], group.rows, group.kind.value)], most),
        tuple(_example(item, sensitive) for item in items),
        first is not None and counts_of(first) is not None,
    )


def where(group: DifferenceGroup, sides: tuple[str, str]) -> str:
    """The columns of a group, or which side lacks its rows."""
    if group.source_column is not None:
        return f"{group.source_column} → {group.target_column}"
    return (
        f"row missing in {sides[1]}"
        if group.kind is DifferenceKind.MISSING
        else f"row only in {sides[1]}"
    )


def _example(item: Difference, sensitive: tuple[str, ...]) -> Example:
    key = ", ".join(key_parts(item, sensitive))
    if counts := counts_of(item):
        return Example(key, *(Markup(f"{count:,} times") for count in counts))
    if item.source_column is None:
        there, gone = Markup("present"), Markup("no such row")
        return Example(
            key, *((there, gone) if item.kind is DifferenceKind.MISSING else (gone, there))
        )
    if is_hidden(item, item.source_column, sensitive):
        return Example(
            key, Markup.escape(digest(item.source_value)), Markup.escape(digest(item.target_value))
        )
    source, target = pair(item.source_value, item.target_value)
    return Example(key, source, target + _moment_of(item))


def _moment_of(item: Difference) -> Markup:
    """The moment an epoch number stands for; nobody reads milliseconds since 1970."""
    per_unit = MICROSECONDS_PER_UNIT.get(item.rule or "")
    if per_unit is None or not is_number(item.target_value):
        return Markup("")
    try:
        moment = EPOCH + dt.timedelta(microseconds=int(item.target_value * per_unit))
    except (OverflowError, ValueError, ArithmeticError):
        return Markup("")
    return Markup(' <span class="size">= {}</span>').format(moment.isoformat(sep=" "))


def by_column(tables: Sequence[TableResult]) -> list[Bar]:
    """Differences of every column of every table, the most frequent first; missing and extra rows
    among them.
    """
    counts: Counter[tuple[str, str, DifferenceKind]] = Counter()
    for table in tables:
        for group in table.groups:
            counts[table.table, where(group, table.sides), group.kind] += group.rows
    most, several = max(counts.values(), default=0), len({table for table, _, _ in counts}) > 1
    return [
        Bar(name, bar([Part(_CSS[kind], count, kind.value)], most), count, table if several else "")
        for (table, name, kind), count in counts.most_common()
    ]


def by_cause(tables: Sequence[TableResult]) -> list[Bar]:
    """Differences of every cause, in all tables together, the most frequent first."""
    counts: Counter[tuple[str, DifferenceKind]] = Counter()
    for table in tables:
        for group in table.groups:
            name = in_words(group) if group.source_column else where(group, table.sides)
            counts[name or "other", group.kind] += group.rows
    most = max(counts.values(), default=0)
    return [
        Bar(name, bar([Part(_CSS[kind], count, kind.value)], most), count)
        for (name, kind), count in counts.most_common()
    ]
