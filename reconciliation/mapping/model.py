"""What a table mapping consists of, before and after it is resolved. No behaviour beyond small
questions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: one action per object, the lower rule-id wins (AWS DMS user guide, Transformations: limitations)
LOWER_RULE_ID_WINS = "lower_rule_id_wins"
#: older engines applied every matching column rule, one after the other by rule-id
CHAINED = "chained"
POLICIES = (LOWER_RULE_ID_WINS, CHAINED)


@dataclass(frozen=True)
class FilterCondition:
    operator: str
    value: object = None
    start_value: object = None
    end_value: object = None


@dataclass(frozen=True)
class ColumnFilter:
    """Conditions of one filter are alternatives; the filters of one rule must all hold."""

    column: str
    conditions: tuple[FilterCondition, ...]


@dataclass(frozen=True)
class DataType:
    """The ``data-type`` of a rule: a DMS type name with what bounds it."""

    name: str
    precision: int | None = None
    scale: int | None = None
    length: int | None = None


@dataclass(frozen=True)
class Rule:
    """One rule. ``schema``, ``table``, ``column`` and ``of_type`` are the patterns of its object
    locator.

    ``rule_type`` is selection, transformation, table-settings, ...; ``target`` is schema, table,
    column, ... of a transformation. ``settings`` keeps the members that have no influence on where
    a value goes.
    """

    rule_type: str
    rule_id: str
    rule_name: str
    action: str | None = None
    target: str | None = None
    schema: str | None = None
    table: str | None = None
    column: str | None = None
    of_type: str | None = None
    value: str | None = None
    old_value: str | None = None
    expression: str | None = None
    data_type: DataType | None = None
    filters: tuple[ColumnFilter, ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict, compare=False)

    @property
    def number(self) -> int:
        """The rule-id as a number: ids are compared numerically, "9" before "10"."""
        return int(self.rule_id)

    def __str__(self) -> str:
        what = " ".join(part for part in (self.action, self.value and repr(self.value)) if part)
        where = ".".join(
            repr(part)[1:-1] for part in (self.schema, self.table, self.column) if part is not None
        )
        return f"rule {self.rule_id} ({what or self.rule_type} on {where})"


@dataclass(frozen=True)
class TableMapping:
    """All rules, in the order of their numeric rule-ids."""

    rules: tuple[Rule, ...]

    def selections(self) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules if rule.rule_type == "selection")

    def transformations(self, target: str) -> tuple[Rule, ...]:
        return tuple(
            rule
            for rule in self.rules
            if rule.rule_type == "transformation" and rule.target == target
        )


@dataclass(frozen=True)
class ResolvedColumn:
    """Where one column goes.

    ``source`` is None for an added column, ``target`` None for a removed one. ``rule_ids`` are the
    rules that were applied, ``contenders`` all column rules that match, lowest rule-id first.
    ``data_type`` is the DMS type when a rule states one.
    """

    source: str | None
    target: str | None
    rule_ids: tuple[str, ...] = ()
    contenders: tuple[Rule, ...] = ()
    expression: str | None = None
    data_type: DataType | None = None


@dataclass(frozen=True)
class ResolvedTable:
    """Full names on both sides; ``rule_ids`` and ``contenders`` concern the
    schema and table level.
    """

    source: str
    target: str
    columns: tuple[ResolvedColumn, ...]
    rule_ids: tuple[str, ...] = ()
    schema_contenders: tuple[Rule, ...] = ()
    table_contenders: tuple[Rule, ...] = ()
    filters: tuple[ColumnFilter, ...] = ()

    def column(self, source: str) -> ResolvedColumn:
        return next(column for column in self.columns if column.source == source)


@dataclass(frozen=True)
class ResolvedMapping:
    """``idle_rules`` match nothing that is replicated; ``rules`` are all rules of the mapping."""

    tables: tuple[ResolvedTable, ...]
    idle_rules: tuple[Rule, ...]
    policy: str = LOWER_RULE_ID_WINS
    rules: tuple[Rule, ...] = ()

    def table(self, source: str) -> ResolvedTable:
        return next(table for table in self.tables if table.source == source)
