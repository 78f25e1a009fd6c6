"""Draws a schema: one to six tables with their keys, columns, constraints and names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from tests.schemas.choices import CHECKS, COLUMN_NAMES, TABLE_NAMES
from tests.schemas.model import Check, Column, Reference, Schema, Table
from tests.schemas.pairs import (
    COUNTED,
    KEYS,
    PARTS,
    PLAIN,
    TOLD_APART,
    Pair,
)  # fmt: skip


def schema_of(seed: int) -> Schema:
    """The schema of a seed, always the same one."""
    drawn: list[Schema] = []

    @seeded(seed)
    @settings(
        max_examples=6,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(schemas())
    def collect(schema: Schema) -> None:
        drawn.append(schema)

    collect()
    # the first ones are as small as can be
    return replace(drawn[-1], seed=seed)


@st.composite
def schemas(draw: st.DrawFn) -> Schema:
    names = draw(st.lists(st.sampled_from(TABLE_NAMES), min_size=1, max_size=6, unique=True))
    tables: list[Table] = []
    for name in names:
        tables.append(draw(_table(name, tuple(tables))))
    return Schema(tuple(draw(_in_a_ring(tables)) if _seldom(draw, 2) else tables))


def _seldom(draw: st.DrawFn, one_in: int) -> bool:
    return draw(st.integers(1, one_in)) == one_in


@st.composite
def _table(draw: st.DrawFn, name: str, earlier: Sequence[Table]) -> Table:
    names = iter(draw(st.permutations(COLUMN_NAMES)))
    key, references = draw(_key(earlier, names))
    columns = list(key)
    for _ in range(draw(st.integers(1, 7))):
        columns.append(draw(_plain_column(next(names))))
    checks = draw(_checks(columns, names))
    unique = draw(_unique(columns, names))
    if earlier and draw(st.booleans()):
        references += (draw(_to_a_parent(draw(st.sampled_from(earlier)), columns, names)),)
    rows = draw(st.integers(2, 5))
    if references and set(references[0].columns) == {one.name for one in key}:
        rows = min(rows, next(one.rows for one in earlier if one.name == references[0].parent))
    table = Table(
        name, _target(draw, name), tuple(columns), tuple(one.name for one in key), unique,
        references, checks, rows,
    )  # fmt: skip
    table = _to_itself(table, names) if _seldom(draw, 4) else table
    return _renamed(table) if _seldom(draw, 4) else table


@st.composite
def _plain_column(draw: st.DrawFn, name: str) -> Column:
    fit = [one for one in PLAIN if not one.expression or re.fullmatch("[a-z_]+", name)]
    pair, here = draw(st.sampled_from(fit)), draw(st.booleans())
    column = _column(name, pair, (here, here or pair.is_lob or draw(st.booleans())))
    return replace(column, default=pair.values[0][0]) if _seldom(draw, 5) else column


@st.composite
def _key(
    draw: st.DrawFn, earlier: Sequence[Table], names: Iterator[str]
) -> tuple[list[Column], tuple[Reference, ...]]:
    """A key of one to three columns; it may be a parent's key, or hold it."""
    kind = draw(st.sampled_from(("one", "one", "one", "two", "three", "a parent's", "within")))
    parents = [one for one in earlier if len(one.key) == 1]
    if kind in ("a parent's", "within") and parents:
        parent = draw(st.sampled_from(parents))
        first = _column(next(names), parent.column(parent.key[0]).pair)
        rest = [_column(next(names), draw(st.sampled_from(PARTS)))] if kind == "within" else []
        return [first, *rest], (Reference(parent.name, (first.name,), parent.key),)
    if kind in ("two", "three"):
        pairs = [draw(st.sampled_from(PARTS)) for _ in range(2 if kind == "two" else 3)]
        return [_column(next(names), pair) for pair in pairs], ()
    pair = draw(st.sampled_from(KEYS))
    one = _column("id" if draw(st.booleans()) else next(names), pair)
    if pair in COUNTED:
        one = replace(one, identity=draw(st.sampled_from(("", "ALWAYS", "BY DEFAULT"))))
    return [one], ()


