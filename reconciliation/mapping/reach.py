"""Where the columns of one table go: each agreed column must reach exactly its own, existing
column.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from reconciliation.agreed.mistakes import nearest
from reconciliation.mapping.model import ResolvedColumn, ResolvedTable
from reconciliation.model import CatalogueTable, ColumnPair, Finding, TableContract


def _goes_to(column: ResolvedColumn) -> str:
    by = f" (rule {', '.join(column.rule_ids)})" if column.rule_ids else ""
    return f"{column.target}{by}" if column.target is not None else f"nowhere: it is removed{by}"


def absent_columns(table: ResolvedTable, on_target: CatalogueTable) -> Iterator[Finding]:
    """Every column that goes where Oracle has none."""
    for column in table.columns:
        if column.target is None or column.target in on_target.columns:
            continue
        what = (
            f"{table.source}.{column.source}"
            if column.source
            else f"the added column of {table.source}"
        )
        message = f"{what} goes to {_goes_to(column)}, a column {on_target.full_name} does not have"
        near = nearest(column.target, on_target.columns, 0.8)
        if near:
            message += f"; it has {near}"
        yield Finding(
            "reaches_absent_column", message, table.source, column.source, column.rule_ids
        )


def written_twice(table: ResolvedTable) -> Iterator[Finding]:
    """Every column of Oracle that two columns go to."""
    writers: dict[str, list[ResolvedColumn]] = defaultdict(list)
    for column in table.columns:
        if column.target is not None:
            writers[column.target].append(column)
    for name, columns in writers.items():
        if len(columns) > 1:
            named = " and ".join(
                c.source or f"the added column of rule {c.rule_ids[0]}" for c in columns
            )
            ids = tuple(rule_id for column in columns for rule_id in column.rule_ids)
            message = f"{table.source}: {named} are both written to {table.target}.{name}"
            yield Finding("column_written_twice", message, table.source, columns[0].source, ids)


def without_contract(
    table: ResolvedTable, agreed: TableContract, on_target: CatalogueTable
) -> Iterator[Finding]:
    """Every replicated column that the contract neither compares nor leaves out by name."""
    sources = {
        *(pair.source for pair in agreed.pairs),
        *(one.source for one in agreed.not_compared),
    }
    for column in table.columns:
        if (
            column.source is None
            or column.source in sources
            or column.target not in on_target.columns
        ):
            continue
        message = (
            f"{table.source}.{column.source} is replicated to {column.target}, but the "
            f"contract does not name it"
        )
        yield Finding(
            "column_without_contract", message, table.source, column.source, column.rule_ids
        )


def _reads(expression: str | None, column: str) -> bool:
    """Whether an expression refers to ``$column``; the name of a longer column does not count."""
    return re.search(rf"\${re.escape(column)}(?![A-Za-z0-9_])", expression or "") is not None


def not_reached(
    table: ResolvedTable, agreed: TableContract, on_target: CatalogueTable
) -> Iterator[Finding]:
    """Every agreed column that does not reach its own: where it goes instead."""
    for pair in agreed.pairs:
        yield from _reached(table, pair, on_target)


def _reached(
    table: ResolvedTable, pair: ColumnPair, on_target: CatalogueTable
) -> Iterator[Finding]:
    direct = next((c for c in table.columns if c.source == pair.source), None)
    filled = [c for c in table.columns if c.source is None and c.target == pair.target]
    if pair.target in on_target.columns:
        if direct is not None and direct.target == pair.target:
            return
        if any(_reads(column.expression, pair.source) for column in filled):
            return
    where = f"{table.source}.{pair.source} never reaches {table.target}.{pair.target}"
    if direct is None:
        message = f"{where}: PostgreSQL has no such column"
    else:
        message = f"{where}: it goes to {_goes_to(direct)}"
        if direct.target is not None and direct.target not in on_target.columns:
            message += f", which {on_target.full_name} does not have"
    if filled:
        message += (
            f"; rule {filled[0].rule_ids[0]} fills {pair.target} without reading ${pair.source}"
        )
    ids = direct.rule_ids if direct is not None else ()
    yield Finding("column_not_reached", message, table.source, pair.source, ids)
