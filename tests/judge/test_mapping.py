"""The table mapping: parsing, patterns, actions and both policies, by the
documented rules of DMS.
"""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.errors import MappingError
from reconciliation.mapping import ResolvedTable, parse_mapping, resolve
from reconciliation.mapping.patterns import literal, matches
from reconciliation.model import ColumnType
from tests.judge.catalogues import catalogue, flight_source, table

LOWER, CHAINED = "lower_rule_id_wins", "chained"
INCLUDE = {
    "rule-type": "selection",
    "rule-id": "1",
    "rule-name": "all",
    "object-locator": {"schema-name": "s", "table-name": "%"},
    "rule-action": "include",
}


def column_rule(
    rule_id: int | str, action: str, column: str | None = "%", **members: object
) -> dict:
    locator = {"schema-name": "s", "table-name": "t"} | ({"column-name": column} if column else {})
    kind = {"rule-type": "transformation", "rule-target": "column", "rule-action": action}
    return (
        kind | {"rule-id": rule_id, "rule-name": str(rule_id), "object-locator": locator} | members
    )


def resolved(
    *rules: dict, policy: str = LOWER, columns: str = "id note", selection: dict = INCLUDE
) -> ResolvedTable:
    kinds = {name: ColumnType("varchar", 10) for name in columns.split()}
    source = catalogue(table("s.t", kinds, key=("id",)))
    return resolve(
        parse_mapping(json.dumps({"rules": [selection, *rules]})), source, policy
    ).tables[0]


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("%", "", True),
        ("%", "anything", True),
        ("a%c", "abbbc", True),
        ("a%c", "abbb", False),
        ("dms_audit", "dmsXaudit", True),
        ("dms[_]audit", "dmsXaudit", False),
        ("dms[_]audit", "dms_audit", True),
        ("[ab]x", "bx", True),
        ("[ab]x", "cx", False),
        ("[a-d]x", "cx", True),
        ("[a-d]x", "ex", False),
        ("[d-a]x", "bx", False),
        ("a.c", "abc", False),
        ("a.c", "a.c", True),
        ("Name", "name", False),
        ("a[", "a[", True),
        ("_", "", False),
    ],
)
def test_a_pattern_fits_as_documented(pattern: str, name: str, fits: bool) -> None:
    assert matches(pattern, name) is fits


@given(
    st.text(
        alphabet=st.characters(exclude_categories=("Cs",), exclude_characters="%_["), max_size=20
    )
)
def test_a_name_without_wildcards_fits_itself_and_nothing_longer(name: str) -> None:
    assert matches(name, name)
    assert not matches(name, name + "x")
    assert literal(name) == name


@pytest.mark.parametrize(
    ("pattern", "meant"),
    [("a_b", "a_b"), ("a[_]b", "a_b"), ("a%", None), ("[ab]x", None), (None, None)],
)
def test_a_pattern_tells_the_one_name_it_is_meant_for(
    pattern: str | None, meant: str | None
) -> None:
    assert literal(pattern) == meant


@pytest.mark.parametrize(
    ("action", "members", "target"),
    [
        ("rename", {"value": "MEMO"}, "MEMO"),
        ("convert-uppercase", {}, "NOTE"),
        ("convert-lowercase", {}, "note"),
        ("add-prefix", {"value": "x_"}, "x_note"),
        ("add-suffix", {"value": "_x"}, "note_x"),
        ("remove-prefix", {"value": "no"}, "te"),
        ("remove-prefix", {"value": "NO"}, "note"),
        ("remove-suffix", {"value": "te"}, "no"),
        ("replace-prefix", {"value": "X", "old-value": "no"}, "Xte"),
        ("replace-prefix", {"value": "X", "old-value": "te"}, "note"),
        ("replace-suffix", {"value": "X", "old-value": "te"}, "noX"),
        ("remove-column", {}, None),
        ("change-data-type", {"data-type": {"type": "string", "length": 5}}, "note"),
        ("data-masking-hash-mask", {}, "note"),
    ],
)
def test_an_action_gives_a_column_its_target_name(
    action: str, members: dict, target: str | None
) -> None:
    column = resolved(column_rule(5, action, "note", **members)).column("note")
    assert column.target == target
    assert column.rule_ids == ("5",)


