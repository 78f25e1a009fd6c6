"""The keys that updates and deletes of the mapped tables travel with, on both sides."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import partial

from reconciliation.checks.registry import check
from reconciliation.databases.sight import oracle, together
from reconciliation.mapping.model import ResolvedTable
from reconciliation.model import MULTISET, CatalogueTable, Excuse, Finding, TableContract
from reconciliation.parallel_run import ParallelRun


@check(subject="the keys of the mapped tables", kinds=("mapped_table_keys",))
def check_mapped_table_keys(run: ParallelRun) -> tuple[Finding, ...]:
    """Every replicated table has a key and a replica identity that updates and deletes travel with,
    on both sides, or somebody answers for its having none.
    """
    return together(*(partial(_key_findings, run, resolved) for resolved in run.resolved.tables))


def _key_findings(run: ParallelRun, resolved: ResolvedTable) -> tuple[Finding, ...]:
    source = run.source_catalogue[resolved.source]
    target = run.target_catalogue.get(resolved.target)
    excuse = _keyless_by_name(_contract(run, source), source, target)
    return together(
        lambda: _expired(source, excuse),
        lambda: [] if excuse else _absent_key(source),
        lambda: _identity_findings(source, run.profile.agreed.slot_plugin),
        lambda: _agreed_key_findings(_contract(run, source), source),
        lambda: [] if excuse else _target_key_findings(run, source, resolved.target, target),
    )


def _contract(run: ParallelRun, source: CatalogueTable) -> TableContract | None:
    return next((item for item in run.contract.tables if item.source == source.full_name), None)


def _keyless_by_name(
    contract: TableContract | None, source: CatalogueTable, target: CatalogueTable | None
) -> Excuse | None:
    """Who answers for a table that has a key on neither side, is compared without one, and is not
    written to by runs.
    """
    if contract is None or target is None or contract.rows != MULTISET or contract.write:
        return None
    if source.primary_key or target.primary_key or target.disabled_key:
        return None
    return contract.excuse


def _expired(source: CatalogueTable, excuse: Excuse | None) -> Iterator[Finding]:
    if excuse and excuse.expires < dt.datetime.now(dt.UTC).date():
        yield Finding(
            "mapped_table_keys",
            f"{source.full_name} has no primary key on either side, which {excuse.owner} answered "
            f"for until {excuse.expires}: {excuse.reason}; add one, or renew the [excuse]",
            source.full_name,
        )


def _agreed_key_findings(
    contract: TableContract | None, source: CatalogueTable
) -> Iterator[Finding]:
    if contract is not None and source.primary_key and set(contract.key) != set(source.primary_key):
        agreed, real = ", ".join(contract.key) or "none", ", ".join(source.primary_key)
        yield Finding(
            "mapped_table_keys",
            f"{source.full_name}: the contract's key is {agreed}, the primary key is "
            f"{real}; make them the same",
            source.full_name,
        )


def _target_key_findings(
    run: ParallelRun, source: CatalogueTable, name: str, target: CatalogueTable | None
) -> Iterator[Finding]:
    """A table that does not exist is the mapping's affair; one that is hidden may lack a key."""
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


def _absent_key(table: CatalogueTable) -> Iterator[Finding]:
    if not table.primary_key:
        name = table.full_name
        yield Finding(
            "mapped_table_keys",
            f"{name} has no primary key: its updates and deletes are not replicated; add one, or "
            'answer for it in its contract: rows = "multiset", write = false and an [excuse]',
            name,
        )


def _identity_findings(table: CatalogueTable, plugin: str) -> Iterator[Finding]:
    name = table.full_name
    if table.replica_identity == "nothing":
        yield Finding(
            "mapped_table_keys",
            f"{name} has REPLICA IDENTITY NOTHING: its updates and deletes are "
            "not replicated; set it to DEFAULT",
            name,
        )
    if table.replica_identity == "full" and plugin.startswith("pglogical"):
        yield Finding(
            "mapped_table_keys",
            f"{name} has REPLICA IDENTITY FULL, which the task's plugin "
            "pglogical does not support; set it to DEFAULT",
            name,
        )
