"""What a table mapping means for the tables of a source: names, columns, expressions, filters.

Precedence. For schemas, tables and columns the rule with the lower id is the only one applied when several match
(AWS DMS user guide, transformation rules, "rule-id"). Engines before 2023 applied every matching column rule; that is
the policy ``chained``, in the order of the ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lab.dms.catalogue import SourceColumn, SourceTable
from lab.dms.mapping.rules import DataType, Filter, TableMappings, TableSettings, Transformation
from lab.dms.mapping.wildcards import matches

LOWER_RULE_ID_WINS = "lower_rule_id_wins"
CHAINED = "chained"
COLUMN_RULE_POLICIES = (LOWER_RULE_ID_WINS, CHAINED)


@dataclass(frozen=True)
class MappedColumn:
    """A column of the target: read from ``source`` or, for an added column, computed by ``expression``."""

    target: str
    source: SourceColumn | None
    expression: str | None = None
    data_type: DataType | None = None
    rule_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class MappedTable:
    source: SourceTable
    target_schema: str
    target_table: str
    columns: tuple[MappedColumn, ...]
    filters: tuple[tuple[Filter, ...], ...] = ()
    key_columns: tuple[str, ...] = ()  # from a define-primary-key rule, target names
    settings: TableSettings | None = None


def resolve(
    mappings: TableMappings, tables: Iterable[SourceTable], policy: str = LOWER_RULE_ID_WINS
) -> tuple[MappedTable, ...]:
    """The selected tables with their columns on the target.

    A rule that matches nothing is silently idle, as in DMS. ``policy`` is one of COLUMN_RULE_POLICIES.
    """
    if policy not in COLUMN_RULE_POLICIES:
        raise ValueError(f"column_rule_policy is '{policy}'; it must be one of {', '.join(COLUMN_RULE_POLICIES)}")
    rules = sorted(mappings.transformations, key=lambda rule: rule.rule_id)
    return tuple(
        _map_table(mappings, rules, table, policy)
        for table in tables
        if is_selected(mappings, table.schema, table.name)
    )


def is_selected(mappings: TableMappings, schema: str, table: str) -> bool:
    """Whether a selection rule includes the table and none excludes it."""
    actions = {rule.action for rule in mappings.selections if rule.covers(schema, table)}
    return bool(actions & {"include", "explicit"}) and "exclude" not in actions


def _map_table(
    mappings: TableMappings, rules: Sequence[Transformation], table: SourceTable, policy: str
) -> MappedTable:
    schema_rules = [r for r in rules if r.target == "schema" and matches(r.locator.schema, table.schema)]
    table_rules = [r for r in rules if r.target == "table" and r.locator.covers_table(table.schema, table.name)]
    naming = [r for r in table_rules if r.action != "define-primary-key"]
    keys = [r for r in table_rules if r.action == "define-primary-key"]
    column_rules = [r for r in rules if r.target == "column" and r.locator.covers_table(table.schema, table.name)]
    return MappedTable(
        source=table,
        target_schema=schema_rules[0].renamed(table.schema) if schema_rules else table.schema,
        target_table=naming[0].renamed(table.name) if naming else table.name,
        columns=_map_columns(column_rules, table, policy),
        filters=_filters(mappings, table),
        key_columns=keys[0].key_columns if keys else (),
        settings=next((s for s in mappings.table_settings if (s.schema, s.table) == (table.schema, table.name)), None),
    )


def _filters(mappings: TableMappings, table: SourceTable) -> tuple[tuple[Filter, ...], ...]:
    """One group of filters per including rule; no group at all when one of them is without filters."""
    including = [r for r in mappings.selections if r.action == "include" and r.covers(table.schema, table.name)]
    if not including or any(not rule.filters for rule in including):
        return ()
    return tuple(rule.filters for rule in including)


def _map_columns(rules: Sequence[Transformation], table: SourceTable, policy: str) -> tuple[MappedColumn, ...]:
    only_included = any(rule.action == "include-column" for rule in rules)
    columns: list[MappedColumn] = []
    for column in table.columns:
        contenders = [rule for rule in rules if _speaks_of(rule, column)]
        applied = contenders[:1] if policy == LOWER_RULE_ID_WINS else contenders
        mapped = _map_column(column, applied)
        included = any(rule.action == "include-column" for rule in contenders)
        if mapped is not None and (included or not only_included):
            columns.append(mapped)
    columns.extend(
        MappedColumn(rule.value or "", None, rule.expression, rule.data_type, (rule.rule_id,))
        for rule in rules
        if rule.action == "add-column"
    )
    return tuple(columns)


def _speaks_of(rule: Transformation, column: SourceColumn) -> bool:
    if rule.action == "add-column" or rule.locator.column is None or rule.action.startswith("add-before-image"):
        return False
    wanted_type = rule.locator.data_type
    return matches(rule.locator.column, column.name) and (wanted_type is None or matches(wanted_type, column.type_name))


def _map_column(column: SourceColumn, applied: Sequence[Transformation]) -> MappedColumn | None:
    name, data_type = column.name, None
    for rule in applied:
        if rule.action == "remove-column":
            return None
        name = rule.renamed(name)
        data_type = rule.data_type or data_type
    return MappedColumn(name, column, None, data_type, tuple(rule.rule_id for rule in applied))