def test_the_lower_rule_id_wins_numerically() -> None:
    # as text "10" would come before "9"
    column = resolved(
        column_rule("10", "rename", "note", value="TEN"), column_rule("9", "convert-uppercase")
    ).column("note")
    assert (column.target, column.rule_ids) == ("NOTE", ("9",))
    assert [rule.rule_id for rule in column.contenders] == ["9", "10"]


def test_chained_rules_are_all_applied_in_the_order_of_their_ids() -> None:
    rules = (column_rule(10, "add-suffix", "note", value="_x"), column_rule(9, "convert-uppercase"))
    assert resolved(*rules, policy=CHAINED).column("note").target == "NOTE_x"
    assert resolved(*rules, policy=LOWER).column("note").target == "NOTE"


def test_chaining_stops_at_a_removed_column() -> None:
    rules = (column_rule(9, "remove-column", "note"), column_rule(10, "rename", "note", value="X"))
    assert resolved(*rules, policy=CHAINED).column("note").target is None


def test_names_are_case_sensitive() -> None:
    assert resolved(column_rule(5, "rename", "NOTE", value="X")).column("note").target == "note"


def test_include_column_keeps_the_listed_columns_only() -> None:
    found = resolved(column_rule(5, "include-column", "id"))
    assert [(column.source, column.target) for column in found.columns] == [
        ("id", "id"),
        ("note", None),
    ]


def test_add_column_brings_a_column_without_a_source() -> None:
    rule = column_rule(
        5,
        "add-column",
        None,
        value="LEN",
        expression="length($note)",
        **{"data-type": {"type": "int4"}},
    )
    added = resolved(rule).columns[-1]
    assert (added.source, added.target, added.expression, added.rule_ids) == (
        None,
        "LEN",
        "length($note)",
        ("5",),
    )
    assert added.data_type is not None
    assert added.data_type.name == "int4"


def test_a_masking_rule_does_not_contend_for_the_name() -> None:
    column = resolved(
        column_rule(5, "data-masking-hash-mask", "note"), column_rule(6, "convert-uppercase")
    ).column("note")
    assert (column.target, column.rule_ids) == ("NOTE", ("6", "5"))
    assert len(column.contenders) == 1


def test_a_locator_may_ask_for_a_data_type() -> None:
    rule = column_rule(5, "convert-uppercase")
    rule["object-locator"]["data-type"] = "nclob"
    assert resolved(rule).column("note").target == "note"
    rule["object-locator"]["data-type"] = "wstring"
    assert resolved(rule).column("note").target == "NOTE"


def test_schema_and_table_are_renamed_by_their_own_rules() -> None:
    schema = column_rule(2, "convert-uppercase", None) | {"rule-target": "schema"}
    named = column_rule(3, "rename", None, value="NOTES") | {"rule-target": "table"}
    found = resolved(schema, named)
    assert (found.target, found.rule_ids) == ("S.NOTES", ("2", "3"))


def selection(rule_id: int, action: str, name: str = "%", **members: object) -> dict:
    locator = {"schema-name": "s", "table-name": name}
    return (
        INCLUDE | {"rule-id": rule_id, "rule-action": action, "object-locator": locator} | members
    )


@pytest.mark.parametrize(
    ("rules", "selected"),
    [
        ([selection(1, "include")], ["s.a", "s.ab"]),
        ([selection(1, "include"), selection(2, "exclude", "ab")], ["s.a"]),
        ([selection(2, "include"), selection(1, "exclude", "ab")], ["s.a"]),
        ([selection(1, "explicit", "ab")], ["s.ab"]),
        ([selection(1, "explicit", "a_")], []),
        ([selection(1, "include", "a_")], ["s.ab"]),
        ([selection(1, "include", "A")], []),
    ],
)
def test_selection(rules: list[dict], selected: list[str]) -> None:
    kinds = {"id": ColumnType("int8")}
    source = catalogue(table("s.a", kinds, key=("id",)), table("s.ab", kinds, key=("id",)))
    found = resolve(parse_mapping(json.dumps({"rules": rules})), source, LOWER)
    assert [entry.source for entry in found.tables] == selected


