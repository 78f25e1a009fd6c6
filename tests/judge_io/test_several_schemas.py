"""A profile that names several schemas: the tables of all of them are read, and of no other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from reconciliation.agreed.contract import load_contract
from reconciliation.agreed.profile import Profile, load_profile
from reconciliation.cli import mapping as mapping_command
from reconciliation.process.limits import Limits
from reconciliation.session.connected import catalogues, connected
from reconciliation.session.fitness import unfit_tables

from .box import Box


@pytest.fixture
def two(box: Box) -> Iterator[Profile]:
    """A profile of two schemas of PostgreSQL: ``t`` is a table of the first, ``u`` of the other."""
    box.table("t", "id int8 PRIMARY KEY", "id NUMBER(19) PRIMARY KEY")
    box.contract("t", ["id"])
    box.run(name="check", json_report=False)  # writes the profile
    profile = load_profile("box", box.root)
    second = f"{box.schema}_b"
    box.here(
        f"CREATE SCHEMA {second}",
        f"CREATE TABLE {second}.u (id int8 PRIMARY KEY REFERENCES {{s}}.t)",
        f"CREATE VIEW {second}.v AS SELECT 1 AS id",
    )
    box.there("CREATE TABLE u (id NUMBER(19) PRIMARY KEY)")
    box.made.append("u")
    yield replace(profile, source=replace(profile.source, more_schemas=(second,)))
    box.here(f"DROP SCHEMA {second} CASCADE")


def test_tables_of_both_are_read(box: Box, two: Profile) -> None:
    with ExitStack() as closing:
        here, _ = catalogues(two, connected(two, Limits(), closing))
    assert set(here) == {f"{box.schema}.t", f"{box.schema}_b.u"}
    assert here[f"{box.schema}_b.u"].foreign_keys[0].table == f"{box.schema}.t"


def test_a_mapping_is_drafted_for_both_or_for_one(box: Box, two: Profile) -> None:
    assert set(mapping_command.drafted(two, None).tables) == {
        f"{box.schema}.t",
        f"{box.schema}_b.u",
    }
    assert mapping_command.drafted(two, f"{box.schema}_b").tables == (f"{box.schema}_b.u",)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("{s}_b.v", "({s}_b.v is a view: only tables are replicated and compared"),
        ("{s}_c.t", "({s}_c.t is not in schema {s} or {s}_b, which the profile names)"),
    ],
)
def test_what_stands_in_the_place_of_a_table_is_told(
    box: Box, two: Profile, table: str, words: str
) -> None:
    file = box.root / "contracts" / "t.toml"
    text = file.read_text(encoding="utf-8")
    name = table.replace("{s}", box.schema)
    file.write_text(text.replace(f'"{box.schema}.t"', f'"{name}"'), encoding="utf-8")
    contract = load_contract(box.root / "contracts", None)
    with ExitStack() as closing:
        both = connected(two, Limits(), closing)
        unfit = unfit_tables(two, contract, both, catalogues(two, both), each_table=True)
    assert words.replace("{s}", box.schema) in unfit[name]
