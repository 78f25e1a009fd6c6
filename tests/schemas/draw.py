"""Draws a schema: one to six tables with their keys, columns, constraints and names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from tests.schemas.model import Check, Column, Reference, Schema, Table
from tests.schemas.pairs import CODE, INTEGER, KEYS, MONEY, PARTS, PLAIN, SMALL, WORD, Pair

#: plain, reserved in one language or both, mixed case, blanks of meaning, thirty bytes
TABLE_NAMES = (
    "customer", "order", "OrderLine", "stock_item", "table", "Group", "voucher", "audit",
    "a_table_whose_name_has_30_byte", "session", "level", "주문",
)  # fmt: skip
COLUMN_NAMES = (
    "amount", "note", "date", "level", "Size", "comment", "unitPrice", "state", "number", "start",
    "a_column_of_thirty_bytes_name_", "valid_from", "user", "desc", "mode", "Währung", "수량",
    "rowCount", "flag", "payload", "uid", "access", "share", "x", "checked", "label",
)  # fmt: skip
STATES = "({0} IN ('alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta') OR length({0}) > 3)"


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
    return Schema(tuple(tables))


@st.composite
def _table(draw: st.DrawFn, name: str, earlier: Sequence[Table]) -> Table:
    free = draw(st.permutations(COLUMN_NAMES))
    names = iter(free)
    key, references = draw(_key(earlier, names))
    columns = list(key)
    for _ in range(draw(st.integers(1, 7))):
        pair = draw(st.sampled_from(PLAIN))
        here = draw(st.booleans())
        columns.append(_column(next(names), pair, (here, here or draw(st.booleans()))))
    checks = draw(_checks(columns, names))
    unique = ()
    if draw(st.booleans()):
        one = _column(next(names), draw(st.sampled_from((WORD, INTEGER))), (False, False))
        columns.append(one)
        unique = (one.name,)
    parents = [one for one in earlier if draw(st.integers(0, 2)) == 0][:1]
    for parent in parents:
        references += (_reference(parent, columns, names, (draw(st.booleans()), True)),)
    table = Table(
        name, _target(draw, name), tuple(columns), tuple(one.name for one in key), unique,
        references, checks, draw(st.integers(2, 5)),
    )  # fmt: skip
    return _to_itself(table, names) if draw(st.integers(0, 3)) == 0 else table


@st.composite
def _key(
    draw: st.DrawFn, earlier: Sequence[Table], names: Iterator[str]
) -> tuple[list[Column], tuple[Reference, ...]]:
    """A key of one column or of two; one of the two may be a parent's key."""
    kind = draw(st.integers(0, 5))
    if kind < 4:
        pair = draw(st.sampled_from(KEYS))
        one = _column("id" if draw(st.booleans()) else next(names), pair)
        if pair in KEYS[:3]:
            one = replace(one, identity=draw(st.sampled_from(("", "ALWAYS", "BY DEFAULT"))))
        return [one], ()
    second = _column(next(names), draw(st.sampled_from(PARTS)))
    parents = [one for one in earlier if len(one.key) == 1]
    if kind == 5 and parents:
        parent = draw(st.sampled_from(parents))
        theirs = parent.column(parent.key[0])
        first = _column(next(names), theirs.pair)
        return [first, second], (Reference(parent.name, (first.name,), parent.key),)
    return [_column(next(names), draw(st.sampled_from(PARTS))), second], ()


@st.composite
def _checks(draw: st.DrawFn, columns: list[Column], names: Iterator[str]) -> tuple[Check, ...]:
    """Conditions over one column or two; columns that they need are added."""
    checks = []
    if draw(st.booleans()):
        one = _column(next(names), MONEY)
        columns.append(one)
        checks.append(Check("{0} >= 0", (one.name,)))
    if draw(st.integers(0, 2)) == 0:
        low, high = (_column(next(names), SMALL) for _ in range(2))
        columns += [low, high]
        checks.append(Check("{0} <= {1}", (low.name, high.name)))
    if draw(st.integers(0, 2)) == 0:
        word = _column(next(names), WORD)
        columns.append(word)
        checks.append(Check(STATES, (word.name,)))
    if draw(st.integers(0, 3)) == 0:
        code = _column(next(names), CODE)
        columns.append(code)
        checks.append(Check("{0} = upper({0})", (code.name,)))
    return tuple(checks)


def _reference(
    parent: Table, columns: list[Column], names: Iterator[str], nullable: tuple[bool, bool]
) -> Reference:
    """New columns that hold a parent's whole key."""
    here = []
    for name in parent.key:
        pair: Pair = parent.column(name).pair
        column = _column(next(names), pair, (nullable[0], nullable[1]))
        columns.append(column)
        here.append(column.name)
    return Reference(parent.name, tuple(here), parent.key)


def _to_itself(table: Table, names: Iterator[str]) -> Table:
    columns = list(table.columns)
    reference = _reference(table, columns, names, (True, True))
    return replace(table, columns=tuple(columns), references=(*table.references, reference))


def _column(name: str, pair: Pair, nullable: tuple[bool, bool] = (False, False)) -> Column:
    """Oracle stores in capitals what is not quoted; mixed case is quoted on both sides."""
    return Column(name, name if _mixed(name) else name.upper(), pair, nullable)


def _target(draw: st.DrawFn, name: str) -> str:
    return name if _mixed(name) and draw(st.booleans()) else name.upper()


def _mixed(name: str) -> bool:
    return name != name.lower()
