"""Drafts of table mappings: every column reaches its counterpart by one rule, and what has none is
told.
"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciliation.drafting import draft_mapping
from reconciliation.drafting.counterparts import paired
from reconciliation.mapping import POLICIES, ResolvedMapping, parse_mapping, resolve
from reconciliation.mapping.fights import fights
from reconciliation.model import Catalogue, CatalogueTable, ColumnType
from tests.judge.catalogues import catalogue, flight_source, flight_target, table

HERE, THERE = ColumnType("int4"), ColumnType("NUMBER")


def of(name: str, *columns: str, kind: ColumnType = HERE) -> CatalogueTable:
    return table(name, dict.fromkeys(columns, kind), key=columns[:1])


def there(name: str, *columns: str) -> CatalogueTable:
    return of(name, *columns, kind=THERE)


def drafted(
    source: Catalogue, target: Catalogue, policy: str = POLICIES[0]
) -> tuple[ResolvedMapping, tuple[str, ...]]:
    made = draft_mapping(source, target, policy)
    return resolve(parse_mapping(made.text), source, policy), made.notes


def ways(resolved: ResolvedMapping, name: str) -> dict[str | None, str | None]:
    return {column.source: column.target for column in resolved.table(name).columns}


@pytest.mark.parametrize("policy", POLICIES)
def test_the_flight_specials_reach_their_legacy_columns(policy: str) -> None:
    resolved, notes = drafted(catalogue(flight_source()), catalogue(flight_target()), policy)
    (one,) = resolved.tables
    assert one.target == "TRAVELBUDDY.FLIGHTSPECIAL"
    assert ways(resolved, one.source) == {
        name: name.replace("_", "").upper() for name in flight_source().columns
    }
    assert list(fights(resolved)) == []
    assert notes == (
        "travelbuddy.flightspecial.expiry_date (timestamptz) -> EXPIRYDATE (NUMBER): the "
        "replication does not convert one into the other; remove the column, and have EXPIRYDATE "
        "filled by an add-column rule with an expression",
    )


def test_one_rule_does_for_a_table_that_is_written_in_capitals() -> None:
    made = draft_mapping(
        catalogue(of("pay.t", "id", "a_b")), catalogue(there("PAY.T", "ID", "A_B")), POLICIES[0]
    )
    rules = json.loads(made.text)["rules"]
    assert [(rule["rule-type"], rule["rule-action"]) for rule in rules] == [
        ("selection", "include"),
        *[("transformation", "convert-uppercase")] * 3,
    ]
    assert made.tables == ("pay.t",)


def test_what_has_no_counterpart_is_removed_and_told() -> None:
    legacy = there("PAY.T", "ID", "AMOUNT", "BATCH")
    filled = replace(legacy.columns["BATCH"], nullable=False)
    legacy = replace(legacy, columns={**legacy.columns, "BATCH": filled})
    source = catalogue(of("pay.t", "id", "amountt"), of("pay.gone", "id"), of("pay.u", "id"))
    resolved, notes = drafted(source, catalogue(legacy, there("PAY.UU", "ID")))
    assert ways(resolved, "pay.t") == {"id": "ID", "amountt": None}
    assert notes == (
        "pay.gone: PAY has no table of this name; it is not selected",
        "pay.u: PAY has no table of this name; it is not selected",
        "pay.t.amountt (int4): PAY.T has no such column; it has AMOUNT; it is removed",
        "PAY.T.AMOUNT (NUMBER): nothing is sent there",
        "PAY.T.BATCH (NUMBER): nothing is sent there, and it is NOT NULL",
    )


def test_a_key_that_would_be_removed_is_told() -> None:
    _, notes = drafted(catalogue(of("s.t", "id", "a")), catalogue(there("S.T", "NO", "A")))
    assert "s.t.id (int4): S.T has no such column; it is removed, though it is part of" in notes[0]


def test_nothing_on_both_sides_is_no_mapping() -> None:
    made = draft_mapping(catalogue(of("s.t", "id")), {}, POLICIES[0])
    assert (made.text, made.tables) == ("", ())
    assert made.notes == ("s.t: Oracle has no table of this name; it is not selected",)


def test_several_schemas_go_where_most_of_their_tables_are() -> None:
    source = catalogue(of("pay.a", "id"), of("pay.b", "id"), of("shop.c", "id"), of("shop.a", "id"))
    target = catalogue(
        there("OLD.A", "ID"), there("OLD.B", "ID"), there("SHOP.A", "ID"), there("SHOP.C", "ID")
    )
    resolved, notes = drafted(source, target)
    assert {one.source: one.target for one in resolved.tables} == {
        "pay.a": "OLD.A",
        "pay.b": "OLD.B",
        "shop.a": "SHOP.A",
        "shop.c": "SHOP.C",
    }
    assert notes == ()


def test_a_partition_is_part_of_its_table() -> None:
    part = replace(of("s.t_2026", "id"), partition_of="s.t")
    target = catalogue(there("S.T", "ID"), there("S.T_2026", "ID"))
    resolved, notes = drafted(catalogue(of("s.t", "id"), part), target)
    assert [one.source for one in resolved.tables] == ["s.t"]
    assert notes == ()


def test_a_name_that_could_mean_either_means_none() -> None:
    assert paired(["a_b", "ab"], ["AB"]) == {"a_b": None, "ab": "AB"}
    assert paired(["a_b"], ["A-B", "AB"]) == {"a_b": None}
    assert paired(["a_b"], ["A_B", "AB"]) == {"a_b": "A_B"}
    assert paired(["Total", "total"], ["TOTAL"]) == {"Total": None, "total": None}
    assert paired(["가격", "SettlementBatch"], ["SETTLEMENT_BATCH", "가격"]) == {
        "가격": "가격",
        "SettlementBatch": "SETTLEMENT_BATCH",
    }


def test_a_table_that_could_be_meant_for_two_is_told() -> None:
    _, notes = drafted(
        catalogue(of("s.a_b", "id"), of("s.t", "id")),
        catalogue(there("S.AB", "ID"), there("S.A-B", "ID"), there("S.T", "ID")),
    )
    assert notes[0].startswith("s.a_b: it could be meant for S.AB or S.A-B")


#: wildcards of a mapping, capitals, quotes, another script: what names may hold
NAMES = st.text('ab_%[]-AB" 가', min_size=1, max_size=5)
TABLES = st.dictionaries(NAMES, st.lists(NAMES, min_size=1, max_size=5, unique=True), max_size=5)


@settings(max_examples=300, deadline=None)
@given(TABLES, TABLES, st.sampled_from(POLICIES))
def test_whatever_the_names_each_column_reaches_its_counterpart_by_one_rule(
    sources: dict[str, list[str]], targets: dict[str, list[str]], policy: str
) -> None:
    source = catalogue(*(of(f"s.{name}", *columns) for name, columns in sources.items()))
    target = catalogue(*(there(f"S.{name}", *columns) for name, columns in targets.items()))
    made = draft_mapping(source, target, policy)
    if not made.text:
        return
    resolved = resolve(parse_mapping(made.text), source, policy)
    assert tuple(one.source for one in resolved.tables) == tuple(sorted(made.tables))
    assert list(fights(resolved)) == []
    assert resolved.idle_rules == ()
    for one in resolved.tables:
        reached = [column.target for column in one.columns if column.target is not None]
        assert len(set(reached)) == len(reached)
        assert set(reached) <= set(target[one.target].columns)
