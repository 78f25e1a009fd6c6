"""Reading and validating a table mapping document.

What is refused, and in which words, follows what the service answers to CreateReplicationTask; where its words are
not known they are modelled on those that are.
"""

from __future__ import annotations

import json
from typing import Any

from lab.dms.mapping.rules import (
    DataType,
    Filter,
    FilterCondition,
    Locator,
    Selection,
    TableMappings,
    TableSettings,
    Transformation,
)
from lab.dms.mapping.wildcards import has_wildcard

SELECTION_ACTIONS = ("include", "exclude", "explicit")
COLUMN_ONLY = (
    "add-column",
    "include-column",
    "remove-column",
    "change-data-type",
    "add-before-image-columns",
    "data-masking-digits-mask",
    "data-masking-digits-randomize",
    "data-masking-hash-mask",
)
AFFIX_ACTIONS = tuple(f"{verb}-{affix}" for verb in ("add", "remove", "replace") for affix in ("prefix", "suffix"))
NEEDS_VALUE = ("rename", "add-column", *AFFIX_ACTIONS)
TRANSFORMATION_ACTIONS = (*NEEDS_VALUE, *COLUMN_ONLY, "convert-lowercase", "convert-uppercase", "define-primary-key")
TRANSFORMATION_TARGETS = ("schema", "table", "column", "table-tablespace", "index-tablespace")
FILTER_OPERATORS = ("eq", "noteq", "gte", "lte", "ste", "between", "notbetween", "null", "notnull")
RULE_TYPES = ("selection", "transformation", "table-settings", "validation", "post-processing", "object-mapping")


class MappingInvalid(Exception):  # noqa: N818 - the name says what is wrong, as the API's error does
    """The document is refused; the text is the API's message."""


def validate_table_mappings(text: str) -> None:
    """Raise MappingInvalid with the API's message when ``text`` is not an acceptable table mapping document."""
    parse_table_mappings(text)


def parse_table_mappings(document: str | dict[str, Any]) -> TableMappings:
    """The rules of a document given as JSON text or already parsed.

    Raises MappingInvalid with the words of the API.
    """
    content = _loads(document) if isinstance(document, str) else document
    rules = content.get("rules") if isinstance(content, dict) else None
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        raise MappingInvalid("Invalid Table Mappings document. Expected an array of rules at path $.rules")
    _check_ids(rules)
    selections: list[Selection] = []
    transformations: list[Transformation] = []
    settings: list[TableSettings] = []
    for rule in rules:
        match _text(rule, "rule-type"):
            case "selection":
                selections.append(_selection(rule))
            case "transformation":
                transformations.append(_transformation(rule))
            case "table-settings":
                settings.append(_table_settings(rule))
            case kind if kind not in RULE_TYPES:
                raise _refused(rule, f"rule type '{kind}' is not supported")
    if not selections:
        raise MappingInvalid("Error in mapping rules. At least one selection rule is required.")
    return TableMappings(tuple(selections), tuple(transformations), tuple(settings))


