"""Transformation rules, read from a document."""

from __future__ import annotations

from lab.dms.mapping.fields import (
    Rule,
    data_type,
    exact_table,
    items,
    locator,
    locator_names,
    one_of,
    part,
    refused,
    rule_id,
    text,
)
from lab.dms.mapping.rules import DIGITS_MASK, MASKS, BeforeImage, Locator, Transformation

ADD_COLUMN, BEFORE_IMAGES, RETYPE, RENAME = (
    "add-column",
    "add-before-image-columns",
    "change-data-type",
    "rename",
)
DEFINE_KEY = "define-primary-key"
COLUMN_ONLY = (ADD_COLUMN, "include-column", "remove-column", RETYPE, BEFORE_IMAGES, *MASKS)
AFFIX_ACTIONS = tuple(
    f"{verb}-{affix}" for verb in ("add", "remove", "replace") for affix in ("prefix", "suffix")
)
NEEDS_VALUE = (RENAME, ADD_COLUMN, DIGITS_MASK, *AFFIX_ACTIONS)
#: these name the column they make themselves
NEEDS_NO_COLUMN = (ADD_COLUMN, BEFORE_IMAGES)
ACTIONS = (
    RENAME,
    *AFFIX_ACTIONS,
    *COLUMN_ONLY,
    "convert-lowercase",
    "convert-uppercase",
    DEFINE_KEY,
)
TABLESPACES = ("table-tablespace", "index-tablespace")
TARGETS = ("schema", "table", "column", *TABLESPACES)
KEY_ORIGINS = ("primary-key", "unique-index")
BEFORE_IMAGE_FILTERS = ("pk-only", "non-lob", "all")


def transformation(rule: Rule) -> Transformation:
    """The rule as a value; raises MappingInvalid."""
    action, target = text(rule, "rule-action"), text(rule, "rule-target")
    if action not in ACTIONS:
        raise refused(rule, f"rule action '{action}' is not supported for rule type transformation")
    one_of(rule, "rule target", target, TARGETS)
    for wanted, actions in (("column", COLUMN_ONLY), ("table", (DEFINE_KEY,))):
        if action in actions and target != wanted:
            raise refused(rule, f"rule action '{action}' requires rule target {wanted}")
    found = _locator(rule, action, target)
    value, old = text(rule, "value", required=False), text(rule, "old-value", required=False)
    expression = _expression(rule, action)
    _check_values(rule, action, value, old, expression)
    return Transformation(
        rule_id(rule),
        target,
        action,
        found,
        value,
        old,
        expression,
        data_type(rule),
        _key_columns(rule, found) if action == DEFINE_KEY else (),
        _before_image(rule) if action == BEFORE_IMAGES else BeforeImage(),
    )


def _locator(rule: Rule, action: str, target: str) -> Locator:
    found = locator(rule, table=target in ("table", "column"))
    if target == "column" and found.column is None and action not in NEEDS_NO_COLUMN:
        raise refused(rule, "column name in object locator cannot be null")
    if target in TABLESPACES and not locator_names(rule)[f"{target}-name"]:
        raise refused(rule, f"{target.replace('-', ' ')} name in object locator cannot be null")
    return found


def _expression(rule: Rule, action: str) -> str | None:
    expression = text(rule, "expression", required=False)
    if expression and action not in (ADD_COLUMN, RENAME):
        raise refused(rule, f"expression is not supported for rule action '{action}'")
    return expression or None


def _check_values(
    rule: Rule, action: str, value: str | None, old: str | None, expression: str | None
) -> None:
    if action in NEEDS_VALUE and not value and not (action == RENAME and expression):
        raise refused(rule, f"value cannot be null for rule action '{action}'")
    if action.startswith("replace-") and not old:
        raise refused(rule, f"old value cannot be null for rule action '{action}'")
    if action == RETYPE and not isinstance(rule.get("data-type"), dict):
        raise refused(rule, f"data type cannot be null for rule action '{action}'")
    if action == DIGITS_MASK and not (
        value and len(value) == 1 and value.isascii() and "!" <= value <= "~"
    ):
        raise refused(
            rule, f"value for rule action '{action}' must be a single printable ASCII character"
        )


def _key_columns(rule: Rule, found: Locator) -> tuple[str, ...]:
    exact_table(rule, found, f"{DEFINE_KEY} rule action")
    given = part(rule, "primary-key-def")
    if not given:
        raise refused(rule, f"primary key def cannot be null for rule action '{DEFINE_KEY}'")
    if not isinstance(given.get("name"), str) or not given["name"]:
        raise refused(rule, "name in primary key def cannot be null")
    one_of(rule, "origin in primary key def", given.get("origin") or KEY_ORIGINS[0], KEY_ORIGINS)
    columns = items(rule, given, "columns")
    if not columns or not all(isinstance(name, str) and name for name in columns):
        raise refused(rule, "columns in primary key def cannot be empty")
    return tuple(columns)


def _before_image(rule: Rule) -> BeforeImage:
    given = part(rule, "before-image-def")
    prefix, suffix = given.get("column-prefix"), given.get("column-suffix")
    for key, value in (("column-prefix", prefix), ("column-suffix", suffix)):
        if value is not None and not isinstance(value, str):
            raise refused(rule, f"{key} in before image def must be a string")
    columns = given.get("column-filter") or "pk-only"
    one_of(rule, "column filter in before image def", columns, BEFORE_IMAGE_FILTERS)
    prefix, suffix = "BI_" if prefix is None else prefix, suffix or ""
    if not prefix and not suffix:
        raise refused(
            rule, "column-prefix and column-suffix in before image def cannot both be empty"
        )
    return BeforeImage(prefix, suffix, columns)
