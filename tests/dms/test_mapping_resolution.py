"""Which column of PostgreSQL goes where, under both policies for conflicting rules."""

from __future__ import annotations

from typing import Any

import pytest

from lab.dms.catalogue import SourceColumn, SourceTable
from lab.dms.mapping import MappedTable, parse_table_mappings, resolve
from lab.dms.mapping.wildcards import matches
from tests.dms.worlds import SOURCE, mapping

TABLE = SourceTable(
    "s", "t_one", (SourceColumn("id", "int8"), SourceColumn("first_name", "varchar"), SourceColumn("n", "int4"))
)


def selection(rule_id: int = 1, action: str = "include", **locator: str) -> dict[str, Any]:
    names = {"schema-name": "%", "table-name": "%"} | {key.replace("_", "-"): value for key, value in locator.items()}
    return {"rule-type": "selection", "rule-id": rule_id, "object-locator": names, "rule-action": action}


def rule(rule_id: int, target: str, action: str, column: str | None = None, **more: Any) -> dict[str, Any]:
    locator = {"schema-name": "%", "table-name": "%"} | ({"column-name": column} if column else {})
    fixed = {"rule-type": "transformation", "rule-id": rule_id, "rule-target": target, "rule-action": action}
    return fixed | {"object-locator": locator} | {key.replace("_", "-"): value for key, value in more.items()}


def resolved(*rules: dict[str, Any], policy: str = "lower_rule_id_wins", table: SourceTable = TABLE) -> MappedTable:
    [mapped] = resolve(parse_table_mappings({"rules": [selection(), *rules]}), [table], policy)
    return mapped


def names(mapped: MappedTable) -> dict[str | None, str]:
    return {column.source.name if column.source else None: column.target for column in mapped.columns}


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("%", "", True),
        ("a%", "abc", True),
        ("a%", "ABC", False),
        ("dms_audit", "dmsXaudit", True),
        ("dms[_]audit", "dmsXaudit", False),
        ("dms[_]audit", "dms_audit", True),
        ("t[ab]", "ta", True),
        ("t[a-d]", "te", False),
        ("a.c", "abc", False),
    ],
)
def test_wildcards(pattern: str, name: str, expected: bool) -> None:
    assert matches(pattern, name) is expected


def test_as_documented_the_general_rule_beats_the_renames() -> None:
    [mapped] = resolve(parse_table_mappings(mapping("as-documented")), [SOURCE])
    assert (mapped.target_schema, mapped.target_table) == ("TRAVELBUDDY", "FLIGHTSPECIAL")
    assert names(mapped) == {
        "id": "ID",
        "header": "HEADER",
        "body": "BODY",
        "origin": "ORIGIN",
        "origin_code": "ORIGIN_CODE",
        "destination": "DESTINATION",
        "destination_code": "DESTINATION_CODE",
        "cost": "COST",
        "expiry_date": "EXPIRY_DATE",
    }


def test_as_documented_under_the_older_policy_only_the_misspelling_hurts() -> None:
    [mapped] = resolve(parse_table_mappings(mapping("as-documented")), [SOURCE], "chained")
    found = names(mapped)
    assert found["origin_code"] == "ORIGINCODE"
    assert found["destination_code"] == "DESTINATION_CODE"
    assert found["expiry_date"] == "EXPIRYDATE"


@pytest.mark.parametrize("policy", ["lower_rule_id_wins", "chained"])
def test_corrected_every_agreed_column_is_reached(policy: str) -> None:
    [mapped] = resolve(parse_table_mappings(mapping("corrected")), [SOURCE], policy)
    found = names(mapped)
    assert found["destination_code"] == "DESTINATIONCODE"
    assert "expiry_date" not in found
    assert found[None] == "EXPIRYDATE"
    assert mapped.columns[-1].data_type.name == "int8"


def test_only_selected_tables_are_mapped_and_exclude_wins() -> None:
    tables = [SourceTable("s", name, ()) for name in ("a", "ab", "b")]
    rules = parse_table_mappings(
        {
            "rules": [
                selection(2, table_name="a%"),
                selection(1, "exclude", table_name="ab"),
                selection(3, "explicit", table_name="b", schema_name="s"),
            ]
        }
    )
    assert [mapped.source.name for mapped in resolve(rules, tables)] == ["a", "b"]


def test_the_lower_id_wins_and_chaining_applies_both() -> None:
    rules = (rule(10, "column", "convert-uppercase", "%"), rule(50, "column", "add-prefix", "first%", value="p_"))
    assert names(resolved(*rules))["first_name"] == "FIRST_NAME"
    assert names(resolved(*rules, policy="chained"))["first_name"] == "p_FIRST_NAME"


@pytest.mark.parametrize(
    ("action", "more", "expected"),
    [
        ("rename", {"value": "x"}, "x"),
        ("convert-uppercase", {}, "FIRST_NAME"),
        ("convert-lowercase", {}, "first_name"),
        ("add-prefix", {"value": "p_"}, "p_first_name"),
        ("add-suffix", {"value": "_s"}, "first_name_s"),
        ("remove-prefix", {"value": "first_"}, "name"),
        ("remove-suffix", {"value": "_name"}, "first"),
        ("replace-prefix", {"value": "1", "old_value": "first"}, "1_name"),
        ("replace-suffix", {"value": "title", "old_value": "name"}, "first_title"),
        ("replace-suffix", {"value": "title", "old_value": "nam"}, "first_name"),
        ("change-data-type", {"data_type": {"type": "string", "length": 10}}, "first_name"),
    ],
)
def test_actions_on_a_name(action: str, more: dict[str, Any], expected: str) -> None:
    assert names(resolved(rule(2, "column", action, "first_name", **more)))["first_name"] == expected


def test_schema_and_table_take_one_rule_each() -> None:
    mapped = resolved(
        rule(5, "table", "add-prefix", value="x_"),
        rule(4, "table", "convert-uppercase"),
        rule(3, "schema", "rename", value="ELSEWHERE"),
        policy="chained",
    )
    assert (mapped.target_schema, mapped.target_table) == ("ELSEWHERE", "T_ONE")


def test_remove_and_include_columns() -> None:
    assert set(names(resolved(rule(2, "column", "remove-column", "n")))) == {"id", "first_name"}
    included = resolved(rule(2, "column", "include-column", "id"), rule(3, "column", "include-column", "n"))
    assert set(names(included)) == {"id", "n"}


def test_a_rule_may_be_limited_to_a_type() -> None:
    typed = rule(2, "column", "convert-uppercase", "%")
    typed["object-locator"]["data-type"] = "int%"
    assert names(resolved(typed)) == {"id": "ID", "first_name": "first_name", "n": "N"}


def test_an_unknown_policy_is_refused() -> None:
    with pytest.raises(ValueError, match="column_rule_policy is 'newest'"):
        resolve(parse_table_mappings(mapping()), [SOURCE], "newest")
