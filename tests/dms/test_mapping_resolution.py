"""Which column of PostgreSQL goes where, under both policies for conflicting rules."""

from __future__ import annotations

from typing import Any

import pytest

from lab.dms.ground.catalogue import SourceColumn, SourceTable
from lab.dms.mapping import MappedTable, parse_table_mappings, resolve
from lab.dms.mapping.wildcards import matches
from tests.dms.worlds import SOURCE, mapping

TABLE = SourceTable(
    "s",
    "t_one",
    (SourceColumn("id", "int8"), SourceColumn("first_name", "varchar"), SourceColumn("n", "int4")),
)


def selection(rule_id: int = 1, action: str = "include", **locator: str) -> dict[str, Any]:
    names = {"schema-name": "%", "table-name": "%"} | {
        key.replace("_", "-"): value for key, value in locator.items()
    }
    return {
        "rule-type": "selection",
        "rule-id": rule_id,
        "object-locator": names,
        "rule-action": action,
    }


def rule(
    rule_id: int, target: str, action: str, column: str | None = None, **more: Any
) -> dict[str, Any]:
    locator = {"schema-name": "%", "table-name": "%"} | ({"column-name": column} if column else {})
    fixed = {
        "rule-type": "transformation",
        "rule-id": rule_id,
        "rule-target": target,
        "rule-action": action,
    }
    return (
        fixed
        | {"object-locator": locator}
        | {key.replace("_", "-"): value for key, value in more.items()}
    )


def resolved(
    *rules: dict[str, Any], policy: str = "lower_rule_id_wins", table: SourceTable = TABLE
) -> MappedTable:
    [mapped] = resolve(parse_table_mappings({"rules": [selection(), *rules]}), [table], policy)
    return mapped


def names(mapped: MappedTable) -> dict[str | None, str]:
    return {
        column.source.name if column.source else None: column.target for column in mapped.columns
    }


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
        ("t[a-a]", "ta", True),
        ("t[a-]", "t-", True),
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
    rules = (
        rule(10, "column", "convert-uppercase", "%"),
        rule(50, "column", "add-prefix", "first%", value="p_"),
    )
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
    assert (
        names(resolved(rule(2, "column", action, "first_name", **more)))["first_name"] == expected
    )


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
    included = resolved(
        rule(2, "column", "include-column", "id"), rule(3, "column", "include-column", "n")
    )
    assert set(names(included)) == {"id", "n"}


def test_a_rule_may_be_limited_to_a_type() -> None:
    typed = rule(2, "column", "convert-uppercase", "%")
    typed["object-locator"]["data-type"] = "int4"
    assert names(resolved(typed)) == {"id": "id", "first_name": "first_name", "n": "N"}
    typed["object-locator"]["data-type"] = "wstring"  # DMS's own name of the type
    assert names(resolved(typed)) == {"id": "id", "first_name": "FIRST_NAME", "n": "n"}


def test_a_type_is_the_one_name_without_wildcards() -> None:
    typed = rule(2, "column", "convert-uppercase", "%")
    typed["object-locator"]["data-type"] = "int%"
    assert names(resolved(typed)) == {"id": "id", "first_name": "first_name", "n": "n"}


def test_an_unknown_policy_is_refused() -> None:
    with pytest.raises(ValueError, match="column_rule_policy is 'newest'"):
        resolve(parse_table_mappings(mapping()), [SOURCE], "newest")


@pytest.mark.parametrize(("kind", "selected"), [("table", True), ("all", True), ("view", False)])
def test_rules_for_views_select_no_table(kind: str, selected: bool) -> None:
    chosen = selection()
    chosen["object-locator"]["table-type"] = kind
    assert bool(resolve(parse_table_mappings({"rules": [chosen]}), [TABLE])) is selected


def test_the_order_of_loading_changes_nothing() -> None:
    tables = [SourceTable("s", name, ()) for name in ("a", "b")]
    rules = [
        selection(1, table_name="a") | {"load-order": 1},
        selection(2, table_name="b") | {"load-order": 9},
    ]
    assert [
        mapped.source.name for mapped in resolve(parse_table_mappings({"rules": rules}), tables)
    ] == ["a", "b"]


def test_names_are_case_sensitive() -> None:
    assert resolve(parse_table_mappings({"rules": [selection(schema_name="S")]}), [TABLE]) == ()
    assert names(resolved(rule(2, "column", "rename", "ID", value="x")))["id"] == "id"


def test_a_rename_with_the_lower_id_beats_the_upper_case_and_is_lost_with_the_higher() -> None:
    upper, renamed = (
        rule(10, "column", "convert-uppercase", "%"),
        rule(50, "column", "rename", "id", value="CUST_ID"),
    )
    assert names(resolved(upper, renamed))["id"] == "ID"
    assert names(resolved(upper, renamed | {"rule-id": 5}))["id"] == "CUST_ID"
    assert names(resolved(upper, renamed | {"rule-id": 5, "value": "cust_id"}))["id"] == "cust_id"


def test_rules_for_different_objects_live_together() -> None:
    mapped = resolved(
        rule(2, "schema", "convert-uppercase"),
        rule(3, "table", "convert-uppercase"),
        rule(4, "column", "convert-uppercase", "id"),
        rule(5, "column", "add-prefix", "n", value="x_"),
    )
    assert (mapped.target_schema, mapped.target_table) == ("S", "T_ONE")
    assert names(mapped) == {"id": "ID", "first_name": "first_name", "n": "x_n"}


def test_a_rule_for_what_does_not_exist_is_silently_idle() -> None:
    idle = rule(2, "column", "rename", "nmae", value="NAME")
    assert names(resolved(idle)) == names(resolved())
    elsewhere = rule(2, "table", "rename", value="x")
    elsewhere["object-locator"]["table-name"] = "t_two"
    assert resolved(elsewhere).target_table == "t_one"


def test_one_key_or_one_name_is_all_a_table_gets() -> None:
    key = rule(5, "table", "define-primary-key", primary_key_def={"name": "PK", "columns": ["n"]})
    key["object-locator"] = {"schema-name": "s", "table-name": "t_one"}
    upper = rule(6, "table", "convert-uppercase")
    assert (resolved(key, upper).key_columns, resolved(key, upper).target_table) == (
        ("n",),
        "t_one",
    )
    assert (resolved(key, upper | {"rule-id": 4}).key_columns, resolved(key).key_columns) == (
        (),
        ("n",),
    )


def test_of_two_added_columns_with_one_name_the_lower_id_is_added() -> None:
    twice = [
        rule(number, "column", "add-column", value="x", expression=str(number)) for number in (3, 2)
    ]
    assert [column.expression for column in resolved(*twice).columns if column.source is None] == [
        "2"
    ]


def test_chaining_puts_names_and_types_together() -> None:
    rules = (
        rule(2, "column", "convert-uppercase", "%"),
        rule(3, "column", "add-suffix", "n", value="_X"),
        rule(4, "column", "change-data-type", "n", data_type={"type": "string"}),
    )
    [found] = [
        column for column in resolved(*rules, policy="chained").columns if column.source.name == "n"
    ]
    assert (found.target, found.data_type.name, found.rule_ids) == ("N_X", "string", (2, 3, 4))
    [found] = [column for column in resolved(*rules).columns if column.source.name == "n"]
    assert (found.target, found.data_type, found.rule_ids) == ("N", None, (2,))


def test_tablespaces_change_no_name() -> None:
    given = rule(2, "table-tablespace", "rename", value="NEW")
    given["object-locator"]["table-tablespace-name"] = "OLD"
    assert (resolved(given).target_schema, resolved(given).target_table) == ("s", "t_one")
