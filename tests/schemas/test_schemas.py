"""A schema nobody has seen is READY, and NOT READY with the table's name under a fault; what is
drawn is as varied as schemas are.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.counts import count
from tests.schemas import write
from tests.schemas.choices import CHECKS, COLUMN_NAMES, TABLE_NAMES
from tests.schemas.draw import schema_of
from tests.schemas.judged import bound_to, wrong_under, wrong_with
from tests.schemas.model import Column, Reference, Schema, Table
from tests.schemas.pairs import COUNTED, INTEGER, KEYS, PARTS, PLAIN
from tests.table_faults.pairs import FAULTS, Pair
from tests.table_faults.pairs import Table as Faulty

#: small ones first
SEEDS = (4, 24, 11, 19, 2)
DRAWN = 200
LONGEST_NAME = 30


@pytest.mark.parametrize("seed", SEEDS[: count(1, len(SEEDS))])
def test_a_drawn_schema_is_ready_and_not_ready_under_a_fault(seed: int, tmp_path: Path) -> None:
    found = wrong_with(seed, tmp_path / "place")
    assert found == []


@pytest.fixture(scope="module")
def drawn() -> list[Schema]:
    return [schema_of(seed) for seed in range(1, DRAWN + 1)]


def test_a_seed_draws_the_same_schema_always() -> None:
    assert schema_of(7) == schema_of(7)
    assert schema_of(7) != schema_of(8)


def test_drawn_schemas_are_valid(drawn: list[Schema]) -> None:
    for schema in drawn:
        for side in ("name", "target"):
            _no_two_alike([getattr(one, side) for one in schema.tables])
        for table in schema.tables:
            for side in ("name", "target"):
                _no_two_alike([getattr(one, side) for one in table.columns])
            _references_lead_somewhere(schema, table)


def test_rows_of_a_world_keep_what_has_to_be_unique(drawn: list[Schema]) -> None:
    for schema in drawn:
        for table in schema.tables:
            for names in (table.key, *table.unique):
                rows = [_values(schema, table, names, place) for place in range(table.rows)]
                assert len(set(rows)) == table.rows, (schema.seed, table.name, names)
                assert all("NULL" not in row for row in rows) or names != table.key


def test_every_kind_of_table_is_drawn(drawn: list[Schema]) -> None:
    assert {len(one.tables) for one in drawn} == set(range(1, 7))
    tables = [one for schema in drawn for one in schema.tables]
    assert {one.name for one in tables} == set(TABLE_NAMES)
    assert {len(one.key) for one in tables} == {1, 2, 3}
    assert {one.column(one.key[0]).pair for one in tables if len(one.key) == 1} >= set(KEYS)
    parts = {one.column(name).pair for one in tables if len(one.key) > 1 for name in one.key}
    assert parts >= set(PARTS)
    assert {len(names) for one in tables for names in one.unique} == {1, 2}
    assert any(one.target != one.name.upper() != one.name for one in tables)


def test_every_kind_of_column_is_drawn(drawn: list[Schema]) -> None:
    columns = [one for schema in drawn for table in schema.tables for one in table.columns]
    assert {one.name for one in columns} == {*COLUMN_NAMES, "id"}
    assert {one.pair for one in columns} >= set(PLAIN)
    assert {one.nullable for one in columns} == {(True, True), (False, True), (False, False)}
    counted = {(one.pair, one.identity) for one in columns if one.identity}
    assert counted == {(pair, kind) for pair in COUNTED for kind in ("ALWAYS", "BY DEFAULT")}
    assert any(one.default for one in columns)
    assert any("_" in one.name and "_" not in one.target for one in columns)


def test_every_kind_of_constraint_is_drawn(drawn: list[Schema]) -> None:
    tables = [(schema, one) for schema in drawn for one in schema.tables]
    checks = [one for _, table in tables for one in table.checks]
    assert {one.words for one in checks} == {words for words, _ in CHECKS}
    assert {one.in_oracle for one in checks} == {True, False}
    links = {kind for schema, table in tables for kind in _kinds_of_links(schema, table)}
    assert links == {
        "to itself", "closes a ring", "may be NULL", "may not be NULL", "is the key",
        "within the key", "beside the key", "several columns", "to no key", "PostgreSQL's alone",
    }  # fmt: skip


def test_names_are_as_long_as_oracle_takes_them(drawn: list[Schema]) -> None:
    names = {
        name
        for schema in drawn
        for table in schema.tables
        for one in (table, *table.columns)
        for name in (one.name, one.target)
    }
    assert max(len(name.encode()) for name in names) == LONGEST_NAME
    assert sum(len(name.encode()) == LONGEST_NAME for name in names) >= 6


def test_a_world_is_written_for_every_schema(drawn: list[Schema]) -> None:
    for schema in drawn:
        here, there = write.source_tables(schema), write.target_tables(schema)
        assert here.count("CREATE TABLE") == there.count("CREATE TABLE") == len(schema.tables)
        assert write.source_rows(schema).count("INSERT") == write.target_rows(schema).count(
            "INSERT"
        )
        for table in schema.tables:
            assert write.quoted(table.name) in here
            assert write.quoted(table.target) in there


def test_tables_that_oracle_ties_together_are_hit_by_one_fault() -> None:
    def table(name: str, *parents: str, in_oracle: bool = True) -> Table:
        key = Column("id", "ID", INTEGER)
        links = [Reference(one, ("id",), ("id",), in_oracle=in_oracle) for one in parents]
        return Table(name, name.upper(), (key,), ("id",), references=tuple(links))

    own = table("own", "own")
    schema = Schema((
        own, table("parent"), table("child", "parent"), table("grandchild", "child"),
        table("free", "parent", in_oracle=False),
    ))  # fmt: skip
    bound = {
        name: bound_to(schema, Faulty(f"shop.{name}", "")) for name in ("own", "free", "child")
    }
    assert bound == {"own": set(), "free": set(), "child": {"parent", "grandchild"}}


def test_a_table_beside_that_is_broken_is_wrong_unless_oracle_ties_it() -> None:
    def cell(table: str) -> dict[str, object]:
        return {"table": table, "judged": "broken", "guarantee": {"scenario": "it arrives"}}

    schema, fault = schema_of(SEEDS[0]), next(iter(FAULTS))
    verdict = {
        "verdict": "NOT READY",
        "reason": "broken in shop.a and shop.b",
        "matrix": [cell("shop.a"), cell("shop.b")],
        "not_held": [
            {"outcome": "failed", "message": "shop.a: gone", "tables": ["shop.a"], "scenario": "x"},
            {"outcome": "failed", "message": "gone", "tables": ["shop.b"], "scenario": "y"},
        ],
    }
    pair = Pair(fault, Faulty("shop.a", "SHOP.A"))
    assert list(wrong_under(schema, pair, verdict, {"shop.b"})) == []
    assert len(list(wrong_under(schema, pair, verdict, set()))) == 2


# ------------------------------------------------------------------ parts


def _no_two_alike(names: list[str]) -> None:
    """Not even to somebody who does not quote them."""
    folded = sorted(name.upper() for name in names)
    assert all(one != other for one, other in pairwise(folded)), folded


def _references_lead_somewhere(schema: Schema, table: Table) -> None:
    places = {one.name: place for place, one in enumerate(schema.tables)}
    for link in table.references:
        parent = schema.table(link.parent)
        assert link.referenced in (parent.key, *parent.unique)
        assert (places[parent.name] > places[table.name]) is link.late
        for name, there in zip(link.columns, link.referenced, strict=True):
            assert table.column(name).pair == parent.column(there).pair


def _values(schema: Schema, table: Table, names: tuple[str, ...], place: int) -> tuple[str, ...]:
    return tuple(write.literal(schema, table, table.column(name), place)[0] for name in names)


def _kinds_of_links(schema: Schema, table: Table) -> Iterator[str]:
    for link in table.references:
        columns: list[Column] = [table.column(name) for name in link.columns]
        if link.parent == table.name:
            yield "to itself"
        if link.late:
            yield "closes a ring"
        yield "may be NULL" if all(one.nullable[0] for one in columns) else "may not be NULL"
        if link.columns == table.key:
            yield "is the key"
        elif set(link.columns) <= set(table.key):
            yield "within the key"
        else:
            yield "beside the key"
        if link.referenced != schema.table(link.parent).key:
            yield "to no key"
        if len(link.columns) > 1:
            yield "several columns"
        if not link.in_oracle:
            yield "PostgreSQL's alone"