@st.composite
def _checks(draw: st.DrawFn, columns: list[Column], names: Iterator[str]) -> tuple[Check, ...]:
    """Conditions over columns that are added for them; some are PostgreSQL's alone."""
    checks = []
    for words, pairs in draw(st.lists(st.sampled_from(CHECKS), max_size=3, unique=True)):
        may = " NULL" in words
        here = [_column(next(names), pair, (may, may)) for pair in pairs]
        columns += here
        in_oracle = not _seldom(draw, 4)
        checks.append(Check(words, tuple(one.name for one in here), in_oracle))
    return tuple(checks)


@st.composite
def _unique(
    draw: st.DrawFn, columns: list[Column], names: Iterator[str]
) -> tuple[tuple[str, ...], ...]:
    """One column beside the key, or two together, no two rows agree in; or none."""
    wide = draw(st.sampled_from((0, 0, 1, 2)))
    here = [_column(next(names), draw(st.sampled_from(TOLD_APART))) for _ in range(wide)]
    columns += here
    return (tuple(one.name for one in here),) if here else ()


@st.composite
def _to_a_parent(
    draw: st.DrawFn, parent: Table, columns: list[Column], names: Iterator[str]
) -> Reference:
    """To its key, or to what else tells its rows apart; the legacy side may know nothing of it."""
    referenced = draw(st.sampled_from((parent.key, parent.key, *parent.unique)))
    made = _reference(parent, columns, names, draw(st.booleans()), referenced)
    return replace(made, in_oracle=not _seldom(draw, 4))


@st.composite
def _in_a_ring(draw: st.DrawFn, tables: list[Table]) -> list[Table]:
    """A parent that may refer to its own child."""
    pairs = [
        (tables.index(parent), place)
        for place, child in enumerate(tables)
        for parent in tables[:place]
        if parent.name in {one.parent for one in child.references}
    ]
    if not pairs:
        return tables
    place, child = draw(st.sampled_from(pairs))
    parent, columns = tables[place], list(tables[place].columns)
    free = [name for name in COLUMN_NAMES if name not in {one.name for one in columns}]
    made = _reference(tables[child], columns, iter(free), True, tables[child].key)
    ringed = replace(
        parent,
        columns=tuple(columns),
        references=(*parent.references, replace(made, late=True)),
    )
    return [ringed if one is parent else one for one in tables]


def _reference(
    parent: Table,
    columns: list[Column],
    names: Iterator[str],
    nullable: bool,
    referenced: tuple[str, ...],
) -> Reference:
    """New columns that hold values which tell a parent's rows apart."""
    here = [_column(next(names), parent.column(name).pair, (nullable, True)) for name in referenced]
    columns += here
    return Reference(parent.name, tuple(one.name for one in here), referenced)


def _to_itself(table: Table, names: Iterator[str]) -> Table:
    columns = list(table.columns)
    reference = _reference(table, columns, names, True, table.key)
    return replace(table, columns=tuple(columns), references=(*table.references, reference))


def _renamed(table: Table) -> Table:
    """As a legacy system writes names: in capitals, without what keeps words apart."""

    def legacy(name: str) -> str:
        return name.upper().replace("_", "").replace(" ", "")

    columns = tuple(replace(one, target=legacy(one.target)) for one in table.columns)
    return replace(table, target=legacy(table.target), columns=columns)


def _column(name: str, pair: Pair, nullable: tuple[bool, bool] = (False, False)) -> Column:
    """Oracle stores in capitals what is not quoted; mixed case is quoted on both sides."""
    return Column(name, name if _mixed(name) else name.upper(), pair, nullable)


def _target(draw: st.DrawFn, name: str) -> str:
    return name if _mixed(name) and draw(st.booleans()) else name.upper()


def _mixed(name: str) -> bool:
    return name != name.lower()