def test_a_filter_is_kept_unless_another_rule_lets_every_row_through() -> None:
    condition = {"filter-operator": "gte", "value": "10"}
    filters = [{"filter-type": "source", "column-name": "id", "filter-conditions": [condition]}]
    narrow = resolved(selection=selection(1, "include", filters=filters))
    assert [entry.column for entry in narrow.filters] == ["id"]
    assert narrow.filters[0].conditions[0].operator == "gte"
    assert (
        resolved(
            selection(2, "include"), selection=selection(1, "include", filters=filters)
        ).filters
        == ()
    )


def test_rules_that_match_nothing_are_idle() -> None:
    source = catalogue(flight_source())
    rules = [
        INCLUDE,
        column_rule(7, "rename", "absent", value="X"),
        selection(8, "exclude", "nothing"),
    ]
    found = resolve(parse_mapping(json.dumps({"rules": rules})), source, LOWER)
    assert [rule.rule_id for rule in found.idle_rules] == ["1", "7", "8"]


REFUSED = {
    "not JSON": ('{"rules": [\n  {]}', "is not JSON: .*, line 2 column 4"),
    "no rules": ('{"rule": []}', 'list "rules"'),
    "no selection": ('{"rules": []}', "no selection rule"),
    "no object": ('{"rules": [1]}', "rule number 1 is not an object"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_document_that_is_no_mapping_is_refused_in_one_line(case: str) -> None:
    text, message = REFUSED[case]
    with pytest.raises(MappingError, match=message) as refused:
        parse_mapping(text)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (column_rule(5, "make-upper"), "rule 5 has the unknown action 'make-upper'"),
        (column_rule(5, "Rename", value="x"), "rule 5 has the unknown action 'Rename'"),
        (column_rule(5, "rename"), "rule 5: rename needs a value"),
        (column_rule(5, "add-prefix"), "rule 5: add-prefix needs a value"),
        (column_rule(5, "replace-prefix", value="x"), "rule 5: replace-prefix needs an old-value"),
        (column_rule(5, "change-data-type"), "rule 5: change-data-type needs a data-type"),
        (column_rule(5, "rename", None, value="x"), "rule 5 has no column-name"),
        (
            column_rule(5, "remove-column") | {"rule-target": "table"},
            "rule 5: remove-column needs rule-target column",
        ),
        (
            column_rule(5, "rename", value="x") | {"rule-target": "row"},
            "rule 5 has the unknown rule-target 'row'",
        ),
        (column_rule("five", "rename", value="x"), "rule number 2 has the rule-id 'five'"),
        (column_rule(1, "rename", value="x"), "rule-id 1 is given twice"),
        (
            column_rule("01", "rename", value="x"),
            "rule-id 1 is given twice|rule-id 01 is given twice",
        ),
        (column_rule(5, "rename", value=7), "rule 5: value must be text"),
        (
            column_rule(5, "rename", value="x") | {"rule-type": "transform"},
            "rule 5 has the unknown rule-type",
        ),
        (
            column_rule(5, "rename", value="x") | {"object-locator": None},
            "rule 5 has no object-locator",
        ),
        (selection(5, "includes"), "rule 5 has the unknown selection action 'includes'"),
        (selection(5, "explicit", "a%"), "rule 5 selects explicitly"),
        (selection(5, "include", filters=7), "rule 5: filters must be a list, not 7"),
        (
            selection(5, "exclude", filters=[{"column-name": "a", "filter-conditions": [{}]}]),
            "rule 5 .*operator",
        ),
    ],
)
def test_a_rule_that_is_not_understood_is_refused_by_its_id(rule: dict, message: str) -> None:
    with pytest.raises(MappingError, match=message):
        parse_mapping(json.dumps({"rules": [INCLUDE, rule]}))


def test_an_unknown_policy_is_refused() -> None:
    with pytest.raises(MappingError, match="policy 'both' is unknown"):
        resolved(policy="both")


def test_a_rename_by_expression_is_refused_rather_than_guessed() -> None:
    with pytest.raises(MappingError, match="rule 5 renames by an expression"):
        resolved(column_rule(5, "rename", "note", expression="upper($AR_M_SOURCE_COLUMN_NAME)"))
