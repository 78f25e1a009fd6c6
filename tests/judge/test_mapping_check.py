"""The mapping held against the contract: the documented configuration is refused, the corrected one
is not.
"""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from reconciliation.agreed.contract import load_contract
from reconciliation.checks import examine
from reconciliation.checks.mapping import MAPPING
from reconciliation.mapping import parse_mapping, resolve
from reconciliation.mapping.model import POLICIES, ResolvedMapping
from reconciliation.model import (
    Catalogue,
    ColumnPair,
    ColumnType,
    Contract,
    Finding,
    TableContract,
)
from tests.judge.catalogues import (
    CONTRACTS,
    MAPPINGS,
    NUMBER,
    catalogue,
    flight_source,
    flight_target,
    table,
    varchar2,
)

DOCUMENTED = (MAPPINGS / "as-documented.json").read_text(encoding="utf-8")
CORRECTED = (MAPPINGS / "corrected.json").read_text(encoding="utf-8")


def examined(
    resolved: ResolvedMapping, contract: Contract, source: Catalogue, target: Catalogue
) -> tuple[Finding, ...]:
    """What stands against a resolved mapping."""
    run = SimpleNamespace(
        resolved=resolved,
        contract=contract,
        source_catalogue=source,
        target_catalogue=target,
        target=None,  # asked only whether a table that is absent may be hidden
    )
    found = examine(run, MAPPING)
    assert found.unjudged is None
    return found.findings


def check(
    text: str,
    policy: str = "lower_rule_id_wins",
    contract: Contract | None = None,
    target: Catalogue | None = None,
) -> tuple[Finding, ...]:
    source = catalogue(flight_source())
    contract = contract or load_contract(CONTRACTS, None)
    resolved = resolve(parse_mapping(text), source, policy)
    return examined(resolved, contract, source, target or catalogue(flight_target()))


def of(findings: tuple[Finding, ...], name: str) -> dict[str | None, Finding]:
    return {finding.column: finding for finding in findings if finding.check == name}


def edited(text: str, rule_id: str, **members: object) -> str:
    document = json.loads(text)
    for rule in document["rules"]:
        if rule["rule-id"] == rule_id:
            rule |= members
    return json.dumps(document)


def without(text: str, *rule_ids: str) -> str:
    document = json.loads(text)
    document["rules"] = [rule for rule in document["rules"] if rule["rule-id"] not in rule_ids]
    return json.dumps(document)


@pytest.mark.parametrize("policy", POLICIES)
def test_the_corrected_mapping_has_no_finding(policy: str) -> None:
    assert check(CORRECTED, policy) == ()


@pytest.mark.parametrize("policy", POLICIES)
def test_the_misspelt_rule_names_nothing_and_the_right_name_is_suggested(policy: str) -> None:
    found = of(check(DOCUMENTED, policy), "rule_names_nothing")
    assert list(found) == ["detination_code"]
    finding = found["detination_code"]
    assert finding.rule_ids == ("556002807",)
    assert finding.table == "travelbuddy.flightspecial"
    assert "rule 556002807" in finding.message
    assert "did it mean destination_code?" in finding.message


@pytest.mark.parametrize("policy", POLICIES)
def test_the_column_that_is_never_reached_is_named_with_where_it_goes(policy: str) -> None:
    finding = of(check(DOCUMENTED, policy), "column_not_reached")["destination_code"]
    assert "never reaches TRAVELBUDDY.FLIGHTSPECIAL.DESTINATIONCODE" in finding.message
    assert "goes to DESTINATION_CODE (rule 555867091)" in finding.message
    absent = of(check(DOCUMENTED, policy), "reaches_absent_column")["destination_code"]
    assert "DESTINATION_CODE" in absent.message


def test_under_the_lower_id_no_rename_works() -> None:
    found = check(DOCUMENTED)
    assert set(of(found, "column_not_reached")) == {
        "origin_code",
        "destination_code",
        "expiry_date",
    }


def test_chained_only_the_misspelt_column_is_not_reached() -> None:
    assert set(of(check(DOCUMENTED, "chained"), "column_not_reached")) == {"destination_code"}