def _loads(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        path = "$.rules" if '"rules"' in text[: error.pos] else "$"
        raise MappingInvalid(
            "Invalid Table Mappings document. Invalid json com.google.gson.stream.MalformedJsonException: "
            f"Expected value at line {error.lineno} column {error.colno} path {path}"
        ) from None


def _refused(rule: dict[str, Any], reason: str) -> MappingInvalid:
    return MappingInvalid(
        f"Error in mapping rules. Rule with ruleId = {rule.get('rule-id')} failed validation. {reason}"
    )


def _check_ids(rules: list[dict[str, Any]]) -> None:
    seen: set[int] = set()
    for rule in rules:
        number = _rule_id(rule)
        if number in seen:
            raise MappingInvalid(f"Error in mapping rules. Rule ids must be unique. Duplicate ruleId = {number}")
        seen.add(number)


def _rule_id(rule: dict[str, Any]) -> int:
    value = rule.get("rule-id")
    if isinstance(value, bool) or not str(value).isascii() or not str(value).isdigit():
        raise _refused(rule, "rule id must be a number")
    return int(str(value))


def _text(rule: dict[str, Any], key: str, *, required: bool = True) -> str | None:
    value = rule.get(key)
    if value is None and not required:
        return None
    if not isinstance(value, str) or (required and not value):
        raise _refused(rule, f"{key.replace('-', ' ')} cannot be null")
    return value


def _locator(rule: dict[str, Any], *, table: bool) -> Locator:
    locator = rule.get("object-locator")
    if not isinstance(locator, dict):
        raise _refused(rule, "object locator cannot be null")
    names = {key: locator.get(key) for key in ("schema-name", "table-name", "column-name", "data-type")}
    for key, value in names.items():
        if value is not None and not isinstance(value, str):
            raise _refused(rule, f"{key} in object locator must be a string")
    if not names["schema-name"]:
        raise _refused(rule, "schema name in object locator cannot be null")
    if table and not names["table-name"]:
        raise _refused(rule, "table name in object locator cannot be null")
    return Locator(names["schema-name"], names["table-name"] or "%", names["column-name"], names["data-type"])


def _selection(rule: dict[str, Any]) -> Selection:
    action = _text(rule, "rule-action")
    if action not in SELECTION_ACTIONS:
        raise _refused(rule, f"rule action '{action}' is not supported for rule type selection")
    locator = _locator(rule, table=True)
    if action == "explicit" and (has_wildcard(locator.schema) or has_wildcard(locator.table)):
        raise _refused(rule, "Exact schema and table name required when using explicit rule action.")
    filters = tuple(_filter(rule, item) for item in rule.get("filters") or ())
    return Selection(_rule_id(rule), action, locator, filters)


def _filter(rule: dict[str, Any], item: Any) -> Filter:
    conditions = item.get("filter-conditions") if isinstance(item, dict) else None
    if not conditions or not isinstance(item.get("column-name"), str):
        raise _refused(rule, "filter needs column-name and filter-conditions")
    parsed = []
    for condition in conditions:
        operator = condition.get("filter-operator")
        if operator not in FILTER_OPERATORS:
            raise _refused(rule, f"filter operator '{operator}' is not supported")
        first = condition.get("start-value") if operator.endswith("between") else condition.get("value")
        parsed.append(FilterCondition(operator, _optional_text(first), _optional_text(condition.get("end-value"))))
    if len(parsed) > 1 and any(condition.operator.startswith("not") for condition in parsed):
        raise _refused(rule, "a negative filter operator must be the only condition of its filter")
    return Filter(item["column-name"], tuple(parsed))


def _optional_text(value: Any) -> str | None:
    return None if value is None else str(value)


def _transformation(rule: dict[str, Any]) -> Transformation:
    action, target = _text(rule, "rule-action"), _text(rule, "rule-target")
    if action not in TRANSFORMATION_ACTIONS:
        raise _refused(rule, f"rule action '{action}' is not supported for rule type transformation")
    if target not in TRANSFORMATION_TARGETS:
        raise _refused(rule, f"rule target '{target}' is not supported")
    if action in COLUMN_ONLY and target != "column":
        raise _refused(rule, f"rule action '{action}' requires rule target column")
    locator = _locator(rule, table=target != "schema")
    if target == "column" and locator.column is None and action != "add-column":
        raise _refused(rule, "column name in object locator cannot be null")
    value, old = _text(rule, "value", required=False), _text(rule, "old-value", required=False)
    if action in NEEDS_VALUE and not value:
        raise _refused(rule, f"value cannot be null for rule action '{action}'")
    if action.startswith("replace-") and not old:
        raise _refused(rule, f"old value cannot be null for rule action '{action}'")
    if action == "change-data-type" and not isinstance(rule.get("data-type"), dict):
        raise _refused(rule, "data type cannot be null for rule action 'change-data-type'")
    expression = _text(rule, "expression", required=False)
    key = rule.get("primary-key-def") or {}
    return Transformation(
        _rule_id(rule), target, action, locator, value, old, expression, _data_type(rule), tuple(key.get("columns", ()))
    )


def _data_type(rule: dict[str, Any]) -> DataType | None:
    given = rule.get("data-type")
    if given is None:
        return None
    if not isinstance(given, dict) or not isinstance(given.get("type"), str):
        raise _refused(rule, "data type needs a type")
    numbers = []
    for key in ("length", "precision", "scale"):
        value = given.get(key)
        if value is not None and not str(value).isdigit():
            raise _refused(rule, f"{key} in data type must be a number")
        numbers.append(None if value in (None, "") else int(value))
    return DataType(given["type"].lower(), *numbers)


def _table_settings(rule: dict[str, Any]) -> TableSettings:
    locator = _locator(rule, table=True)
    if has_wildcard(locator.schema) or has_wildcard(locator.table):
        raise _refused(rule, "Exact schema and table name required when using table settings rule.")
    lob = rule.get("lob-settings") or {}
    mode = lob.get("mode") or None
    size = int(lob.get("bulk-max-size") or 0)
    if mode == "limited" and size <= 0:
        raise _refused(rule, "bulk-max-size must not be 0 when lob mode is limited")
    return TableSettings(_rule_id(rule), locator.schema, locator.table, None if mode == "none" else mode, size or None)
