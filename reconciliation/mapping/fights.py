"""Rules that name nothing, and rules that fight over one object."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciliation.agreed.mistakes import nearest
from reconciliation.mapping.actions import renamed
from reconciliation.mapping.model import CHAINED, ResolvedMapping, Rule
from reconciliation.mapping.patterns import literal, matches
from reconciliation.model import Catalogue, CatalogueTable, Finding


def idle_rules(resolved: ResolvedMapping, source: Catalogue) -> Iterator[Finding]:
    """Every rule that matches nothing, with the nearest name there is."""
    for rule in resolved.idle_rules:
        what, tables = _what_it_names(rule, source)
        message = f"{rule} names {what}"
        suggestion = _nearest(rule, tables)
        if suggestion:
            message += f"; did it mean {suggestion}?"
        table = tables[0].full_name if len(tables) == 1 else None
        yield Finding("rule_names_nothing", message, table, literal(rule.column), (rule.rule_id,))


def _what_it_names(rule: Rule, source: Catalogue) -> tuple[str, list[CatalogueTable]]:
    """What the rule fails to name, in words, and the tables its locator does match."""
    if rule.table is None:
        return f"schema {rule.schema!r}, of which no table is replicated", []
    tables = [
        t for t in source.values() if matches(rule.schema, t.schema) and matches(rule.table, t.name)
    ]
    if not tables:
        return f"table {rule.schema}.{rule.table}, which PostgreSQL does not have", []
    if rule.column is None:
        return f"{tables[0].full_name}, which is not replicated", tables
    if any(matches(rule.column, column) for table in tables for column in table.columns):
        return (
            f"column {rule.column} of a table that is not replicated, or of another data type",
            tables,
        )
    return f"column {rule.column}, which {tables[0].full_name} does not have", tables


def _nearest(rule: Rule, tables: Iterable[CatalogueTable]) -> str | None:
    name = literal(rule.column)
    if name is None:
        return None
    return nearest(name, sorted({column for table in tables for column in table.columns}))


def fights(resolved: ResolvedMapping) -> Iterator[Finding]:
    """Every schema, table and column that more than one rule claims: who wins, and what is lost."""
    for table in resolved.tables:
        for level, rules in (
            ("schema", table.schema_contenders),
            ("table", table.table_contenders),
        ):
            if len(rules) > 1:
                lost = ", ".join(str(rule) for rule in rules[1:])
                message = f"{level} of {table.source}: {rules[0]} wins, lost is {lost}"
                yield Finding(
                    "rules_fight",
                    message,
                    table.source,
                    None,
                    tuple(rule.rule_id for rule in rules),
                )
        for column in table.columns:
            if len(column.contenders) > 1 and column.source is not None:
                yield _fight(table.source, column.source, column.contenders, resolved.policy)
    yield from _hidden_fights(resolved)


def _hidden_fights(resolved: ResolvedMapping) -> Iterator[Finding]:
    """A rule for a column that is not there fights as soon as it is: other patterns cover the same
    name.
    """
    for rule in resolved.idle_rules:
        name = literal(rule.column)
        if rule.rule_type != "transformation" or rule.target != "column" or name is None:
            continue
        for table in resolved.tables:
            schema, _, plain = table.source.partition(".")
            covering = [
                other
                for other in resolved.rules
                if (other.rule_type, other.target) == ("transformation", "column")
                and matches(other.schema, schema)
                and matches(other.table, plain)
                and matches(other.column, name)
            ]
            if rule in covering and len(covering) > 1:
                yield _fight(table.source, name, tuple(covering), resolved.policy)


def _fight(table: str, column: str, rules: tuple[Rule, ...], policy: str) -> Finding:
    named = " and ".join(str(rule) for rule in rules)
    ids = tuple(rule.rule_id for rule in rules)
    if policy == CHAINED:
        outcome = (
            f"{_outcome(rules, column)} when they are chained; an engine that applies one "
            f"action loses all but "
        )
        message = (
            f"{named} fight over column {column} of {table}: it becomes {outcome}rule "
            f"{rules[0].rule_id}"
        )
        return Finding("rules_fight", message, table, column, ids)
    lost = "; ".join(
        f"rule {rule.rule_id} would give {_outcome((rule,), column)}" for rule in rules[1:]
    )
    message = (
        f"{named} fight over column {column} of {table}: rule {rules[0].rule_id} wins "
        f"(the lower rule-id) and gives {_outcome(rules[:1], column)}; lost: {lost}"
    )
    return Finding("rules_fight", message, table, column, ids)


def _outcome(rules: Iterable[Rule], column: str) -> str:
    name = column
    for rule in rules:
        if rule.action == "remove-column":
            return "no column at all"
        name = renamed(rule, name)
    return name
