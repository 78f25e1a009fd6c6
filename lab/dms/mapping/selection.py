"""Selection rules and their filters, read from a document."""

from __future__ import annotations

from typing import Any

from lab.dms.mapping.fields import (
    Rule,
    exact_table,
    items,
    locator,
    number,
    one_of,
    refused,
    rule_id,
    text,
)
from lab.dms.mapping.rules import Filter, FilterCondition, Selection

SELECTION_ACTIONS = ("include", "exclude", "explicit")
TABLE_TYPES = ("table", "view", "all")
BETWEEN = ("between", "notbetween")
NULLS = ("null", "notnull")
FILTER_OPERATORS = ("eq", "noteq", "gte", "lte", "ste", *BETWEEN, *NULLS)


def selection(rule: Rule) -> Selection:
    """The rule as a value; raises MappingInvalid."""
    action = text(rule, "rule-action")
    if action not in SELECTION_ACTIONS:
        raise refused(rule, f"rule action '{action}' is not supported for rule type selection")
    found = locator(rule, table=True)
    if action == "explicit":
        exact_table(rule, found, "explicit rule action")
    kind = one_of(
        rule, "table type", rule["object-locator"].get("table-type") or "table", TABLE_TYPES
    )
    filters = tuple(_filter(rule, item) for item in items(rule, rule, "filters"))
    # "filters are only applied when rule-action is include": AWS DMS user guide, source filters
    kept = filters if action == "include" else ()
    return Selection(
        rule_id(rule),
        action,
        found,
        kept,
        kind,
        number(rule, rule, "load-order", "selection rule") or 0,
    )


def _filter(rule: Rule, item: Any) -> Filter:
    conditions = item.get("filter-conditions") if isinstance(item, dict) else None
    if (
        not isinstance(conditions, list)
        or not conditions
        or not isinstance(item.get("column-name"), str)
    ):
        raise refused(rule, "filter needs column-name and filter-conditions")
    if item.get("filter-type") not in (None, "source"):
        raise refused(rule, f"filter type '{item['filter-type']}' is not supported")
    parsed = tuple(_condition(rule, condition) for condition in conditions)
    if len(parsed) > 1 and any(condition.operator.startswith("not") for condition in parsed):
        raise refused(rule, "a negative filter operator must be the only condition of its filter")
    return Filter(item["column-name"], parsed)


def _condition(rule: Rule, given: Any) -> FilterCondition:
    operator = given.get("filter-operator") if isinstance(given, dict) else None
    if operator not in FILTER_OPERATORS:
        raise refused(rule, f"filter operator '{operator}' is not supported")
    if operator in NULLS:
        return FilterCondition(operator)
    keys = ("start-value", "end-value") if operator in BETWEEN else ("value",)
    values = []
    for key in keys:
        value = given.get(key)
        if value is None or isinstance(value, dict | list):
            raise refused(rule, f"{key} cannot be null for filter operator '{operator}'")
        values.append(str(value))
    return FilterCondition(operator, *values)
