"""From the JSON text of a table mapping to its rules; whatever is not understood is refused by
rule-id.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from reconciliation.errors import MappingError
from reconciliation.mapping import actions
from reconciliation.mapping.model import ColumnFilter, DataType, FilterCondition, Rule, TableMapping
from reconciliation.model import Document

_SELECTION_ACTIONS = ("include", "exclude", "explicit")
_TARGETS = ("schema", "table", "column", "table-tablespace", "index-tablespace")
_WITHOUT_EFFECT = ("table-settings", "validation", "post-processing", "object-mapping")
_OPERATORS = ("eq", "noteq", "gte", "lte", "ste", "between", "notbetween", "null", "notnull")
_UNDERSTOOD = frozenset(
    {"rule-type", "rule-id", "rule-name", "rule-action", "rule-target", "object-locator"}
    | {"value", "old-value", "expression", "data-type", "filters"}
)


def parse_mapping(text: str) -> TableMapping:
    """Parse a table mapping document.

    Raises MappingError in one line: not JSON (with line and column), no rules, unknown rule type or
    action, a rule-id that is missing, repeated or not a number.
    """
    try:
        document: Document = json.loads(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        raise MappingError(f"the table mapping is not JSON: {error.msg}, {place}") from error
    members = document.get("rules") if isinstance(document, dict) else None
    if not isinstance(members, list):
        raise MappingError('the table mapping must be an object with a list "rules"')
    rules = [_rule(member, place) for place, member in enumerate(members, start=1)]
    _refuse_repeated(rules)
    if not any(rule.rule_type == "selection" for rule in rules):
        raise MappingError("the table mapping has no selection rule; at least one is required")
    return TableMapping(rules=tuple(sorted(rules, key=lambda rule: rule.number)))


def _refuse_repeated(rules: list[Rule]) -> None:
    seen: set[int] = set()
    for rule in rules:
        if rule.number in seen:
            raise MappingError(f"rule-id {rule.rule_id} is given twice; rule-ids are unique")
        seen.add(rule.number)


def _rule(member: object, place: int) -> Rule:
    if not isinstance(member, Mapping):
        raise MappingError(f"rule number {place} is not an object")
    rule_id = _rule_id(member, place)
    rule_type = member.get("rule-type")
    if rule_type == "selection":
        return _selection(member, rule_id)
    if rule_type == "transformation":
        return _transformation(member, rule_id)
    if rule_type in _WITHOUT_EFFECT:
        return _build(member, rule_id)
    known = ", ".join(("selection", "transformation", *_WITHOUT_EFFECT))
    raise MappingError(f"rule {rule_id} has the unknown rule-type {rule_type!r}; known are {known}")


def _rule_id(member: Mapping[str, object], place: int) -> str:
    value = member.get("rule-id")
    text = str(value) if isinstance(value, (int, str)) and not isinstance(value, bool) else ""
    if not (text.isascii() and text.isdigit()):
        raise MappingError(f"rule number {place} has the rule-id {value!r}; a rule-id is a number")
    return text


def _selection(member: Mapping[str, object], rule_id: str) -> Rule:
    action = member.get("rule-action")
    if action not in _SELECTION_ACTIONS:
        known = ", ".join(_SELECTION_ACTIONS)
        raise MappingError(
            f"rule {rule_id} has the unknown selection action {action!r}; known are {known}"
        )
    rule = _build(member, rule_id)
    _require_locator(rule, ("schema", "table"))
    if action == "explicit" and "%" in f"{rule.schema}{rule.table}":
        raise MappingError(f"rule {rule_id} selects explicitly and may not contain a wildcard")
    if rule.filters and action != "include":
        raise MappingError(f"rule {rule_id} has filters; only an include rule may have them")
    return rule


def _transformation(member: Mapping[str, object], rule_id: str) -> Rule:
    action, target = member.get("rule-action"), member.get("rule-target")
    if action not in actions.ACTIONS:
        raise MappingError(f"rule {rule_id} has the unknown action {action!r}")
    if target not in _TARGETS:
        raise MappingError(
            f"rule {rule_id} has the unknown rule-target {target!r}; known are "
            f"{', '.join(_TARGETS)}"
        )
    if action in actions.COLUMN_ONLY | actions.MASKING and target != "column":
        raise MappingError(f"rule {rule_id}: {action} needs rule-target column, not {target}")
    rule = _build(member, rule_id)
    needed = {
        "schema": ("schema",),
        "table": ("schema", "table"),
        "column": ("schema", "table", "column"),
    }
    if action in ("add-column", "add-before-image-columns"):  # these make a column, they match none
        needed["column"] = ("schema", "table")
    _require_locator(rule, needed.get(str(target), ()))
    _require_values(rule)
    return rule


def _require_values(rule: Rule) -> None:
    action = rule.action
    if action in actions.NEEDS_VALUE and not rule.value:
        raise MappingError(f"rule {rule.rule_id}: {action} needs a value")
    if action == "rename" and not (rule.value or rule.expression):
        raise MappingError(f"rule {rule.rule_id}: rename needs a value")
    if action in actions.NEEDS_OLD_VALUE and (not rule.old_value or rule.value is None):
        raise MappingError(f"rule {rule.rule_id}: {action} needs an old-value and a value")
    if action == "change-data-type" and rule.data_type is None:
        raise MappingError(f"rule {rule.rule_id}: change-data-type needs a data-type")


def _require_locator(rule: Rule, parts: tuple[str, ...]) -> None:
    for part in parts:
        if getattr(rule, part) is None:
            raise MappingError(f"rule {rule.rule_id} has no {part}-name in its object-locator")


def _build(member: Mapping[str, object], rule_id: str) -> Rule:
    locator = member.get("object-locator")
    if not isinstance(locator, Mapping):
        raise MappingError(f"rule {rule_id} has no object-locator")
    filters = member.get("filters") or []
    if not isinstance(filters, list):
        raise MappingError(f"rule {rule_id}: filters must be a list, not {filters!r}")
    return Rule(
        rule_type=str(member["rule-type"]),
        rule_id=rule_id,
        rule_name=str(member.get("rule-name", rule_id)),
        action=_text(member, "rule-action", rule_id),
        target=_text(member, "rule-target", rule_id),
        schema=_text(locator, "schema-name", rule_id),
        table=_text(locator, "table-name", rule_id),
        column=_text(locator, "column-name", rule_id),
        of_type=_text(locator, "data-type", rule_id),
        value=_text(member, "value", rule_id),
        old_value=_text(member, "old-value", rule_id),
        expression=_text(member, "expression", rule_id),
        data_type=_data_type(member.get("data-type"), rule_id),
        filters=tuple(_filter(entry, rule_id) for entry in filters),
        settings={name: value for name, value in member.items() if name not in _UNDERSTOOD},
    )


def _text(member: Mapping[str, object], name: str, rule_id: str) -> str | None:
    value = member.get(name)
    if value is None or isinstance(value, str):
        return value
    raise MappingError(f"rule {rule_id}: {name} must be text, not {value!r}")


def _data_type(member: object, rule_id: str) -> DataType | None:
    if member is None:
        return None
    if not isinstance(member, Mapping) or not isinstance(member.get("type"), str):
        raise MappingError(f'rule {rule_id}: data-type must be an object with a "type"')
    numbers = {}
    for name in ("precision", "scale", "length"):
        value = member.get(name)
        if value is not None and not str(value).isdigit():
            raise MappingError(f"rule {rule_id}: {name} {value!r} of the data-type is not a number")
        numbers[name] = None if value is None else int(value)
    return DataType(name=member["type"], **numbers)


def _filter(member: object, rule_id: str) -> ColumnFilter:
    found = member if isinstance(member, Mapping) else {}
    conditions, column = found.get("filter-conditions"), found.get("column-name")
    if not isinstance(conditions, list) or not conditions or not isinstance(column, str):
        raise MappingError(f"rule {rule_id} has a filter without column-name or filter-conditions")
    return ColumnFilter(column, tuple(_condition(entry, rule_id) for entry in conditions))


def _condition(member: object, rule_id: str) -> FilterCondition:
    found = member if isinstance(member, Mapping) else {}
    operator = found.get("filter-operator")
    if operator not in _OPERATORS:
        raise MappingError(f"rule {rule_id} has the unknown filter-operator {operator!r}")
    return FilterCondition(
        operator, found.get("value"), found.get("start-value"), found.get("end-value")
    )
