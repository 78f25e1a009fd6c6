"""Does the task's table mapping keep what the contract promises? Checks on the resolved mapping,
one a promise.

No check knows a table, a column or a rule by name. Of target tables that may be there although the
catalogue does not show them nothing is said; ``check_contracts_are_mapped`` raises Unseen for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from reconciliation.checks.booleans import booleans_stay_booleans
from reconciliation.checks.registry import check
from reconciliation.databases.sight import oracle
from reconciliation.errors import Unseen
from reconciliation.mapping import reach
from reconciliation.mapping.fights import fights, idle_rules
from reconciliation.mapping.lobs import unwritable_lobs
from reconciliation.mapping.model import ResolvedTable
from reconciliation.mapping.types import check_types, words_into_numbers
from reconciliation.model import CatalogueTable, Finding, TableContract
from reconciliation.parallel_run import ParallelRun

MAPPING = "the table mapping"


@dataclass(frozen=True)
class Reached:
    """A replicated table that goes where its contract says, and both tables as they are."""

    resolved: ResolvedTable
    agreed: TableContract
    source: CatalogueTable
    target: CatalogueTable


def _reached(run: ParallelRun) -> Iterator[Reached]:
    for table, agreed in _contracted(run):
        if table.target == agreed.target and table.target in run.target_catalogue:
            source, target = run.source_catalogue[table.source], run.target_catalogue[table.target]
            yield Reached(table, agreed, source, target)


def _contracted(run: ParallelRun) -> Iterator[tuple[ResolvedTable, TableContract]]:
    contracts = {table.source: table for table in run.contract.tables}
    for table in run.resolved.tables:
        if table.source in contracts:
            yield table, contracts[table.source]


def _of_each(run: ParallelRun, ask: Callable[[Reached], Iterable[Finding]]) -> tuple[Finding, ...]:
    return tuple(finding for table in _reached(run) for finding in ask(table))


# ------------------------------------------------------------------ rules


@check(
    subject=MAPPING,
    promise="every rule names something that exists",
    kinds=("rule_names_nothing",),
)
def check_rules_name_something(run: ParallelRun) -> tuple[Finding, ...]:
    """Every rule matches something of PostgreSQL."""
    return tuple(idle_rules(run.resolved, run.source_catalogue))


@check(subject=MAPPING, promise="no two rules fight over one column", kinds=("rules_fight",))
def check_rules_agree(run: ParallelRun) -> tuple[Finding, ...]:
    """No schema, table or column is claimed by two rules."""
    return tuple(fights(run.resolved))


# ------------------------------------------------------------------ columns


@check(
    subject=MAPPING,
    promise="every agreed column reaches its legacy column",
    kinds=("column_not_reached",),
)
def check_columns_are_reached(run: ParallelRun) -> tuple[Finding, ...]:
    """Every column pair of the contract is what the mapping does."""
    return _of_each(run, lambda one: reach.not_reached(one.resolved, one.agreed, one.target))


@check(
    subject=MAPPING,
    promise="no column is sent where the legacy table has none",
    kinds=("reaches_absent_column",),
)
def check_columns_exist(run: ParallelRun) -> tuple[Finding, ...]:
    """Every column goes to one that exists."""
    return _of_each(run, lambda one: reach.absent_columns(one.resolved, one.target))


@check(
    subject=MAPPING,
    promise="no legacy column is written by two columns",
    kinds=("column_written_twice",),
)
def check_columns_are_written_once(run: ParallelRun) -> tuple[Finding, ...]:
    """No two columns of a table go to one: which value stays is chance."""
    return _of_each(run, lambda one: reach.written_twice(one.resolved))


@check(
    subject=MAPPING,
    promise="every column that is replicated stands in the contract of its table",
    kinds=("column_without_contract",),
)
def check_columns_are_contracted(run: ParallelRun) -> tuple[Finding, ...]:
    """What is replicated is compared, or left out by name."""
    return _of_each(run, lambda one: reach.without_contract(one.resolved, one.agreed, one.target))


@check(
    subject=MAPPING,
    promise="no rule sends a type into a legacy type that cannot hold it",
    kinds=("type_cannot_hold",),
)
def check_types_are_held(run: ParallelRun) -> tuple[Finding, ...]:
    """Every type can be written where the mapping, or a rule of it alone, sends it."""
    return (
        *_of_each(run, lambda one: check_types(one.resolved, one.agreed, one.source, one.target)),
        *_words_into_numbers(run),
    )


def _words_into_numbers(run: ParallelRun) -> tuple[Finding, ...]:
    """The endpoints are asked only where it depends on them."""
    found = _of_each(
        run, lambda one: words_into_numbers(one.resolved, one.agreed, one.source, one.target)
    )
    return () if found and booleans_stay_booleans(run) else found


@check(
    subject=MAPPING,
    promise="every LOB can be written behind its row",
    kinds=("lob_not_written",),
)
def check_lobs_are_written(run: ParallelRun) -> tuple[Finding, ...]:
    """No LOB goes into a column that must be filled at once, or comes from a table without a
    key.
    """
    return _of_each(run, lambda one: unwritable_lobs(one.resolved, one.source, one.target))


# ------------------------------------------------------------------ tables


@check(
    subject=MAPPING, promise="every row of a mapped table is replicated", kinds=("rows_filtered",)
)
def check_rows_are_not_filtered(run: ParallelRun) -> Iterator[Finding]:
    """No selection rule keeps rows of a contracted table back."""
    for table, _ in _contracted(run):
        if table.filters:
            columns = ", ".join(sorted({entry.column for entry in table.filters}))
            message = (
                f"{table.source} is replicated through a filter on {columns}: rows outside it "
                f"never arrive"
            )
            yield Finding("rows_filtered", message, table.source)


@check(
    subject=MAPPING,
    promise="every mapped table has a contract",
    kinds=("table_without_contract",),
)
def check_tables_are_contracted(run: ParallelRun) -> Iterator[Finding]:
    """No table is replicated of which nobody said what equality means."""
    contracts = {table.source for table in run.contract.tables}
    for table in run.resolved.tables:
        if table.source not in contracts:
            message = (
                f"{table.source} is replicated to {table.target}, but no contract says "
                f"what must be equal"
            )
            yield Finding("table_without_contract", message, table.source)


@check(
    subject=MAPPING,
    promise="every table with a contract is mapped",
    kinds=("contract_table_not_mapped",),
)
def check_contracts_are_mapped(run: ParallelRun) -> tuple[Finding, ...]:
    """Every contracted table is selected and goes to the table the contract names.

    Raises Unseen, with what was found, for tables of Oracle that may be hidden.
    """
    hidden = _hidden_targets(run)
    found = [*_gone_elsewhere(run, hidden), *_not_selected(run)]
    if hidden:
        raise Unseen("; ".join(hidden.values()), found)
    return tuple(found)


def _hidden_targets(run: ParallelRun) -> dict[str, str]:
    """Why nothing may be concluded about tables the mapping leads to, by name."""
    absent = [
        table.target
        for table, agreed in _contracted(run)
        if table.target == agreed.target and table.target not in run.target_catalogue
    ]
    return oracle.hidden_tables(run.target, absent)


def _gone_elsewhere(run: ParallelRun, hidden: Iterable[str]) -> Iterator[Finding]:
    for table, agreed in _contracted(run):
        where = f"{table.source} goes to {table.target}"
        if table.target != agreed.target:
            message = f"{where}; the contract agreed on {agreed.target}"
        elif table.target not in run.target_catalogue and table.target not in hidden:
            message = f"{where}, which Oracle does not have"
        else:
            continue
        yield Finding("contract_table_not_mapped", message, table.source, None, table.rule_ids)


def _not_selected(run: ParallelRun) -> Iterator[Finding]:
    mapped = {table.source for table in run.resolved.tables}
    for agreed in run.contract.tables:
        if agreed.source not in mapped:
            message = (
                f"{agreed.source} is in the contract ({agreed.path}), but no selection "
                f"rule includes it"
            )
            yield Finding("contract_table_not_mapped", message, agreed.source)
