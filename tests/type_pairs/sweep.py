"""Runs the cases on a real PostgreSQL and the Oracle stand-in: by the rules in memory, and by what
the databases write.

Columns with the same PostgreSQL type share a table, one row a case; cases a column lacks are NULL
on both sides.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import oracledb
from sqlalchemy import Engine, text

from reconciliation.canonical import ColumnRule, rules_for
from reconciliation.compare.rows import Comparison, compare_rows
from reconciliation.compare.streams.comparing import compare_streams
from reconciliation.compare.streams.layout import Layout, layout, same_value
from reconciliation.compare.streams.source import CopiedRows, columns_of
from reconciliation.compare.streams.target import fetched_rows
from reconciliation.compare.tally import Tally
from reconciliation.databases.catalogue import read_source_catalogue, read_target_catalogue
from reconciliation.databases.connections import Credentials, source_engine, target_engine
from reconciliation.databases.rows import Side, batches, source_side, target_side
from reconciliation.errors import CanonicalError
from reconciliation.model import Catalogue, ColumnPair, Key, Row, TableContract
from tests.clusters import Cluster, temporary_cluster
from tests.oracle.conftest import STORE_DATABASE, start_server
from tests.oracle.fake_engine import PASSWORD, SERVICE, USER
from tests.type_pairs import moments, numbers, texts
from tests.type_pairs.case import NULLS, Case, Column

PAGE = Path(__file__).resolve().parents[2] / "docs" / "type-matrix.md"
SCHEMA = "travelbuddy"
_SETUP = (
    "CREATE EXTENSION citext",
    "CREATE EXTENSION hstore",
    "CREATE TYPE mood AS ENUM ('happy', 'happy ', 'sad')",
    "CREATE TYPE place AS (number int4, name text)",
)


@dataclass
class Both:
    """Two databases with a schema each."""

    cluster: Cluster
    source: Engine
    target: Engine
    oracle: Any

    def execute(self, statement: str) -> Any:
        return self.cluster.execute(statement, "dso")


@contextmanager
def two_databases(directory: Path) -> Iterator[Both]:
    """A throw-away PostgreSQL and the stand-in, empty but for the types the cases use."""
    with temporary_cluster() as cluster:
        for name in (STORE_DATABASE, "dso"):
            cluster.execute(f"CREATE DATABASE {name}")
        for statement in (f"CREATE SCHEMA {SCHEMA}", *_SETUP):
            cluster.execute(statement, "dso")
        server = start_server(directory, cluster)
        here = source_engine(
            Credentials("PostgreSQL", cluster.host, cluster.port, "dso", cluster.user, "any")
        )
        there = target_engine(
            Credentials("Oracle", "127.0.0.1", server.port, SERVICE, USER, PASSWORD)
        )
        try:
            with server.connect() as connection:
                yield Both(cluster, here, there, connection)
        finally:
            here.dispose()
            there.dispose()
            server.process.terminate()
            server.process.wait()


# ------------------------------------------------------------------ tables


@dataclass(frozen=True)
class Table:
    """One table of a sweep: its columns in order, ``V1`` being the first."""

    name: str
    columns: tuple[Column, ...]

    @property
    def rows(self) -> int:
        return max(len(column.all_cases) for column in self.columns)

    def case(self, column: int, row: int) -> Case:
        cases = self.columns[column].all_cases
        return cases[row] if row < len(cases) else NULLS[0]

    @property
    def contract(self) -> TableContract:
        pairs = [
            ColumnPair(f"v{number}", f"V{number}", column.conversion)
            for number, column in enumerate(self.columns, 1)
        ]
        return TableContract(
            f"{SCHEMA}.{self.name}",
            f"{USER}.{self.name.upper()}",
            ("id",),
            (ColumnPair("id", "ID"), *pairs),
            "v1",
        )


def tables_of(columns: Sequence[Column]) -> list[Table]:
    """The columns put into tables, by PostgreSQL type; one LONG a table, which is what Oracle
    allows.
    """
    found: dict[tuple[str, int], list[Column]] = defaultdict(list)
    for column in columns:
        number = sum(
            len(table) >= 30 for (source, _), table in found.items() if source == column.source
        )
        found[column.source, number].append(column)
    return [Table(f"t{number}", tuple(table)) for number, table in enumerate(found.values())]


def fill(both: Both, table: Table) -> None:
    """Create a table on both sides and write its cases."""
    names = range(1, len(table.columns) + 1)
    kinds = [column.source for column in table.columns]
    ours = ", ".join(f"v{number} {kind}" for number, kind in zip(names, kinds, strict=True))
    both.execute(f"CREATE TABLE {SCHEMA}.{table.name} (id int8 PRIMARY KEY, {ours})")
    values = ", ".join(_source_row(table, row) for row in range(table.rows))
    both.execute(f"INSERT INTO {SCHEMA}.{table.name} VALUES {values}")
    theirs = ", ".join(
        f"v{number} {column.target}" for number, column in enumerate(table.columns, 1)
    )
    cursor = both.oracle.cursor()
    cursor.execute(f"CREATE TABLE {table.name} (id NUMBER(19) PRIMARY KEY, {theirs})")
    for row in range(table.rows):
        _insert(cursor, table, row)
    both.oracle.commit()


def _source_row(table: Table, row: int) -> str:
    cells = []
    for number, column in enumerate(table.columns):
        value = table.case(number, row).source
        cells.append(
            "NULL" if value is None else "'" + value.replace("'", "''") + f"'::{column.source}"
        )
    return f"({row}, {', '.join(cells)})"


_BOUND: dict[str, tuple[str, Any]] = {
    "DATE": ("TO_DATE({}, 'YYYY-MM-DD HH24:MI:SS')", None),
    "TIMESTAMP": ("TO_TIMESTAMP({}, 'YYYY-MM-DD HH24:MI:SS.FF9')", None),
    "TIMESTAMP ZONE": ("TO_TIMESTAMP_TZ({}, 'YYYY-MM-DD HH24:MI:SS.FF6 TZH:TZM')", None),
    "INTERVAL DAY": ("TO_DSINTERVAL({})", None),
    "INTERVAL YEAR": ("TO_YMINTERVAL({})", None),
    "BINARY_DOUBLE": ("{}", oracledb.DB_TYPE_BINARY_DOUBLE),
    "BINARY_FLOAT": ("{}", oracledb.DB_TYPE_BINARY_FLOAT),
    "CLOB": ("{}", oracledb.DB_TYPE_CLOB),
    "NCLOB": ("{}", oracledb.DB_TYPE_NCLOB),
    "NVARCHAR2": ("{}", oracledb.DB_TYPE_NVARCHAR),
    "NCHAR": ("{}", oracledb.DB_TYPE_NVARCHAR),
    "BLOB": ("{}", oracledb.DB_TYPE_BLOB),
    "LONG": ("{}", oracledb.DB_TYPE_LONG),
    "LONG RAW": ("{}", oracledb.DB_TYPE_LONG_RAW),
}


def _binding(target: str) -> tuple[str, Any]:
    plain = target.split("(")[0].strip()
    if "TIME ZONE" in target:
        return _BOUND["TIMESTAMP ZONE"]
    return _BOUND.get(plain, ("{}", None))


def _insert(cursor: Any, table: Table, row: int) -> None:
    cells, binds, sizes = [], [], []
    # a LONG is bound last, as everywhere in Oracle
    order = sorted(
        range(len(table.columns)),
        key=lambda number: table.columns[number].target.startswith("LONG"),
    )
    for number in order:
        value = table.case(number, row).target
        expression, size = _binding(table.columns[number].target)
        if value is None:
            continue
        if table.columns[number].target == "TIMESTAMP(9)":  # the driver binds microseconds
            cells.append((f"v{number + 1}", f"TIMESTAMP '{value}'"))
            continue
        cells.append((f"v{number + 1}", expression.format(f":b{number}")))
        binds.append((f"b{number}", value))
        if size is not None:
            sizes.append((f"b{number}", size))
    cursor.setinputsizes(**dict(sizes))
    names = "".join(f", {name}" for name, _ in cells)
    marks = "".join(f", {mark}" for _, mark in cells)
    cursor.execute(f"INSERT INTO {table.name} (id{names}) VALUES ({row}{marks})", dict(binds))


# ------------------------------------------------------------------ judging


@dataclass
class Judged:
    """What was found for one table by either way; indexes of ``pairs`` are columns, of their lists
    rows.
    """

    table: Table
    rules: list[ColumnRule]
    texts: Layout
    comparison: Comparison
    tally: Tally
    #: combinations of a value here and one there that were held against each other, and how many
    #: were equal
    combinations: Counter[bool] = field(default_factory=Counter)


class Disagreement(AssertionError):  # noqa: N818 - what the two say
    """Texts and rules say different things, or not what the cases say."""


def judge(both: Both, table: Table, catalogues: tuple[Catalogue, Catalogue]) -> Judged:
    """Judge a filled table; raises Disagreement with everything that is not as it should be."""
    contract = table.contract
    source, target = catalogues[0][contract.source], catalogues[1][contract.target]
    rules = dict(rules_for(contract, source, target))
    texts = layout(contract, rules, source, target)
    ours = _rows(both.source, source_side(contract, source))
    theirs = _rows(both.target, target_side(contract, target))
    comparison = compare_rows(contract, rules, ours, theirs)
    found = Judged(
        table,
        [rules[pair.source] for pair in contract.pairs[1:]],
        texts,
        comparison,
        _looked(both, texts),
    )
    problems = [
        *_against_cases(found),
        *_against_each_other(both, found, list(ours.values()), list(theirs.values())),
    ]
    if problems:
        raise Disagreement("\n".join(problems))
    return found


def _looked(both: Both, texts: Layout) -> Tally:
    with both.source.connect() as here, both.target.connect() as there:
        there.execute(text("SELECT 1 FROM DUAL"))
        here.execute(text("SELECT 1"))
        return compare_streams(texts, here, there, answer_timeout=20, progress=lambda rows: None)


def _rows(engine: Engine, side: Side) -> dict[Key, Row]:
    with engine.connect() as connection:
        return {key: row for batch in batches(connection, side) for key, row in batch}


def _against_cases(found: Judged) -> Iterator[str]:
    """The rules in memory and the streamed texts against what the cases say."""
    table = found.table
    differing = {(item.key[0], item.source_column) for item in found.comparison.differences}
    lost: Counter[str] = Counter()
    suspects = set()
    for number, column in enumerate(table.columns):
        name = f"v{number + 1}"
        for row in range(table.rows):
            case = table.case(number, row)
            if case.equal == ((row, name) in differing):
                word = "equal" if case.equal else "different"
                yield (
                    f"{column}: {_short(case.source)} and {_short(case.target)} must be "
                    f"{word} in memory"
                )
            if not case.equal:
                suspects.add((row,))
            if case.reduced:
                lost[f"{name}: {found.rules[number].rule.reduction}"] += 1
    if set(found.tally.suspects) != suspects:
        odd = sorted(set(found.tally.suspects) ^ suspects)
        yield f"{table.columns[0].source}: the texts of rows {odd} say something else"
    for words, counts in (
        ("in memory", found.comparison.reductions),
        ("by texts", found.tally.reductions),
    ):
        told = {name: count for name, count in counts.items() if count}
        if told != dict(lost):
            unlike = {
                name: (lost.get(name), told.get(name))
                for name in {*lost, *told}
                if lost.get(name) != told.get(name)
            }
            yield (
                f"{[str(column) for column in table.columns][:1]}: counted {words} "
                f"(expected, got): {unlike}"
            )


def _against_each_other(
    both: Both, found: Judged, here: list[Row], there: list[Row]
) -> Iterator[str]:
    """Every value here against every value there: equal texts are equal values, and texts decide as
    the rules do.
    """
    ours, theirs = _texts(both, found.texts)
    place = {field.rule.pair.source: number for number, field in enumerate(found.texts.fields)}
    for number, rule in enumerate(found.rules):
        name = f"v{number + 1}"
        shown, at = found.texts.fields[place[name]], place[name]
        left = [
            (row[name], _canonical(rule.canonical_source, row[name]), texts[at])
            for row, texts in zip(here, ours, strict=True)
        ]
        right = [
            (row[name.upper()], _canonical(rule.canonical_target, row[name.upper()]), texts[at])
            for row, texts in zip(there, theirs, strict=True)
        ]
        for value, canonical, written in _unlike(left):
            for other, kept, stored in _unlike(right):
                agreed = canonical == kept
                found.combinations[agreed] += 1
                if (written == stored or same_value(shown, written, stored, Counter())) != agreed:
                    yield (
                        f"{found.table.columns[number]}: {_short(value)} and {_short(other)} are "
                        f"{'equal' if agreed else 'different'} in memory only"
                    )


def _unlike(values: list[tuple[Any, Any, Any]]) -> list[tuple[Any, Any, Any]]:
    return list({repr(value[2]): value for value in values}.values())


def _texts(both: Both, found: Layout) -> tuple[list[list[Any]], list[list[Any]]]:
    with both.source.connect() as connection:
        with CopiedRows(connection.connection.driver_connection, found.source_sql, 20) as rows:
            ours = [found.split(columns_of(row)) for chunk in rows for row in chunk]
        connection.rollback()
    with both.target.connect() as connection:
        connection.execute(text("SELECT 1 FROM DUAL"))
        chunks = fetched_rows(
            connection.connection.driver_connection, found.target_sql, found.beside
        )
        theirs = [found.split(columns_of(row)) for chunk in chunks for row in chunk]
    return ours, theirs


def _canonical(function: Callable[[Any], Any], value: Any) -> Any:
    """The canonical value, or something equal to nothing."""
    try:
        return function(value)
    except CanonicalError:
        return object()


def _short(value: Any) -> str:
    shown = value.isoformat() if isinstance(value, dt.date) else ascii(value)
    return shown if len(shown) <= 60 else f"{shown[:40]}...{shown[-10:]} ({len(shown)})"


def catalogues(both: Both) -> tuple[Catalogue, Catalogue]:
    """Both catalogues as they are now."""
    return read_source_catalogue(both.source, SCHEMA), read_target_catalogue(both.target, USER)


def every_column() -> list[Column]:
    """All pairs."""
    return [*numbers.all_columns(), *texts.all_columns(), *moments.all_columns()]
