"""The keys that updates and deletes of the mapped tables travel with, on both sides."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from reconciliation.checks.registry import check
from reconciliation.databases.sight import oracle, together
from reconciliation.mapping.model import ResolvedTable
from reconciliation.model import CatalogueTable, Finding
from reconciliation.parallel_run import ParallelRun


@check(subject="the keys of the mapped tables", kinds=("mapped_table_keys",))
def check_mapped_table_keys(run: ParallelRun) -> tuple[Finding, ...]:
    """Every replicated table has a key and a replica identity that updates and deletes travel with,
    on both sides.
    """
    return together(*(partial(_key_findings, run, resolved) for resolved in run.resolved.tables))


def _key_findings(run: ParallelRun, resolved: ResolvedTable) -> tuple[Finding, ...]:
    source = run.source_catalogue[resolved.source]
    return together(
        lambda: _source_key_findings(source, run.profile.agreed.slot_plugin),
        lambda: _agreed_key_findings(run, source),
        lambda: _target_key_findings(run, source, resolved.target),
    )


def _agreed_key_findings(run: ParallelRun, source: CatalogueTable) -> Iterator[Finding]:
    contract = next((item for item in run.contract.tables if item.source == source.full_name), None)
    if contract is not None and source.primary_key and set(contract.key) != set(source.primary_key):
        agreed, real = ", ".join(contract.key), ", ".join(source.primary_key)
        yield Finding(
            "mapped_table_keys",
            f"{source.full_name}: the contract's key is {agreed}, the primary key is "
            f"{real}; make them the same",
            source.full_name,
        )


def _target_key_findings(run: ParallelRun, source: CatalogueTable, name: str) -> Iterator[Finding]:
    """A table that does not exist is the mapping's affair; one that is hidden may lack a key."""
    target = run.target_catalogue.get(name)
    if target is None:
        oracle.require_seen(run.target, name)
    elif target.disabled_key:
        yield Finding(
            "mapped_table_keys",
            f"the primary key {target.disabled_key} of {name} is disabled: a repeated "
            "insert goes unnoticed; enable it",
            source.full_name,
        )
    elif not target.primary_key:
        yield Finding(
            "mapped_table_keys",
            f"{name} has no primary key: a repeated insert goes unnoticed; add one",
            source.full_name,
        )


def _source_key_findings(table: CatalogueTable, plugin: str) -> list[Finding]:
    name, found = table.full_name, []
    if not table.primary_key:
        found.append(
            Finding(
                "mapped_table_keys",
                f"{name} has no primary key: its updates and deletes are not replicated; add one",
                name,
            )
        )
    if table.replica_identity == "nothing":
        found.append(
            Finding(
                "mapped_table_keys",
                f"{name} has REPLICA IDENTITY NOTHING: its updates and deletes are "
                "not replicated; set it to DEFAULT",
                name,
            )
        )
    if table.replica_identity == "full" and plugin.startswith("pglogical"):
        found.append(
            Finding(
                "mapped_table_keys",
                f"{name} has REPLICA IDENTITY FULL, which the task's plugin "
                "pglogical does not support; set it to DEFAULT",
                name,
            )
        )
    return found