@pytest.mark.parametrize("policy", POLICIES)
def test_the_wildcard_fights_with_every_rename(policy: str) -> None:
    found = of(check(DOCUMENTED, policy), "rules_fight")
    assert {column: finding.rule_ids for column, finding in found.items()} == {
        "origin_code": ("555867091", "555920505"),
        "expiry_date": ("555867091", "556134354"),
        "detination_code": ("555867091", "556002807"),
    }


def test_a_fight_says_who_wins_and_what_is_lost() -> None:
    message = of(check(DOCUMENTED), "rules_fight")["origin_code"].message
    assert "rule 555867091 wins" in message
    assert "gives ORIGIN_CODE" in message
    assert "lost: rule 555920505 would give ORIGINCODE" in message


@pytest.mark.parametrize("policy", POLICIES)
def test_a_type_that_cannot_be_held_is_found_also_when_its_rule_loses(policy: str) -> None:
    found = of(check(DOCUMENTED, policy), "type_cannot_hold")
    assert list(found) == ["expiry_date"]
    assert found["expiry_date"].rule_ids == ("556134354",)
    assert "timestamptz" in found["expiry_date"].message
    assert "EXPIRYDATE (NUMBER) without conversion" in found["expiry_date"].message
    assert ("wins over it" in found["expiry_date"].message) is (policy == "lower_rule_id_wins")


def test_an_expression_that_does_not_read_the_column_does_not_reach_it() -> None:
    found = of(
        check(edited(CORRECTED, "19", expression="CAST($expiry_date_old AS INTEGER)")),
        "column_not_reached",
    )
    assert "fills EXPIRYDATE without reading $expiry_date" in found["expiry_date"].message


def test_an_expression_of_a_type_the_column_cannot_hold_is_found() -> None:
    found = check(edited(CORRECTED, "19", **{"data-type": {"type": "datetime"}}))
    assert [finding.check for finding in found] == ["type_cannot_hold"]
    assert found[0].rule_ids == ("19",)


def test_a_column_without_a_rule_keeps_its_name_and_is_not_reached() -> None:
    found = check(without(CORRECTED, "11"))
    assert {finding.check for finding in found} == {"column_not_reached", "reaches_absent_column"}
    assert {finding.column for finding in found} == {"header"}


def test_a_column_that_is_removed_is_not_reached() -> None:
    found = of(check(without(CORRECTED, "19")), "column_not_reached")
    assert "goes to nowhere: it is removed (rule 18)" in found["expiry_date"].message


def test_two_columns_in_one_are_found() -> None:
    found = of(check(edited(CORRECTED, "16", value="DESTINATIONCODE")), "column_written_twice")
    assert found["origin_code"].rule_ids == ("16", "17")


def test_a_table_that_goes_elsewhere_is_found() -> None:
    found = check(edited(CORRECTED, "3", **{"rule-action": "rename", "value": "FLIGHTS"}))
    assert [finding.check for finding in found] == ["contract_table_not_mapped"]
    assert "goes to TRAVELBUDDY.FLIGHTS" in found[0].message


def test_two_rules_for_the_table_fight() -> None:
    document = json.loads(CORRECTED)
    document["rules"].append(document["rules"][2] | {"rule-id": "30"})
    assert [finding.check for finding in check(json.dumps(document))] == ["rules_fight"]


def test_an_excluded_table_is_not_mapped() -> None:
    document = json.loads(CORRECTED)
    document["rules"].append(document["rules"][0] | {"rule-id": "40", "rule-action": "exclude"})
    found = check(json.dumps(document))
    assert "contract_table_not_mapped" in {finding.check for finding in found}


def test_a_replicated_table_without_a_contract_is_found() -> None:
    assert {finding.check for finding in check(CORRECTED, contract=Contract(()))} == {
        "table_without_contract"
    }


def test_a_replicated_column_without_a_contract_is_found() -> None:
    contract = load_contract(CONTRACTS, None)
    pairs = tuple(pair for pair in contract.tables[0].pairs if pair.source != "body")
    found = check(CORRECTED, contract=Contract((replace(contract.tables[0], pairs=pairs),)))
    assert [(finding.check, finding.column) for finding in found] == [
        ("column_without_contract", "body")
    ]


def test_a_filter_on_a_contracted_table_is_found() -> None:
    condition = {"filter-operator": "gte", "value": "1"}
    filters = [{"filter-type": "source", "column-name": "id", "filter-conditions": [condition]}]
    found = check(edited(CORRECTED, "1", filters=filters))
    assert [finding.check for finding in found] == ["rows_filtered"]


