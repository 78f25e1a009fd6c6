"""What the API says to a table mapping it does not accept."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lab.dms.mapping import MappingInvalid, parse_table_mappings, validate_table_mappings
from tests.dms.worlds import MAPPINGS

LOCATOR = {"schema-name": "s", "table-name": "t"}
SELECTION = {
    "rule-type": "selection",
    "rule-id": "1",
    "rule-name": "1",
    "object-locator": LOCATOR,
    "rule-action": "include",
}
RENAME = {
    "rule-type": "transformation",
    "rule-id": "2",
    "rule-name": "2",
    "rule-target": "table",
    "object-locator": LOCATOR,
    "rule-action": "rename",
    "value": "x",
}
FAILED = "Error in mapping rules. Rule with ruleId = {} failed validation. "


def document(*rules: dict[str, Any]) -> str:
    return json.dumps({"rules": list(rules)})


def without(rule: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in rule.items() if name != key}


@pytest.mark.parametrize("name", ["as-documented", "corrected"])
def test_the_mappings_of_the_environments_are_accepted(name: str) -> None:
    validate_table_mappings((MAPPINGS / f"{name}.json").read_text("utf-8"))


def test_text_that_is_not_json_is_refused_with_its_place() -> None:
    with pytest.raises(MappingInvalid) as refused:
        validate_table_mappings('{"rules": x}')
    assert str(refused.value) == (
        "Invalid Table Mappings document. Invalid json com.google.gson.stream.MalformedJsonException: "
        "Expected value at line 1 column 11 path $.rules"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "Invalid Table Mappings document. Expected an array of rules at path $.rules"),
        ('{"rules": 1}', "Invalid Table Mappings document. Expected an array of rules at path $.rules"),
        (document(), "Error in mapping rules. At least one selection rule is required."),
        (document(RENAME), "Error in mapping rules. At least one selection rule is required."),
        (document(without(SELECTION, "object-locator")), FAILED.format(1) + "object locator cannot be null"),
        (document(SELECTION | {"rule-type": "wish"}), FAILED.format(1) + "rule type 'wish' is not supported"),
        (
            document(SELECTION | {"rule-action": "take"}),
            FAILED.format(1) + "rule action 'take' is not supported for rule type selection",
        ),
        (
            document(SELECTION, RENAME | {"rule-action": "make-upper"}),
            FAILED.format(2) + "rule action 'make-upper' is not supported for rule type transformation",
        ),
        (
            document(SELECTION, RENAME | {"value": None}),
            FAILED.format(2) + "value cannot be null for rule action 'rename'",
        ),
        (document(SELECTION, RENAME | {"rule-target": "row"}), FAILED.format(2) + "rule target 'row' is not supported"),
        (
            document(SELECTION, RENAME | {"rule-target": "column"}),
            FAILED.format(2) + "column name in object locator cannot be null",
        ),
        (
            document(SELECTION, RENAME | {"rule-id": 1}),
            "Error in mapping rules. Rule ids must be unique. Duplicate ruleId = 1",
        ),
        (document(SELECTION | {"rule-id": "one"}), FAILED.format("one") + "rule id must be a number"),
        (
            document(
                SELECTION,
                {
                    "rule-type": "table-settings",
                    "rule-id": 7,
                    "object-locator": {"schema-name": "s", "table-name": "%"},
                },
            ),
            FAILED.format(7) + "Exact schema and table name required when using table settings rule.",
        ),
        (
            document(
                SELECTION | {"filters": [{"column-name": "a", "filter-conditions": [{"filter-operator": "like"}]}]}
            ),
            FAILED.format(1) + "filter operator 'like' is not supported",
        ),
    ],
)
def test_refusals(text: str, message: str) -> None:
    with pytest.raises(MappingInvalid) as refused:
        validate_table_mappings(text)
    assert str(refused.value) == message


def test_rule_names_may_repeat_and_ids_may_be_numbers() -> None:
    parsed = parse_table_mappings(document(SELECTION | {"rule-id": 5}, RENAME | {"rule-name": "1"}))
    assert parsed.selections[0].rule_id == 5
