"""Random queries and changes over small tables, compared with Oracle's rules stated in Python."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import oracledb
import pytest

from tests.counts import count
from tests.oracle import generated_queries
from tests.oracle.conftest import WireServer
from tests.oracle.generated_queries import COLUMNS, DECLARED, Generator
from tests.oracle.semantics import queries
from tests.oracle.semantics.queries import Expression, Key, Row, by_keys, in_order

SEED = int(os.environ.get("GENERATED_QUERIES_SEED", "20240229"))
ROUNDS = count(6, 20)
#: of each table
SIZES = {"a": 14, "b": 9}


@pytest.fixture(scope="module")
def tables() -> dict[str, list[Row]]:
    source = random.Random(SEED)
    return {name: generated_queries.rows(source, count) for name, count in SIZES.items()}


@pytest.fixture(scope="module")
def connection(
    oracle_server: WireServer, tables: dict[str, list[Row]]
) -> Iterator[oracledb.Connection]:
    old, oracledb.defaults.fetch_decimals = oracledb.defaults.fetch_decimals, True
    with oracle_server.connect() as connection, connection.cursor() as cursor:
        for name, rows in tables.items():
            cursor.execute(f"create table gen_{name} ({DECLARED})")
            cursor.executemany(f"insert into gen_{name} values (:1, :2, :3, :4, :5)", rows)
        connection.commit()
        yield connection
        for name in tables:
            cursor.execute(f"drop table gen_{name}")
    oracledb.defaults.fetch_decimals = old


@pytest.fixture
def cursor(connection: oracledb.Connection) -> Iterator[oracledb.Cursor]:
    with connection.cursor() as cursor:
        yield cursor
    connection.rollback()


Tables = dict[str, list[Row]]


def rounded(rows: Sequence[Row]) -> list[Row]:
    """To what both sides compute exactly: an average has 40 digits in Oracle and 28 in Python."""
    return [
        tuple(round(cell, 20) + 0 if isinstance(cell, Decimal) else cell for cell in row)
        for row in rows
    ]


def check(
    cursor: oracledb.Cursor, text: str, expected: Sequence[Row], *, sorted_: bool = False
) -> None:
    """Compares the rows of a query with those expected, in order where the query has one."""
    try:
        found = cursor.execute(text).fetchall()
    except oracledb.DatabaseError as error:
        raise AssertionError(f"seed {SEED}: {text}: {error}") from error
    left, right = rounded(found), rounded(expected)
    assert (left == right) if sorted_ else (Counter(left) == Counter(right)), f"seed {SEED}: {text}"


def scopes(rows: Sequence[Row], alias: str = "a") -> list[dict[str, Row | None]]:
    return [{alias: row} for row in rows]


def listed(parts: Sequence[Expression]) -> str:
    return ", ".join(f"{part.text} x{place}" for place, part in enumerate(parts))


def picked(generator: Generator, kinds: str) -> list[Expression]:
    return [generator.expression(kind) for kind in kinds]


def keys_over(source: random.Random, places: Sequence[int]) -> tuple[str, list[Key]]:
    """Keys of ORDER BY over these columns of the result, the first of them
    last so that it decides.
    """
    keys, texts = [], []
    for place in [*source.sample(places[1:], 2), places[0]]:
        key = Key(place, source.random() < 0.5, source.choice([None, None, True, False]))
        nulls = {None: "", True: " nulls first", False: " nulls last"}[key.nulls_first]
        keys.append(key)
        texts.append(f"{COLUMNS[place]}{' desc' if key.falling else ''}{nulls}")
    return ", ".join(texts), keys


def conditions(source: random.Random, tables: Tables) -> tuple[str, list[Row]]:
    generator = Generator(source, "a")
    parts, where = picked(generator, "nsd"), generator.condition(3)
    kept = [scope for scope in scopes(tables["a"]) if where.value(scope) is True]
    text = f"select {listed(parts)} from gen_a a where {where.text}"
    return text, [tuple(part.value(scope) for part in parts) for scope in kept]


def joins(source: random.Random, tables: Tables) -> tuple[str, list[Row]]:
    generator = Generator(source, "ab")
    kind, on, where = (
        source.choice(["inner", "left", "right", "full"]),
        generator.condition(1),
        generator.condition(1),
    )
    parts = [generator.column(kind) for kind in "nnsc"]
    if kind == "full":  # the store joins fully on equal columns only
        on = Expression(
            "a.n = b.n",
            "b",
            lambda scope: queries.compared("=", scope["a"][1], scope["b"][1], padded=False),
        )
    pairs = queries.joined(kind, tables["a"], tables["b"], lambda a, b: on.value({"a": a, "b": b}))
    kept = [scope for a, b in pairs if where.value(scope := {"a": a, "b": b}) is True]
    text = (
        f"select {listed(parts)} from gen_a a {kind} join gen_b b on {on.text} where {where.text}"
    )
    return text, [tuple(part.value(scope) for part in parts) for scope in kept]


def marked_joins(source: random.Random, tables: Tables) -> tuple[str, list[Row]]:
    """``(+)`` with several conditions: those without the mark are applied after the join."""
    generator, other = Generator(source, "ab"), Generator(source, "b")
    name = source.choice(["n", "s", "c", "d"])
    place, limit = COLUMNS.index(name), Decimal(source.randint(0, 9))
    literal, sign = other.literal("s"), source.choice(["<", ">="])

    def on(a: Row, b: Row) -> bool | None:
        first = queries.compared("=", a[place], b[place], padded=name == "c")
        second = queries.compared(sign, b[0], limit, padded=False)
        third = queries.compared("<>", b[2], literal.value({}), padded=False)
        return queries.both(first, queries.both(second, third))

    where = generator.condition(1)
    pairs = queries.joined("left", tables["a"], tables["b"], on)
    kept = [(a, b) for a, b in pairs if where.value({"a": a, "b": b}) is True]
    text = (
        f"select a.id x, b.id y, b.s z from gen_a a, gen_b b where a.{name} = b.{name}(+) and "
        f"b.id(+) {sign} {limit} "
        f"and b.s(+) <> {literal.text} and ({where.text})"
    )
    return text, [(a[0] if a else None, b[0] if b else None, b[2] if b else None) for a, b in kept]


def groups(source: random.Random, tables: Tables) -> tuple[str, list[Row]]:
    generator = Generator(source, "a")
    size = source.randint(1, 2)
    keys = [generator.expression(source.choice("nsd"), 1) for _ in range(size)]
    while any("a." not in key.text for key in keys):
        keys = [generator.expression(source.choice("nsd"), 1) for _ in range(size)]
    numbers, text = generator.expression("n", 1), generator.column("s")
    limit, where = source.randint(1, 3), generator.condition(1)
    kept = [scope for scope in scopes(tables["a"]) if where.value(scope) is True]
    rows = [tuple(part.value(scope) for part in (*keys, numbers, text)) for scope in kept]
    expected = []
    for key, mates in queries.grouped(rows, size):
        values = [mate[size] for mate in mates]
        if len(mates) < limit:
            continue
        totals = [
            queries.aggregated(name, values) for name in ("count", "sum", "avg", "min", "max")
        ]
        longest = queries.aggregated("max", [mate[size + 1] for mate in mates])
        distinct = Decimal(len(set(values) - {None}))
        expected.append((*key, Decimal(len(mates)), *totals, longest, distinct))
    functions = ", ".join(
        f"{name}({numbers.text})" for name in ("count", "sum", "avg", "min", "max")
    )
    by = ", ".join(key.text for key in keys)
    return (
        f"select {by}, count(*), {functions}, max({text.text}), count(distinct {numbers.text}) "
        f"from gen_a a "
        f"where {where.text} group by {by} having count(*) >= {limit}",
        expected,
    )


def totals(source: random.Random, tables: Tables) -> tuple[str, list[Row]]:
    """Without GROUP BY there is one row, of no rows too."""
    generator = Generator(source, "a")
    part, where = generator.expression("n"), generator.condition(2)
    values = [part.value(scope) for scope in scopes(tables["a"]) if where.value(scope) is True]
    names = ("count", "sum", "avg", "min", "max")
    listed_ = ", ".join(f"{name}({part.text})" for name in names)
    text = f"select count(*), {listed_} from gen_a a where {where.text}"
    return text, [(Decimal(len(values)), *(queries.aggregated(name, values) for name in names))]


def distinct(source: random.Random, tables: Tables) -> tuple[str, list[Row]]:
    generator = Generator(source, "a")
    parts = [*picked(generator, source.choice(["n", "s", "ns", "sd"])), generator.column("c")]
    rows = [tuple(part.value(scope) for part in parts) for scope in scopes(tables["a"])]
    return f"select distinct {listed(parts)} from gen_a a", list(dict.fromkeys(rows))


def sets(source: random.Random, tables: Tables) -> tuple[str, list[Row]]:
    word, kinds = (
        source.choice(["union", "union all", "intersect", "minus"]),
        source.choice(["n", "s", "c", "ns", "cd"]),
    )
    sides = []
    for alias in "ab":
        generator = Generator(source, alias)
        parts = [generator.column(kind) for kind in kinds]
        where = generator.condition(1)
        kept = [scope for scope in scopes(tables[alias], alias) if where.value(scope) is True]
        rows = [tuple(part.value(scope) for part in parts) for scope in kept]
        sides.append((f"select {listed(parts)} from gen_{alias} {alias} where {where.text}", rows))
    (left, left_rows), (right, right_rows) = sides
    return f"{left} {word} {right}", queries.combined(word, left_rows, right_rows)


def subqueries(source: random.Random, tables: Tables) -> tuple[str, list[Row]]:
    outer, inner, across = Generator(source, "a"), Generator(source, "b"), Generator(source, "ab")
    shape, where = source.choice(["exists", "not exists", "in", "not in"]), across.condition(1)
    kind = source.choice("nsd")
    value, part = outer.expression(kind, 1), inner.column(kind)
    number = inner.column("n")
    expected = []
    for a in tables["a"]:
        found = [scope for b in tables["b"] if where.value(scope := {"a": a, "b": b}) is True]
        holds: bool | None = bool(found)
        if shape.endswith("in"):
            holds = queries.within(
                value.value({"a": a}), [part.value(scope) for scope in found], padded=False
            )
        if shape.startswith("not"):
            holds = queries.negated(holds)
        if holds is True:
            expected.append(
                (a[0], queries.aggregated("sum", [number.value(scope) for scope in found]))
            )
    head = shape if shape.endswith("exists") else f"{value.text} {shape}"
    return (
        f"select a.id, (select sum({number.text}) from gen_b b where {where.text}) from gen_a a "
        f"where {head} (select {part.text} from gen_b b where {where.text})",
        expected,
    )


def windows(source: random.Random, tables: Tables) -> tuple[str, list[Row]]:
    rows, partition = tables["a"], source.choice([1, 2, 4])
    unique, keys = keys_over(source, (0, *(place for place in (1, 2, 4) if place != partition)))
    single, texts = keys[:1], unique.partition(", ")[0]
    ranked = ("rank", "dense_rank")
    totals_ = ("sum", "count", "min", "max", "avg")
    others = ("row_number", "lag", "lead", "first_value")
    part = f"partition by {COLUMNS[partition]} order by"
    columns = [
        f"{name}({'' if name in ranked else 'n'}) over ({part} {texts})"
        for name in (*ranked, *totals_)
    ]
    columns += [
        f"{name}({'' if name == 'row_number' else 'n'}) over ({part} {unique})" for name in others
    ]
    values = [queries.analytic(name, rows, 1, single, partition) for name in (*ranked, *totals_)]
    values += [queries.analytic(name, rows, 1, keys, partition) for name in others]
    expected = [
        (row[0], *cells) for row, cells in zip(rows, zip(*values, strict=True), strict=True)
    ]
    return f"select id, {', '.join(columns)} from gen_a", expected


SHAPES = [conditions, joins, marked_joins, groups, totals, distinct, sets, subqueries, windows]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_rows_of_random_queries(
    cursor: oracledb.Cursor,
    tables: Tables,
    shape: Callable[[random.Random, Tables], tuple[str, list[Row]]],
) -> None:
    for number in range(ROUNDS):
        check(cursor, *shape(random.Random(f"{SEED} {shape.__name__} {number}"), tables))


def test_order_and_limits_of_random_queries(cursor: oracledb.Cursor, tables: Tables) -> None:
    for number in range(ROUNDS):
        source = random.Random(f"{SEED} order {number}")
        where, count, skipped = (
            Generator(source, ["gen_a"]).condition(1),
            source.randint(0, 6),
            source.randint(0, 4),
        )
        text, keys = keys_over(source, (0, 1, 2, 4))
        kept = [row for row in tables["a"] if where.value({"gen_a": row}) is True]
        rows = in_order(kept, keys)
        plain = f"select * from gen_a where {where.text} order by {text}"
        check(cursor, plain, rows, sorted_=True)
        check(cursor, f"{plain} fetch first {count} rows only", rows[:count], sorted_=True)
        check(
            cursor,
            f"{plain} offset {skipped} rows fetch next {count} rows only",
            rows[skipped : skipped + count],
            sorted_=True,
        )
        check(
            cursor, f"select * from ({plain}) where rownum <= {count}", rows[:count], sorted_=True
        )
        # counted before anything is sorted
        first = f"select id from gen_a where rownum <= {count} and ({where.text}) order by {text}"
        assert len(cursor.execute(first).fetchall()) == min(count, len(kept)), (
            f"seed {SEED}: {first}"
        )
        ties = text.partition(", ")[0]
        upto = [
            row for row in rows if count and rows and by_keys(keys[:1])(row, rows[:count][-1]) <= 0
        ]
        check(
            cursor,
            f"select * from gen_a where {where.text} order by {ties} fetch first {count} rows "
            f"with ties",
            upto,
        )


def changed(cursor: oracledb.Cursor, statement: str, expected: Sequence[Row]) -> None:
    """Executes the statement, compares the table, takes everything back."""
    try:
        cursor.execute(statement)
    except oracledb.DatabaseError as error:
        raise AssertionError(f"seed {SEED}: {statement}: {error}") from error
    check(cursor, f"select * from gen_a /* {statement} */", expected)
    cursor.connection.rollback()


def test_random_changes(cursor: oracledb.Cursor, tables: Tables) -> None:
    for number in range(ROUNDS):
        source = random.Random(f"{SEED} changes {number}")
        inner, across = Generator(source, "b"), Generator(source, "ab")
        where, part = across.condition(1), inner.column("n")

        def least(a: Row, where: Expression = where, part: Expression = part) -> Any:
            found = [
                part.value(scope)
                for b in tables["b"]
                if where.value(scope := {"a": a, "b": b}) is True
            ]
            return queries.aggregated("min", found)

        query = f"select min({part.text}) from gen_b b where {where.text}"
        only = Generator(source, "a").condition(1)
        updated = [
            (row[0], least(row) if only.value({"a": row}) is True else row[1], *row[2:])
            for row in tables["a"]
        ]
        changed(cursor, f"update gen_a a set n = ({query}) where {only.text}", updated)
        kept = [row for row in tables["a"] if only.value({"a": row}) is not True]
        changed(cursor, f"delete from gen_a a where {only.text}", kept)
        merged = {row[0]: row for row in tables["a"]}
        offset = Decimal(source.randint(0, 9))
        for b in tables["b"]:
            old = merged.get(b[0] + offset)
            merged[b[0] + offset] = (
                (old[0], b[1], *old[2:]) if old else (b[0] + offset, None, b[2], b[3], None)
            )
        changed(
            cursor,
            f"merge into gen_a a using (select b.*, id + {offset} k from gen_b b) b on (a.id = "
            f"b.k) "
            "when matched then update set a.n = b.n "
            "when not matched then insert (id, s, c) values (b.k, b.s, b.c)",
            list(merged.values()),
        )
