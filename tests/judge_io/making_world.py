"""Tables for the maker of rows: made in PostgreSQL and in the Oracle stand-in, contracted column by
column, and filled with what was made.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from psycopg2.sql import SQL, Identifier, Placeholder

from reconciliation.databases.catalogue import read_source_catalogue, read_target_catalogue
from reconciliation.making import Maker, OwnRow
from reconciliation.model import ColumnPair, Contract, Key, TableContract
from reconciliation.parallel_run import ParallelRun
from tests.oracle.fake_engine import USER

from .hand_made import SCHEMA, HandMade


class MakingWorld:
    """One parallel run whose tables come and go with a test. ``noted`` are the keys the maker told
    of, in their order.
    """

    def __init__(self, judge: HandMade) -> None:
        self.judge = judge
        self.noted: list[tuple[str, Key]] = []
        self.contract = Contract(())

    def create(self, here: str, *there: str) -> None:
        """Statements in PostgreSQL, in the schema of the run, and in Oracle."""
        self.judge.here(f"SET search_path = {SCHEMA}, public")
        self.judge.here(here)
        self.judge.there(*there)

    def agree(
        self,
        name: str,
        key: Sequence[str] = ("id",),
        target: str | None = None,
        conversions: Mapping[str, str] | None = None,
        without: Sequence[str] = (),
        **terms: Any,
    ) -> None:
        """A contract over every column of the table in PostgreSQL that is not computed; Oracle
        names them in capitals unless it has the very name.
        """
        self.read()
        source = self.source_catalogue[f"{SCHEMA}.{name}"]
        there = self.target_catalogue[f"{USER}.{target or name.upper()}"]
        pairs = tuple(
            ColumnPair(
                column.name,
                column.name if column.name in there.columns else column.name.upper(),
                (conversions or {}).get(column.name),
            )
            for column in source.columns.values()
            if column.name not in without
        )
        contract = TableContract(
            source.full_name, there.full_name, tuple(key), pairs, None, path=f"{name}.toml"
        )
        self.contract = Contract((*self.contract.tables, replace(contract, **terms)))

    def read(self) -> None:
        self.source_catalogue = read_source_catalogue(self.judge.source, SCHEMA)
        self.target_catalogue = read_target_catalogue(self.judge.target, USER)

    @property
    def run(self) -> ParallelRun:
        self.judge.contract = self.contract
        self.judge.resolved = None  # type: ignore[assignment]  # nobody asks for the mapping here
        self.judge.source_catalogue = self.source_catalogue
        self.judge.target_catalogue = self.target_catalogue
        return self.judge.run

    def maker(self, mark: str = "the run") -> Maker:
        def note(table: str, keys: Sequence[Key]) -> None:
            self.noted += [(table, key) for key in keys]

        return Maker(self.run, mark, note)

    def write(self, *rows: OwnRow) -> None:
        """Insert the rows on both sides, in their order; each has to be noted already."""
        for own in rows:
            assert (own.table, own.key) in self.noted
            self._here(own)
            self._there(own)
        self.judge.oracle.commit()

    def _here(self, own: OwnRow) -> None:
        schema, _, name = own.table.partition(".")
        statement = SQL("INSERT INTO {}.{} ({}) OVERRIDING SYSTEM VALUE VALUES ({})").format(
            Identifier(schema),
            Identifier(name),
            SQL(", ").join(map(_name, own.row)),
            SQL(", ").join(Placeholder() for _ in own.row),
        )
        with self.judge.postgresql.cursor() as cursor:
            cursor.execute(statement, tuple(own.row.values()))

    def _there(self, own: OwnRow) -> None:
        rules, contract = self.run.rules(own.table), self.run.table(own.table)
        schema, _, name = contract.target.partition(".")
        values = {
            rule.pair.target: _oracle(rule.canonical_source(own.row[column]), own.row[column])
            for column, rule in rules.items()
            if column in own.row
        }
        columns = ", ".join(f'"{column}"' for column in values)
        binds = ", ".join(f":{place}" for place in range(1, len(values) + 1))
        with self.judge.oracle.cursor() as cursor:
            cursor.execute(
                f'INSERT INTO "{schema}"."{name}" ({columns}) VALUES ({binds})',
                list(values.values()),
            )

    def update(self, own: OwnRow, values: Mapping[str, Any]) -> None:
        """In PostgreSQL, by the contract's key."""
        schema, _, name = own.table.partition(".")
        key = self.run.table(own.table).key
        statement = SQL("UPDATE {}.{} SET {} WHERE {}").format(
            Identifier(schema),
            Identifier(name),
            SQL(", ").join(SQL("{} = {}").format(_name(n), Placeholder()) for n in values),
            SQL(" AND ").join(SQL("{} = {}").format(_name(n), Placeholder()) for n in key),
        )
        with self.judge.postgresql.cursor() as cursor:
            cursor.execute(statement, (*values.values(), *(own.row[n] for n in key)))
            assert cursor.rowcount == 1

    def rows(self, name: str) -> list[tuple[Any, ...]]:
        with self.judge.postgresql.cursor() as cursor:
            cursor.execute(f'SELECT * FROM {SCHEMA}."{name}" ORDER BY 1')
            return list(cursor.fetchall())

    def clear(self) -> None:
        """Empty both schemas."""
        self.judge.here(f"DROP SCHEMA {SCHEMA} CASCADE; CREATE SCHEMA {SCHEMA}")
        with self.judge.oracle.cursor() as cursor:
            cursor.execute("SELECT TABLE_NAME FROM USER_TABLES")
            names = [row[0] for row in cursor.fetchall()]
        for name in names:
            self.judge.there(f'DROP TABLE "{name}" CASCADE CONSTRAINTS')


def _name(column: str) -> Identifier:
    """A column's name in a statement with parameters, in which a percent sign stands twice."""
    return Identifier(column.replace("%", "%%"))


def _oracle(canonical: Any, given: Any) -> Any:
    """A canonical value as python-oracledb takes it; JSON and printed types as they were given."""
    if canonical is None or isinstance(canonical, (int, Decimal, str, bytes, float)):
        return canonical
    if isinstance(canonical, dt.datetime):
        return canonical.replace(tzinfo=None)
    return given
