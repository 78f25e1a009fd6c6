"""Rules that neither select nor transform: table settings, and those other targets and the
validator have.
"""

from __future__ import annotations

from lab.dms.mapping.fields import (
    Rule,
    exact_table,
    items,
    locator,
    locator_names,
    number,
    one_of,
    part,
    refused,
    rule_id,
    text,
)
from lab.dms.mapping.rules import TableSettings

LOB_MODES = ("limited", "unlimited", "none")
PARALLEL_LOADS = ("partitions-auto", "partitions-list", "subpartitions-auto", "ranges", "none")
OBJECT_MAPPING_ACTIONS = ("map-record-to-record", "map-record-to-document")


def table_settings(rule: Rule) -> TableSettings:
    """The rule as a value; raises MappingInvalid. Parallel load concerns a full load: checked, then
    forgotten.
    """
    found = locator(rule, table=True)
    exact_table(rule, found, "table settings rule")
    lob = part(rule, "lob-settings")
    mode = one_of(rule, "lob mode", lob.get("mode") or "none", LOB_MODES)
    size = number(rule, lob, "bulk-max-size", "lob settings") or 0
    if mode == "limited" and size <= 0:
        raise refused(rule, "bulk-max-size must not be 0 when lob mode is limited")
    _check_parallel_load(rule)
    return TableSettings(
        rule_id(rule), found.schema, found.table, None if mode == "none" else mode, size or None
    )


def check_other(rule: Rule, kind: str) -> None:
    """Raise MappingInvalid for a rule of another type that is not well-formed; an Oracle target
    does nothing with it.

    ``kind`` is validation (override-validation-function), post-processing (S3) or object-mapping
    (Kinesis, Kafka, DynamoDB).
    """
    action = text(rule, "rule-action")
    actions = {
        "validation": ("override-validation-function",),
        "post-processing": ("add-tag",),
        "object-mapping": OBJECT_MAPPING_ACTIONS,
    }[kind]
    if action not in actions:
        raise refused(rule, f"rule action '{action}' is not supported for rule type {kind}")
    locator(rule, table=True)
    if kind == "validation":
        if text(rule, "rule-target") != "column":
            raise refused(rule, f"rule action '{action}' requires rule target column")
        if not locator_names(rule)["column-name"]:
            raise refused(rule, "column name in object locator cannot be null")
        if not any(
            text(rule, key, required=False) for key in ("source-function", "target-function")
        ):
            raise refused(rule, "source function and target function cannot both be null")


def _check_parallel_load(rule: Rule) -> None:
    given = part(rule, "parallel-load")
    kind = one_of(rule, "parallel load type", given.get("type") or "none", PARALLEL_LOADS)
    columns, boundaries = items(rule, given, "columns"), items(rule, given, "boundaries")
    if kind == "partitions-list" and not (
        items(rule, given, "partitions") or items(rule, given, "subpartitions")
    ):
        raise refused(rule, "partitions cannot be empty for parallel load type 'partitions-list'")
    if kind != "ranges":
        return
    if not columns or not boundaries:
        raise refused(
            rule, "columns and boundaries cannot be empty for parallel load type 'ranges'"
        )
    if not all(
        isinstance(boundary, list) and len(boundary) == len(columns) for boundary in boundaries
    ):
        raise refused(rule, "every boundary must have as many values as there are columns")
