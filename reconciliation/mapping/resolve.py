"""Which table and column a mapping sends every source column to.

The rules are those of the AWS DMS user guide (Selection rules, Transformations): names are
case-sensitive, an exclude always wins over an include, and one action applies per object, that of
the lower rule-id. Under the policy ``chained`` every matching column rule is applied to the outcome
of the one before it, as older engines did.
"""

from __future__ import annotations

from collections.abc import Iterable

from reconciliation.errors import MappingError
from reconciliation.mapping.actions import MASKING, RENAMING, renamed
from reconciliation.mapping.model import (
    CHAINED,
    POLICIES,
    ColumnFilter,
    ResolvedColumn,
    ResolvedMapping,
    ResolvedTable,
    Rule,
    TableMapping,
)
from reconciliation.mapping.patterns import matches
from reconciliation.model import Catalogue, CatalogueColumn, CatalogueTable

#: DMS's own type for a PostgreSQL type (AWS DMS user guide, "Source data types for PostgreSQL"),
#: for locators that match by data type
_DMS_TYPE = {
    "int2": "int2",
    "int4": "int4",
    "int8": "int8",
    "numeric": "numeric",
    "float4": "real4",
    "float8": "real8",
    "bool": "string",
    "bpchar": "wstring",
    "varchar": "wstring",
    "text": "nclob",
    "json": "nclob",
    "jsonb": "nclob",
    "bytea": "blob",
    "uuid": "string",
    "date": "date",
    "timestamp": "datetime",
    "timestamptz": "datetime",
}
_COLUMN_ACTIONS = RENAMING | {"remove-column", "change-data-type", "include-column"}


def resolve(mapping: TableMapping, source: Catalogue, policy: str) -> ResolvedMapping:
    """Resolve every selected table of the source catalogue.

    ``policy`` is ``lower_rule_id_wins`` or ``chained``. Raises MappingError for an unknown policy
    or a rule that renames by an expression.
    """
    if policy not in POLICIES:
        raise MappingError(
            f"column rule policy {policy!r} is unknown; known are {', '.join(POLICIES)}"
        )
    selected = [table for table in source.values() if _selected(mapping, table)]
    resolved = tuple(
        _resolve_table(mapping, table, policy)
        for table in sorted(selected, key=lambda t: t.full_name)
    )
    idle = tuple(rule for rule in mapping.rules if not _names_something(rule, selected, source))
    return ResolvedMapping(tables=resolved, idle_rules=idle, policy=policy, rules=mapping.rules)


def _selected(mapping: TableMapping, table: CatalogueTable) -> bool:
    actions = {rule.action for rule in mapping.selections() if _matches_table(rule, table)}
    return "exclude" not in actions and bool(actions & {"include", "explicit"})


def _matches_table(rule: Rule, table: CatalogueTable) -> bool:
    if rule.action == "explicit":
        return (rule.schema, rule.table) == (table.schema, table.name)
    return matches(rule.schema, table.schema) and matches(rule.table, table.name)


def _matches_column(rule: Rule, table: CatalogueTable, column: CatalogueColumn) -> bool:
    if not (_matches_table(rule, table) and matches(rule.column, column.name)):
        return False
    return rule.of_type is None or matches(
        rule.of_type, _DMS_TYPE.get(column.type.name, column.type.name)
    )


def _names_something(rule: Rule, selected: Iterable[CatalogueTable], source: Catalogue) -> bool:
    if rule.rule_type == "selection":
        return any(_matches_table(rule, table) for table in source.values())
    if rule.target == "schema":
        return any(matches(rule.schema, table.schema) for table in selected)
    tables = [table for table in selected if rule.table is None or _matches_table(rule, table)]
    if rule.column is None:
        return bool(tables)
    return any(
        _matches_column(rule, table, column)
        for table in tables
        for column in table.columns.values()
    )


def _resolve_table(mapping: TableMapping, table: CatalogueTable, policy: str) -> ResolvedTable:
    by_schema = tuple(
        r for r in _renaming(mapping.transformations("schema")) if matches(r.schema, table.schema)
    )
    by_table = tuple(
        r for r in _renaming(mapping.transformations("table")) if _matches_table(r, table)
    )
    schema = renamed(by_schema[0], table.schema) if by_schema else table.schema
    name = renamed(by_table[0], table.name) if by_table else table.name
    return ResolvedTable(
        source=table.full_name,
        target=f"{schema}.{name}",
        columns=_resolve_columns(mapping, table, policy),
        rule_ids=tuple(rules[0].rule_id for rules in (by_schema, by_table) if rules),
        schema_contenders=by_schema,
        table_contenders=by_table,
        filters=_filters(mapping, table),
    )


def _renaming(rules: Iterable[Rule]) -> list[Rule]:
    return [rule for rule in rules if rule.action in RENAMING]


def _filters(mapping: TableMapping, table: CatalogueTable) -> tuple[ColumnFilter, ...]:
    included = [
        r
        for r in mapping.selections()
        if r.action in ("include", "explicit") and _matches_table(r, table)
    ]
    # a second include without a filter lets every row through
    if any(not rule.filters for rule in included):
        return ()
    return tuple(entry for rule in included for entry in rule.filters)


def _resolve_columns(
    mapping: TableMapping, table: CatalogueTable, policy: str
) -> tuple[ResolvedColumn, ...]:
    rules = mapping.transformations("column")
    listed = [r for r in rules if r.action == "include-column" and _matches_table(r, table)]
    columns = [
        _resolve_column(rules, table, column, policy, keep_listed_only=bool(listed))
        for column in table.columns.values()
    ]
    added = [
        ResolvedColumn(None, rule.value, (rule.rule_id,), (rule,), rule.expression, rule.data_type)
        for rule in rules
        if rule.action == "add-column" and _matches_table(rule, table)
    ]
    return (*columns, *added)


def _resolve_column(
    rules: Iterable[Rule],
    table: CatalogueTable,
    column: CatalogueColumn,
    policy: str,
    *,
    keep_listed_only: bool,
) -> ResolvedColumn:
    matching = tuple(
        r for r in rules if r.action not in ("add-column",) and _matches_column(r, table, column)
    )
    contenders = tuple(r for r in matching if r.action in _COLUMN_ACTIONS)
    masks = tuple(rule.rule_id for rule in matching if rule.action in MASKING)
    applied = contenders if policy == CHAINED else contenders[:1]
    name: str | None = column.name
    data_type = None
    for rule in applied:
        if rule.action == "remove-column" or name is None:
            name = None
        elif rule.action == "change-data-type":
            data_type = rule.data_type
        else:
            name = renamed(rule, name)
    if keep_listed_only and not any(rule.action == "include-column" for rule in contenders):
        name = None
    ids = (*(rule.rule_id for rule in applied), *masks)
    return ResolvedColumn(column.name, name, ids, contenders, None, data_type)
