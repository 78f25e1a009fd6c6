"""Rows for drawn schemas: both databases take what was made for every table, and what an UPDATE may
set.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciliation.model import ColumnPair, Contract, TableContract
from tests.counts import count
from tests.judge_io.hand_made import SCHEMA
from tests.judge_io.making_world import MakingWorld
from tests.oracle.fake_engine import USER
from tests.schemas import write
from tests.schemas.draw import schema_of
from tests.schemas.model import Schema, Table

#: beyond those that are judged in a lab
SEEDS = range(101, 101 + count(8, 200))


@pytest.mark.parametrize("seed", SEEDS)
def test_rows_of_every_table_are_taken_by_both_databases(world: MakingWorld, seed: int) -> None:
    schema = replace(schema_of(seed), source=SCHEMA, target=USER)
    _build(world, schema)
    maker = world.maker(f"the run of {seed}")
    names = [f"{SCHEMA}.{one.name}" for one in schema.tables]
    assert {name: maker.hindrance(name) for name in names} == dict.fromkeys(names)
    assert set(maker.tables) == set(names)
    world.write(*maker.foundation(maker.tables))
    for name in maker.tables:
        made = (*maker.rows(name, 3), *maker.rows(name, 2, bare=True))
        world.write(*made)
        own = next(one for one in reversed(made) if one.table == name)
        for turn in range(2):
            changed = maker.change(own, turn=turn)
            assert set(changed) == set(maker.changeable(name))
            assert all(own.row[column] != value for column, value in changed.items())
            world.update(own, changed)
        if emptied := maker.emptied(own):
            world.update(own, emptied)
        anew = maker.anew(maker.rows(name, 1)[-1])
        assert anew.key not in {one.key for one in made}


def _build(world: MakingWorld, schema: Schema) -> None:
    world.judge.here(f"DROP SCHEMA {SCHEMA} CASCADE; {write.source_tables(schema)}")
    world.judge.here(write.source_rows(schema))
    for script in (write.target_tables(schema), write.target_rows(schema)):
        world.judge.there(*(one for one in script.split(";\n") if one))
    world.contract = Contract(tuple(_contract(schema, table) for table in schema.tables))
    world.read()


def _contract(schema: Schema, table: Table) -> TableContract:
    pairs = tuple(
        ColumnPair(one.name, one.target, one.pair.conversion or None) for one in table.columns
    )
    names = f"{schema.source}.{table.name}", f"{schema.target}.{table.target}"
    return TableContract(*names, table.key, pairs, None, path=f"{table.name}.toml")
