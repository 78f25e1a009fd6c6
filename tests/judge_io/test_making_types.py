"""A plain value for every pair of types there is: PostgreSQL takes it and prints it as it was made,
the legacy column can hold it, and there is another one to change it to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from sqlalchemy import text

from reconciliation.canonical import ColumnRule
from reconciliation.capacity import refusals
from reconciliation.databases.catalogue import read_source_catalogue, read_target_catalogue
from reconciliation.databases.quoting import text_quoted
from reconciliation.databases.rows import rows_by_key, source_side
from reconciliation.making import Maker, OwnRow
from reconciliation.model import Contract, Row
from reconciliation.parallel_run import ParallelRun
from tests.oracle.fake_engine import USER
from tests.type_pairs.sweep import SCHEMA, Both, Table, every_column, tables_of, two_databases

from . import samples

TABLES = tables_of(every_column())


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ParallelRun]:
    """Both databases with every table, all columns NOT NULL on both sides."""
    with two_databases(tmp_path_factory.mktemp("oracle")) as both:
        for table in TABLES:
            _create(both, table)
        yield samples.parallel_run(
            source=both.source,
            target=both.target,
            contract=Contract(tuple(table.contract for table in TABLES)),
            source_catalogue=read_source_catalogue(both.source, SCHEMA),
            target_catalogue=read_target_catalogue(both.target, USER),
        )


def _create(both: Both, table: Table) -> None:
    numbered = list(enumerate(table.columns, 1))
    here = ", ".join(f"v{number} {column.source} NOT NULL" for number, column in numbered)
    there = ", ".join(f"v{number} {column.target} NOT NULL" for number, column in numbered)
    both.execute(f"CREATE TABLE {SCHEMA}.{table.name} (id int8 PRIMARY KEY, {here})")
    both.oracle.cursor().execute(f"CREATE TABLE {table.name} (id NUMBER(19) PRIMARY KEY, {there})")


@pytest.mark.parametrize("table", TABLES, ids=[table.columns[0].source for table in TABLES])
def test_values_of_every_type(run: ParallelRun, table: Table) -> None:
    name = table.contract.source
    maker = Maker(run, "a mark", lambda table, keys: None)
    assert maker.hindrance(name) is None
    rows = maker.rows(name, 3)
    found = _written(run, name, rows)
    rules = run.rules(name)
    for own in rows:
        assert _canonical(rules, found[own.key]) == _canonical(rules, own.row)
        assert refusals(rules, found[own.key]) == ()
    changed = maker.change(rows[0])
    assert set(changed) == {f"v{number}" for number, _ in enumerate(table.columns, 1)}
    other = OwnRow(name, rows[0].key, {**rows[0].row, **changed})
    found = _written(run, name, [other])[other.key]
    assert refusals(rules, found) == ()
    before, after = _canonical(rules, rows[0].row), _canonical(rules, found)
    assert {column for column in changed if before[column] == after[column]} == set()


def _canonical(rules: Any, row: Row) -> dict[str, object]:
    return {name: rule.canonical_source(row[name]) for name, rule in rules.items()}


def _written(run: ParallelRun, name: str, rows: Sequence[OwnRow]) -> Any:
    """The rows as PostgreSQL gives them back; nothing is left there."""
    contract, source = run.table(name), run.source_catalogue[name]
    rules: dict[str, ColumnRule] = dict(run.rules(name))
    columns = ", ".join(text_quoted(column) for column in rows[0].row)
    binds = ", ".join(f":b{place}" for place, _ in enumerate(rows[0].row))
    with run.source.connect() as connection:
        connection.execute(text("SET TRANSACTION READ WRITE"))
        for own in rows:
            given = {f"b{place}": value for place, value in enumerate(own.row.values())}
            connection.execute(text(f"INSERT INTO {name} ({columns}) VALUES ({binds})"), given)
        side = source_side(contract, source, lambda row: (rules["id"].canonical_source(row["id"]),))
        return rows_by_key(connection, side, [own.key for own in rows])
