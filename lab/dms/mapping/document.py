"""Reading and validating a table mapping document.

What is refused, and in which words, follows what the service answers to CreateReplicationTask;
where its words are not known they are modelled on those that are.
"""

from __future__ import annotations

import json
from typing import Any

from lab.dms.mapping.fields import MappingInvalid, Rule, refused, rule_id, text
from lab.dms.mapping.further import check_other, table_settings
from lab.dms.mapping.rules import Selection, TableMappings, TableSettings, Transformation
from lab.dms.mapping.selection import selection
from lab.dms.mapping.transformation import transformation

OTHER_TYPES = ("validation", "post-processing", "object-mapping")


def validate_table_mappings(document: str) -> None:
    """Raise MappingInvalid with the API's message when ``document`` is not an acceptable table
    mapping document.
    """
    parse_table_mappings(document)


def parse_table_mappings(document: str | dict[str, Any]) -> TableMappings:
    """The rules of a document given as JSON text or already parsed.

    Raises MappingInvalid with the words of the API.
    """
    content = _loads(document) if isinstance(document, str) else document
    rules = content.get("rules") if isinstance(content, dict) else None
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        raise MappingInvalid(
            "Invalid Table Mappings document. Expected an array of rules at path $.rules"
        )
    _check_ids(rules)
    selections: list[Selection] = []
    transformations: list[Transformation] = []
    settings: list[TableSettings] = []
    for rule in rules:
        match text(rule, "rule-type"):
            case "selection":
                selections.append(selection(rule))
            case "transformation":
                transformations.append(transformation(rule))
            case "table-settings":
                settings.append(table_settings(rule))
            case kind if kind in OTHER_TYPES:
                check_other(rule, kind)
            case kind:
                raise refused(rule, f"rule type '{kind}' is not supported")
    if not selections:
        raise MappingInvalid("Error in mapping rules. At least one selection rule is required.")
    return TableMappings(tuple(selections), tuple(transformations), tuple(settings))


def _loads(document: str) -> Any:
    try:
        return json.loads(document)
    except json.JSONDecodeError as error:
        path = "$.rules" if '"rules"' in document[: error.pos] else "$"
        raise MappingInvalid(
            "Invalid Table Mappings document. Invalid json "
            "com.google.gson.stream.MalformedJsonException: "
            f"Expected value at line {error.lineno} column {error.colno} path {path}"
        ) from None


def _check_ids(rules: list[Rule]) -> None:
    seen: set[int] = set()
    for rule in rules:
        number = rule_id(rule)
        if number in seen:
            raise MappingInvalid(
                f"Error in mapping rules. Rule ids must be unique. Duplicate ruleId = {number}"
            )
        seen.add(number)
