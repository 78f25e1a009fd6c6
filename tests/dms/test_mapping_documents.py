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


@pytest.mark.parametrize("name", sorted(file.stem for file in MAPPINGS.glob("*.json")))
def test_the_mappings_of_the_environments_are_accepted(name: str) -> None:
    validate_table_mappings((MAPPINGS / f"{name}.json").read_text("utf-8"))


def test_text_that_is_not_json_is_refused_with_its_place() -> None:
    with pytest.raises(MappingInvalid) as refused:
        validate_table_mappings('{"rules": x}')
    assert str(refused.value) == (
        "Invalid Table Mappings document. Invalid json "
        "com.google.gson.stream.MalformedJsonException: "
        "Expected value at line 1 column 11 path $.rules"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "Invalid Table Mappings document. Expected an array of rules at path $.rules"),
        (
            '{"rules": 1}',
            "Invalid Table Mappings document. Expected an array of rules at path $.rules",
        ),
        (document(), "Error in mapping rules. At least one selection rule is required."),
        (document(RENAME), "Error in mapping rules. At least one selection rule is required."),
        (
            document(without(SELECTION, "object-locator")),
            FAILED.format(1) + "object locator cannot be null",
        ),
        (
            document(SELECTION | {"rule-type": "wish"}),
            FAILED.format(1) + "rule type 'wish' is not supported",
        ),
        (
            document(SELECTION | {"rule-action": "take"}),
            FAILED.format(1) + "rule action 'take' is not supported for rule type selection",
        ),
        (
            document(SELECTION, RENAME | {"rule-action": "make-upper"}),
            FAILED.format(2)
            + "rule action 'make-upper' is not supported for rule type transformation",
        ),
        (
            document(SELECTION, RENAME | {"value": None}),
            FAILED.format(2) + "value cannot be null for rule action 'rename'",
        ),
        (
            document(SELECTION, RENAME | {"rule-target": "row"}),
            FAILED.format(2) + "rule target 'row' is not supported",
        ),
        (
            document(SELECTION, RENAME | {"rule-target": "column"}),
            FAILED.format(2) + "column name in object locator cannot be null",
        ),
        (
            document(SELECTION, RENAME | {"rule-id": 1}),
            "Error in mapping rules. Rule ids must be unique. Duplicate ruleId = 1",
        ),
        (
            document(SELECTION | {"rule-id": "one"}),
            FAILED.format("one") + "rule id must be a number",
        ),
        (
            document(
                SELECTION,
                {
                    "rule-type": "table-settings",
                    "rule-id": 7,
                    "object-locator": {"schema-name": "s", "table-name": "%"},
                },
            ),
            FAILED.format(7)
            + "Exact schema and table name required when using table settings rule.",
        ),
        (
            document(
                SELECTION
                | {
                    "filters": [
                        {"column-name": "a", "filter-conditions": [{"filter-operator": "like"}]}
                    ]
                }
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


def changed(rule: dict[str, Any], **more: Any) -> dict[str, Any]:
    return rule | {key.replace("_", "-"): value for key, value in more.items()}


def column_rule(action: str, **more: Any) -> dict[str, Any]:
    given = {
        "rule-action": action,
        "rule-target": "column",
        "object-locator": LOCATOR | {"column-name": "c"},
    }
    return changed(RENAME | {"value": None} | given, **more)


def key_rule(**definition: Any) -> dict[str, Any]:
    return changed(
        RENAME, rule_action="define-primary-key", value=None, primary_key_def=definition or None
    )


def settings_rule(**more: Any) -> dict[str, Any]:
    return changed({"rule-type": "table-settings", "rule-id": 2, "object-locator": LOCATOR}, **more)


def other_rule(kind: str, action: str, **more: Any) -> dict[str, Any]:
    return changed(
        {
            "rule-type": kind,
            "rule-id": 2,
            "rule-action": action,
            "object-locator": LOCATOR | {"column-name": "c"},
        },
        **more,
    )


def filter_rule(**condition: Any) -> dict[str, Any]:
    given = {key.replace("_", "-"): value for key, value in condition.items()}
    return SELECTION | {
        "filters": [{"filter-type": "source", "column-name": "c", "filter-conditions": [given]}]
    }


TABLESPACE = LOCATOR | {"table-tablespace-name": "old"}
RANGES = {"type": "ranges", "columns": ["a", "b"], "boundaries": [["1", "2"]]}


@pytest.mark.parametrize(
    "rule",
    [
        *(
            column_rule(action)
            for action in ("convert-lowercase", "convert-uppercase", "include-column")
        ),
        *(column_rule(action) for action in ("remove-column", "data-masking-digits-randomize")),
        *(
            column_rule(f"{verb}-{affix}", value="v")
            for verb in ("add", "remove")
            for affix in ("prefix", "suffix")
        ),
        *(
            column_rule(f"replace-{affix}", value="v", old_value="o")
            for affix in ("prefix", "suffix")
        ),
        column_rule("rename", value="v"),
        column_rule("rename", expression="upper($AR_M_SOURCE_COLUMN_NAME)"),
        column_rule("add-column", value="v", expression="1", data_type={"type": "int8"}),
        column_rule(
            "change-data-type", data_type={"type": "string", "length": "4092", "scale": ""}
        ),
        column_rule("change-data-type", data_type={"type": "numeric", "precision": 10, "scale": 2}),
        column_rule("data-masking-hash-mask"),
        column_rule("data-masking-digits-mask", value="#"),
        column_rule(
            "add-before-image-columns",
            before_image_def={"column-prefix": "BI_", "column-filter": "all"},
        ),
        changed(RENAME, rule_action="add-before-image-columns", rule_target="column", value=None),
        key_rule(name="PK", columns=["a", "b"]),
        key_rule(name="UX", origin="unique-index", columns=["a"]),
        changed(RENAME, rule_target="schema", object_locator={"schema-name": "s"}),
        changed(RENAME, rule_target="table-tablespace", object_locator=TABLESPACE),
        changed(RENAME, load_order=None, before_image_def=None, tag_set=None),
        settings_rule(),
        settings_rule(lob_settings={"mode": "limited", "bulk-max-size": "16"}),
        settings_rule(
            lob_settings={"mode": "unlimited"}, parallel_load={"type": "partitions-auto"}
        ),
        settings_rule(parallel_load=RANGES),
        settings_rule(parallel_load={"type": "partitions-list", "partitions": ["p1"]}),
        other_rule(
            "validation",
            "override-validation-function",
            rule_target="column",
            source_function="f(${column})",
        ),
        other_rule("post-processing", "add-tag"),
        other_rule("object-mapping", "map-record-to-record"),
    ],
)
def test_what_the_grammar_holds_is_accepted(rule: dict[str, Any]) -> None:
    validate_table_mappings(document(SELECTION, rule))


@pytest.mark.parametrize("action", ["include", "exclude", "explicit"])
@pytest.mark.parametrize("kind", ["table", "view", "all", None])
def test_selections_take_every_action_and_kind_of_table(action: str, kind: str | None) -> None:
    chosen = SELECTION | {
        "rule-action": action,
        "load-order": "2",
        "object-locator": LOCATOR | {"table-type": kind},
    }
    [found] = parse_table_mappings(document(chosen)).selections
    assert (found.action, found.table_type, found.load_order) == (action, kind or "table", 2)


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (
            settings_rule(object_locator=LOCATOR | {"schema-name": "s%"}),
            "Exact schema and table name required when using table settings rule.",
        ),
        (settings_rule(lob_settings={"mode": "some"}), "lob mode 'some' is not supported"),
        (
            settings_rule(lob_settings={"mode": "limited", "bulk-max-size": "0"}),
            "bulk-max-size must not be 0 when lob mode is limited",
        ),
        (
            settings_rule(lob_settings={"mode": "limited", "bulk-max-size": "x"}),
            "bulk-max-size in lob settings must be a number",
        ),
        (settings_rule(parallel_load={"type": "all"}), "parallel load type 'all' is not supported"),
        (
            settings_rule(parallel_load={"type": "ranges"}),
            "columns and boundaries cannot be empty for parallel load type 'ranges'",
        ),
        (
            settings_rule(parallel_load=RANGES | {"boundaries": [["1"]]}),
            "every boundary must have as many values as there are columns",
        ),
        (
            settings_rule(parallel_load={"type": "partitions-list"}),
            "partitions cannot be empty for parallel load type 'partitions-list'",
        ),
        (
            changed(RENAME, rule_action="Rename"),
            "rule action 'Rename' is not supported for rule type transformation",
        ),
        (
            changed(RENAME, rule_action="remove-column"),
            "rule action 'remove-column' requires rule target column",
        ),
        (
            changed(RENAME, rule_action="data-masking-hash-mask"),
            "rule action 'data-masking-hash-mask' requires rule target column",
        ),
        (
            column_rule("define-primary-key"),
            "rule action 'define-primary-key' requires rule target table",
        ),
        (key_rule(), "primary key def cannot be null for rule action 'define-primary-key'"),
        (key_rule(name="PK"), "columns in primary key def cannot be empty"),
        (key_rule(name="PK", columns=[]), "columns in primary key def cannot be empty"),
        (key_rule(name="PK", columns="a"), "columns must be an array"),
        (key_rule(columns=["a"]), "name in primary key def cannot be null"),
        (
            key_rule(name="PK", columns=["a"], origin="index"),
            "origin in primary key def 'index' is not supported",
        ),
        (
            changed(
                key_rule(name="PK", columns=["a"]), object_locator=LOCATOR | {"table-name": "%"}
            ),
            "Exact schema and table name required when using define-primary-key rule action.",
        ),
        (
            column_rule("convert-uppercase", expression="1"),
            "expression is not supported for rule action 'convert-uppercase'",
        ),
        (column_rule("add-column"), "value cannot be null for rule action 'add-column'"),
        (
            column_rule("replace-prefix", value="v"),
            "old value cannot be null for rule action 'replace-prefix'",
        ),
        (
            column_rule("data-masking-digits-mask"),
            "value cannot be null for rule action 'data-masking-digits-mask'",
        ),
        *(
            (
                column_rule("data-masking-digits-mask", value=value),
                "value for rule action 'data-masking-digits-mask' "
                "must be a single printable ASCII character",
            )
            for value in ("##", " ", "é")
        ),
        (
            column_rule("change-data-type"),
            "data type cannot be null for rule action 'change-data-type'",
        ),
        (column_rule("change-data-type", data_type={}), "data type needs a type"),
        (
            column_rule("change-data-type", data_type={"type": "varchar2"}),
            "data type 'varchar2' is not supported",
        ),
        (
            column_rule("change-data-type", data_type={"type": "string", "length": "ten"}),
            "length in data type must be a number",
        ),
        (
            column_rule(
                "add-before-image-columns",
                before_image_def={"column-prefix": "", "column-suffix": ""},
            ),
            "column-prefix and column-suffix in before image def cannot both be empty",
        ),
        (
            column_rule("add-before-image-columns", before_image_def={"column-filter": "some"}),
            "column filter in before image def 'some' is not supported",
        ),
        (
            column_rule("add-before-image-columns", before_image_def="BI_"),
            "before image def must be an object",
        ),
        (
            changed(RENAME, rule_target="index-tablespace"),
            "index tablespace name in object locator cannot be null",
        ),
        (
            changed(
                RENAME,
                rule_target="table-tablespace",
                object_locator=TABLESPACE | {"index-tablespace-name": "i"},
            ),
            (
                "table-tablespace-name and index-tablespace-name in object locator cannot be "
                "used in "
                "one rule"
            ),
        ),
        (
            changed(RENAME, object_locator={"schema-name": "s"}),
            "table name in object locator cannot be null",
        ),
        (
            changed(RENAME, object_locator={"table-name": "t"}),
            "schema name in object locator cannot be null",
        ),
        (
            changed(RENAME, object_locator={"schema-name": 1}),
            "schema-name in object locator must be a string",
        ),
        (without(RENAME, "object-locator"), "object locator cannot be null"),
        (without(RENAME, "rule-target"), "rule target cannot be null"),
        (without(RENAME, "rule-type"), "rule type cannot be null"),
        (
            other_rule("validation", "rename", rule_target="column"),
            "rule action 'rename' is not supported for rule type validation",
        ),
        (
            other_rule("validation", "override-validation-function", rule_target="table"),
            "rule action 'override-validation-function' requires rule target column",
        ),
        (
            other_rule("validation", "override-validation-function", rule_target="column"),
            "source function and target function cannot both be null",
        ),
        (
            other_rule("post-processing", "include"),
            "rule action 'include' is not supported for rule type post-processing",
        ),
        (
            other_rule("object-mapping", "include"),
            "rule action 'include' is not supported for rule type object-mapping",
        ),
    ],
)
def test_what_it_does_not_hold_is_refused(rule: dict[str, Any], reason: str) -> None:
    with pytest.raises(MappingInvalid) as refused:
        validate_table_mappings(document(SELECTION, rule))
    assert str(refused.value) == FAILED.format(2) + reason


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (
            SELECTION
            | {"rule-action": "explicit", "object-locator": LOCATOR | {"table-name": "t%"}},
            "Exact schema and table name required when using explicit rule action.",
        ),
        (
            SELECTION | {"object-locator": LOCATOR | {"table-type": "index"}},
            "table type 'index' is not supported",
        ),
        (SELECTION | {"load-order": "first"}, "load-order in selection rule must be a number"),
        (SELECTION | {"filters": {}}, "filters must be an array"),
        (
            SELECTION | {"filters": [{"column-name": "c"}]},
            "filter needs column-name and filter-conditions",
        ),
        (
            SELECTION | {"filters": [{"filter-conditions": [{"filter-operator": "null"}]}]},
            "filter needs column-name and filter-conditions",
        ),
        (filter_rule(filter_operator="eq"), "value cannot be null for filter operator 'eq'"),
        (
            filter_rule(filter_operator="between", start_value="1"),
            "end-value cannot be null for filter operator 'between'",
        ),
        (
            filter_rule(filter_operator="notbetween", value="1"),
            "start-value cannot be null for filter operator 'notbetween'",
        ),
        (filter_rule(), "filter operator 'None' is not supported"),
    ],
)
def test_selections_that_are_refused(rule: dict[str, Any], reason: str) -> None:
    with pytest.raises(MappingInvalid) as refused:
        validate_table_mappings(document(rule))
    assert str(refused.value) == FAILED.format(1) + reason


def test_filters_of_another_type_are_refused() -> None:
    given = filter_rule(filter_operator="null")
    given["filters"][0]["filter-type"] = "target"
    with pytest.raises(MappingInvalid, match="filter type 'target' is not supported"):
        validate_table_mappings(document(given))


@pytest.mark.parametrize(
    "name",
    [
        *(
            "bytes",
            "date",
            "time",
            "datetime",
            "int1",
            "int2",
            "int4",
            "int8",
            "uint1",
            "uint2",
            "uint4",
            "uint8",
        ),
        *("numeric", "real4", "real8", "string", "wstring", "blob", "nclob", "clob", "boolean"),
        *("set", "list", "map", "tuple"),
    ],
)
def test_every_type_of_dms_can_be_asked_for(name: str) -> None:
    [found] = parse_table_mappings(
        document(SELECTION, column_rule("change-data-type", data_type={"type": name}))
    ).transformations
    assert found.data_type.name == name
