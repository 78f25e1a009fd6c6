"""Which values a PostgreSQL column may hold that its legacy column cannot, known from the types
alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reconciliation.canonical import ColumnRule, column_rule
from reconciliation.capacity.columns import Hazard, hazards
from reconciliation.capacity.rows import CANNOT_INSERT_NULL
from reconciliation.errors import CanonicalError
from reconciliation.model import CatalogueTable, ColumnPair, Finding, TableContract


def check_capacity(
    table: TableContract, source_table: CatalogueTable, target_table: CatalogueTable
) -> tuple[Finding, ...]:
    """What may stand in PostgreSQL and not in Oracle, as far as no accepted difference covers it.

    Findings are ``value_refused`` (the row fails with an ORA code), ``value_altered`` (Oracle
    stores another value without an error) and ``type_without_rule`` (nothing can be said about the
    values of a pair).
    """
    return tuple(
        finding
        for pair in table.pairs
        for finding, _ in _of_pair(table, pair, source_table, target_table)
    )


@dataclass(frozen=True)
class Asked:
    """An entry that somebody would have to accept: ``rule`` is one of ``canonical.ACCEPTABLE``,
    ``words`` are the finding that asks for it.
    """

    column: str
    rule: str
    words: str


def asked_for(
    table: TableContract, source_table: CatalogueTable, target_table: CatalogueTable
) -> tuple[Asked, ...]:
    """What ``check_capacity`` finds that could be accepted, column by column."""
    return tuple(
        Asked(finding.column or "", rule, finding.message)
        for pair in table.pairs
        for finding, rule in _of_pair(table, pair, source_table, target_table)
        if rule
    )


def _of_pair(
    table: TableContract, pair: ColumnPair, source: CatalogueTable, target: CatalogueTable
) -> Iterator[tuple[Finding, str]]:
    """Each finding with the rule that would accept it, '' where none would."""
    try:
        rule = column_rule(table, pair, source, target)
    except CanonicalError as error:
        yield Finding("type_without_rule", str(error), table.source, pair.source), ""
    else:
        yield from _findings(table, rule)


def _findings(table: TableContract, rule: ColumnRule) -> Iterator[tuple[Finding, str]]:
    covered = {entry.rule for entry in rule.accepted}
    pair = (
        f"{table.source}.{rule.pair.source} ({rule.source.type}) -> {rule.pair.target} "
        f"({rule.target.type})"
    )
    for hazard in hazards(rule):
        if hazard.accepted_rule in covered:
            continue
        outcome = "value_altered" if hazard.code is None else "value_refused"
        verdict = (
            "is altered silently"
            if hazard.code is None
            else f"is refused with ORA-{hazard.code:05d}"
        )
        missing = f"nobody has accepted {hazard.accepted_rule}"
        message = f"{pair}: {hazard.what} {verdict}; {missing}"
        kind = f"{hazard.brief} {verdict} ({missing})"
        place = _place(rule, hazard)
        found = Finding(outcome, message, table.source, rule.pair.source, kind=kind, place=place)
        yield found, hazard.accepted_rule


def _place(rule: ColumnRule, hazard: Hazard) -> str:
    """The column pair, with what of the legacy column stands against the value."""
    limit = "NOT NULL" if hazard.code == CANNOT_INSERT_NULL else rule.target.type
    return f"{rule.pair.source} -> {rule.pair.target} {limit}"
