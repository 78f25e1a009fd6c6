"""Does the task's table mapping keep what the contract promises? General checks on the resolved
mapping.

No check knows a table, a column or a rule by name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from reconciliation.mapping.fights import fights, idle_rules
from reconciliation.mapping.model import ResolvedMapping, ResolvedTable
from reconciliation.mapping.reach import check_columns
from reconciliation.mapping.types import check_types
from reconciliation.model import Catalogue, Contract, Finding, TableContract


def check_mapping(
    resolved: ResolvedMapping,
    contract: Contract,
    source: Catalogue,
    target: Catalogue,
    hidden: Collection[str] = (),
) -> tuple[Finding, ...]:
    """Every broken promise of the mapping; empty when each agreed column reaches exactly one
    existing column.

    Of target tables that are ``hidden`` nothing is said: they may be there, though ``target`` does
    not show them. Checks: rule_names_nothing, rules_fight, column_not_reached,
    reaches_absent_column, type_cannot_hold, column_written_twice, column_without_contract,
    rows_filtered, table_without_contract, contract_table_not_mapped.
    """
    findings = [*idle_rules(resolved, source), *fights(resolved)]
    contracts = {table.source: table for table in contract.tables}
    for table in resolved.tables:
        agreed = contracts.get(table.source)
        if agreed is None:
            message = (
                f"{table.source} is replicated to {table.target}, but no contract says "
                f"what must be equal"
            )
            findings.append(Finding("table_without_contract", message, table.source))
            continue
        if table.target not in hidden:
            findings += _check_table(table, agreed, source, target)
    mapped = {table.source for table in resolved.tables}
    for agreed in contract.tables:
        if agreed.source not in mapped:
            message = (
                f"{agreed.source} is in the contract ({agreed.path}), but no selection "
                f"rule includes it"
            )
            findings.append(Finding("contract_table_not_mapped", message, agreed.source))
    return tuple(findings)


def _check_table(
    table: ResolvedTable, agreed: TableContract, source: Catalogue, target: Catalogue
) -> Iterator[Finding]:
    if table.filters:
        columns = ", ".join(sorted({entry.column for entry in table.filters}))
        message = (
            f"{table.source} is replicated through a filter on {columns}: rows outside it "
            f"never arrive"
        )
        yield Finding("rows_filtered", message, table.source)
    if table.target != agreed.target:
        message = f"{table.source} goes to {table.target}; the contract agreed on {agreed.target}"
        yield Finding("contract_table_not_mapped", message, table.source, None, table.rule_ids)
        return
    if table.target not in target:
        message = f"{table.source} goes to {table.target}, which Oracle does not have"
        yield Finding("contract_table_not_mapped", message, table.source, None, table.rule_ids)
        return
    on_source, on_target = source[table.source], target[table.target]
    yield from check_columns(table, agreed, on_target)
    yield from check_types(table, agreed, on_source, on_target)