def test_an_absent_legacy_column_is_found_without_any_change_of_the_mapping() -> None:
    target = flight_target()
    columns = {name: column for name, column in target.columns.items() if name != "BODY"}
    found = check(CORRECTED, target=catalogue(replace(target, columns=columns)))
    assert {(finding.check, finding.column) for finding in found} == {
        ("reaches_absent_column", "body"),
        ("column_not_reached", "body"),
    }


def test_no_check_knows_a_name() -> None:
    """The same mistakes under other names are found as well."""
    renames = {
        "flightspecial": "tour",
        "travelbuddy": "shop",
        "FLIGHTSPECIAL": "TOUR",
        "TRAVELBUDDY": "SHOP",
        "detination_code": "coutry_name",
        "destination_code": "country_name",
        "DESTINATIONCODE": "COUNTRYNAME",
        "expiry_date": "closed_at",
        "EXPIRYDATE": "CLOSEDAT",
    }
    text = DOCUMENTED
    for old, new in renames.items():
        text = text.replace(f'"{old}"', f'"{new}"')
    kinds = {
        "id": ColumnType("int8"),
        "country_name": ColumnType("varchar", 9),
        "closed_at": ColumnType("timestamptz"),
    }
    source = catalogue(table("shop.tour", kinds, key=("id",)))
    target_kinds = {"ID": NUMBER, "COUNTRYNAME": varchar2(9), "CLOSEDAT": NUMBER}
    target = catalogue(table("SHOP.TOUR", target_kinds, key=("ID",)))
    pairs = (
        ColumnPair("id", "ID"),
        ColumnPair("country_name", "COUNTRYNAME"),
        ColumnPair("closed_at", "CLOSEDAT", "epoch_millis"),
    )
    contract = Contract((TableContract("shop.tour", "SHOP.TOUR", ("id",), pairs, "country_name"),))
    found = examined(resolve(parse_mapping(text), source, "chained"), contract, source, target)
    assert {finding.check for finding in found} == {
        "rule_names_nothing",
        "rules_fight",
        "reaches_absent_column",
        "column_not_reached",
        "type_cannot_hold",
    }
    assert "did it mean country_name?" in of(found, "rule_names_nothing")["coutry_name"].message
    assert set(of(found, "type_cannot_hold")) == {"closed_at"}


TEXT = ColumnType("text")


@pytest.mark.parametrize(
    ("kind", "data_type", "required", "key", "said"),
    [
        (TEXT, None, True, True, "body NOT NULL refuses every new row with ORA-01400"),
        (ColumnType("jsonb"), None, True, True, "(jsonb) is a LOB"),
        (TEXT, None, False, False, "tables with a primary key only"),
        (TEXT, None, False, True, None),
        (TEXT, {"type": "string", "length": "9"}, True, True, None),
        (ColumnType("varchar", 9), None, True, True, None),
        (ColumnType("varchar", 9), {"type": "clob"}, True, True, "is a LOB"),
    ],
)
def test_a_lob_is_written_behind_its_row(
    kind: ColumnType, data_type: object, required: bool, key: bool, said: str | None
) -> None:
    by = ("id",) if key else ()
    columns = {"id": ColumnType("int8"), "body": kind}
    source = catalogue(table("s.t", columns, key=by))
    there = {"id": NUMBER, "body": varchar2(36)}
    target = catalogue(table("s.t", there, key=by, required=("body",) if required else ()))
    pairs = (ColumnPair("id", "id"), ColumnPair("body", "body"))
    contract = TableContract("s.t", "s.t", by, pairs, "body")
    where = {"schema-name": "s", "table-name": "t"}
    rules = [json.loads(CORRECTED)["rules"][0] | {"object-locator": where}]
    if data_type is not None:
        change = {"rule-type": "transformation", "rule-id": "2", "rule-name": "2"}
        change |= {"rule-target": "column", "rule-action": "change-data-type"}
        rules.append(
            change | {"object-locator": where | {"column-name": "body"}, "data-type": data_type}
        )
    resolved = resolve(parse_mapping(json.dumps({"rules": rules})), source, "chained")
    found = of(examined(resolved, Contract((contract,)), source, target), "lob_not_written")
    assert (said is None) == (not found)
    if said:
        assert said in found["body"].message
