"""What a table mapping means for the tables of a source: names, columns, expressions, filters.

Precedence. For schemas, tables and columns the rule with the lower id is the only one applied when
several match (AWS DMS user guide, transformation rules, "rule-id").
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lab.dms.ground.catalogue import SourceColumn, SourceTable
from lab.dms.ground.errors import TaskFailed
from lab.dms.mapping.columns import (
    COLUMN_RULE_POLICIES,
    LOWER_RULE_ID_WINS,
    ColumnRules,
    MappedColumn,
)
from lab.dms.mapping.expressions import ExpressionError, Expressions
from lab.dms.mapping.rules import Filter, TableMappings, TableSettings, Transformation
from lab.dms.mapping.source_types import dms_type_name
from lab.dms.mapping.wildcards import matches

__all__ = ["MappedColumn", "MappedTable", "Resolution", "is_selected", "resolve"]


@dataclass(frozen=True)
class MappedTable:
    source: SourceTable
    target_schema: str
    target_table: str
    columns: tuple[MappedColumn, ...]
    filters: tuple[tuple[Filter, ...], ...] = ()
    key_columns: tuple[str, ...] = ()  # from a define-primary-key rule, target names
    settings: TableSettings | None = None


@dataclass(frozen=True)
class Resolution:
    """What else decides about a mapping.

    ``policy`` is one of COLUMN_RULE_POLICIES. ``default_schema`` takes the tables no schema rule
    speaks of; None leaves them in the schema of their name. The others are the switches
    unsupported_transformations and before_image_names.
    """

    policy: str = LOWER_RULE_ID_WINS
    default_schema: str | None = None
    unsupported: str = "applied"
    before_image_names: str = "source"


def resolve(
    mappings: TableMappings,
    tables: Iterable[SourceTable],
    given: Resolution | str = LOWER_RULE_ID_WINS,
) -> tuple[MappedTable, ...]:
    """The selected tables with their columns on the target; a policy alone may be given by its
    name.

    A rule that matches nothing is silently idle, as in DMS. Raises TaskFailed when the expression
    of a rename cannot be evaluated.
    """
    how = Resolution(given) if isinstance(given, str) else given
    if how.policy not in COLUMN_RULE_POLICIES:
        raise ValueError(
            f"column_rule_policy is '{how.policy}'; it must be one of "
            f"{', '.join(COLUMN_RULE_POLICIES)}"
        )
    resolver = _Resolver(mappings, how)
    return tuple(
        resolver.map_table(table)
        for table in tables
        if is_selected(mappings, table.schema, table.name)
    )


def is_selected(mappings: TableMappings, schema: str, table: str) -> bool:
    """Whether a selection rule includes the table, which must not be a view,
    and none excludes it.
    """
    actions = {rule.action for rule in mappings.selections if rule.covers(schema, table)}
    return bool(actions & {"include", "explicit"}) and "exclude" not in actions


class _Resolver:
    def __init__(self, mappings: TableMappings, how: Resolution) -> None:
        self._mappings = mappings
        self._how = how
        self._rules = sorted(mappings.transformations, key=lambda rule: rule.rule_id)
        self._settings = sorted(mappings.table_settings, key=lambda settings: settings.rule_id)
        self._expressions = Expressions()

    def map_table(self, table: SourceTable) -> MappedTable:
        rules = self._rules
        on_table = [rule for rule in rules if rule.locator.covers_table(table.schema, table.name)]
        by_schema = [
            r for r in rules if r.target == "schema" and matches(r.locator.schema, table.schema)
        ][:1]
        by_table = [rule for rule in on_table if rule.target == "table"][:1]
        default = self._how.default_schema or table.schema
        columns = ColumnRules(
            [rule for rule in on_table if rule.target == "column"],
            lambda rule, name, column: self._renamed(rule, name, table, column),
            self._how.policy,
            self._how.unsupported,
            self._how.before_image_names,
        )
        return MappedTable(
            source=table,
            target_schema=self._name(by_schema, table.schema, table) if by_schema else default,
            target_table=self._name(by_table, table.name, table),
            columns=columns.map(table),
            filters=self._filters(table),
            key_columns=by_table[0].key_columns if by_table else (),
            settings=next(
                (s for s in self._settings if (s.schema, s.table) == (table.schema, table.name)),
                None,
            ),
        )

    def _name(self, rules: Sequence[Transformation], name: str, table: SourceTable) -> str:
        return self._renamed(rules[0], name, table) if rules else name

    def _renamed(
        self,
        rule: Transformation,
        name: str,
        table: SourceTable,
        column: SourceColumn | None = None,
    ) -> str:
        if rule.action != "rename" or not rule.expression:
            return rule.renamed(name)
        try:
            made = self._expressions.evaluate(rule.expression, metadata(table, column))
        except ExpressionError as error:
            raise TaskFailed(
                f"Rule with ruleId = {rule.rule_id} cannot rename '{name}': {error}"
            ) from None
        return str(made) if made not in (None, "") else rule.renamed(name)

    def _filters(self, table: SourceTable) -> tuple[tuple[Filter, ...], ...]:
        """One group of filters per including rule; no group at all when one of them is without
        filters.
        """
        rules = [
            r
            for r in self._mappings.selections
            if r.action != "exclude" and r.covers(table.schema, table.name)
        ]
        return tuple(rule.filters for rule in rules) if all(rule.filters for rule in rules) else ()


def metadata(table: SourceTable, column: SourceColumn | None = None) -> dict[str, str | None]:
    """The metadata that expressions know, by name (AWS DMS user guide, transformation rule
    expressions).
    """
    return {
        "AR_M_SOURCE_SCHEMA": table.schema,
        "AR_M_SOURCE_TABLE_NAME": table.name,
        "AR_M_SOURCE_COLUMN_NAME": column.name if column else None,
        "AR_M_SOURCE_COLUMN_DATATYPE": dms_type_name(column).upper() if column else None,
    }
