"""Generated rows over all types, written in several ways, read with two libraries, compared
with the rules.

The seed is printed with every failure; ``GENERATED_ROWS_SEED`` sets another one.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import oracledb
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import oracle

from tests.counts import count
from tests.oracle.conftest import WireServer
from tests.oracle.fake_engine import PASSWORD, SERVICE, USER
from tests.oracle.generated_rows import FAMILIES, Row, Spec, batches, rows
from tests.oracle.semantics.times import timestamp

SEED = int(os.environ.get("GENERATED_ROWS_SEED", "20240229"))
BATCH = 100


@pytest.fixture
def connection(oracle_server: WireServer) -> Iterator[oracledb.Connection]:
    old = oracledb.defaults.fetch_lobs, oracledb.defaults.fetch_decimals
    oracledb.defaults.fetch_lobs, oracledb.defaults.fetch_decimals = False, True
    with oracle_server.connect() as connection:
        yield connection
    oracledb.defaults.fetch_lobs, oracledb.defaults.fetch_decimals = old


@pytest.fixture
def engine(oracle_server: WireServer) -> Iterator[sa.Engine]:
    query = {"service_name": SERVICE}
    url = sa.URL.create(
        "oracle+oracledb", USER, PASSWORD, "127.0.0.1", oracle_server.port, query=query
    )
    engine = sa.create_engine(url)
    yield engine
    engine.dispose()


def bound(value: Any, spec: Spec) -> Any:
    """A value as the driver wants it."""
    if spec.bind is oracledb.DB_TYPE_INTERVAL_YM and value is not None:
        sign = -1 if value < 0 else 1
        return oracledb.IntervalYM(sign * (abs(value) // 12), sign * (abs(value) % 12))
    return value


def same(found: Any, expected: Any) -> bool:
    """Whether a value read is the one expected, its type included as far as
    the libraries keep it.
    """
    if isinstance(found, oracledb.IntervalYM):
        found = found.years * 12 + found.months
    if isinstance(expected, float) and isinstance(found, float | Decimal):
        if math.isnan(expected):
            return math.isnan(found)
        return float(found) == expected and math.copysign(1, found) == math.copysign(1, expected)
    if isinstance(expected, Decimal) and isinstance(found, float):
        return found == float(expected)
    kinds = {Decimal: (Decimal, int)}.get(type(expected), (type(expected),))
    return isinstance(found, kinds) and found == expected


def compare(
    found: list[tuple[Any, ...]], made: list[Row], columns: dict[str, Spec], reader: str
) -> None:
    """All stored rows are there and the same; the first wrong values are reported alone."""
    expected = {row.number: row for row in made if row.stored is not None}
    assert [row[0] for row in found] == sorted(expected), (
        f"other rows than expected ({reader}, seed {SEED})"
    )
    wrong = [
        f"row {row[0]}, {name} {spec.declared}: wrote {expected[row[0]].written[place]!r:.120}, "
        f"expected {expected[row[0]].stored[place]!r:.120}, read {row[place + 1]!r:.120}"
        for row in found
        for place, (name, spec) in enumerate(columns.items())
        if not same(row[place + 1], expected[row[0]].stored[place])
    ]
    assert not wrong, f"{len(wrong)} values are wrong ({reader}, seed {SEED}):\n" + "\n".join(
        wrong[:12]
    )


def create(connection: oracledb.Connection, table: str, columns: dict[str, Spec]) -> None:
    declared = ", ".join(f"{name} {spec.declared}" for name, spec in columns.items())
    connection.cursor().execute(f"create table {table} (id number(6) primary key, {declared})")


def write(
    connection: oracledb.Connection, table: str, columns: dict[str, Spec], made: list[Row]
) -> None:
    """In turns: an array with batch errors, an array without, row by row."""
    places = ", ".join(f":{place + 1}" for place in range(len(columns) + 1))
    insert = f"insert into {table} values ({places})"
    with connection.cursor() as cursor:
        for number, batch in enumerate(batches(made, BATCH)):
            cursor.setinputsizes(None, *(spec.bind for spec in columns.values()))
            values = [(row.number, *map(bound, row.written, columns.values())) for row in batch]
            if number % 10 == 4:
                _one_by_one(cursor, insert, batch, values, columns)
            elif number % 5 == 3:
                good = [
                    value for value, row in zip(values, batch, strict=True) if row.refusal is None
                ]
                cursor.executemany(insert, good)
                assert cursor.rowcount == len(good)
            else:
                cursor.executemany(insert, values, batcherrors=True)
                errors = {error.offset: error.message for error in cursor.getbatcherrors()}
                _check_refusals(batch, errors, columns)
    connection.commit()


def _one_by_one(
    cursor: oracledb.Cursor,
    insert: str,
    batch: list[Row],
    values: list[tuple[Any, ...]],
    columns: dict[str, Spec],
) -> None:
    errors = {}
    for place, value in enumerate(values):
        try:
            cursor.setinputsizes(None, *(spec.bind for spec in columns.values()))
            cursor.execute(insert, value)
        except oracledb.DatabaseError as error:
            errors[place] = error.args[0].message
    _check_refusals(batch, errors, columns)


def _check_refusals(batch: list[Row], errors: dict[int, str], columns: dict[str, Spec]) -> None:
    for place, row in enumerate(batch):
        text = errors.get(place)
        if row.refusal is None:
            assert text is None, (
                f"row {row.number} was refused (seed {SEED}): {text}: {shown(row, columns)}"
            )
        else:
            fits = text is not None and row.refusal.explains(text)
            assert fits, (
                f"row {row.number}: {text} instead of {row.refusal!r} (seed {SEED}): "
                f"{shown(row, columns)}"
            )


def shown(row: Row, columns: dict[str, Spec]) -> str:
    """The values of a row with their columns."""
    pairs = zip(columns.items(), row.written, strict=True)
    return ", ".join(f"{name} {spec.declared} = {value!r:.100}" for (name, spec), value in pairs)


def read(
    connection: oracledb.Connection, table: str, columns: dict[str, Spec]
) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.arraysize = 77
        cursor.execute(f"select id, {', '.join(columns)} from {table} order by id")
        found: list[tuple[Any, ...]] = []
        while part := cursor.fetchmany(77):
            found += part
    return found


def write_with_core(
    engine: sa.Engine, target: sa.Table, columns: dict[str, Spec], made: list[Row]
) -> int:
    """SQLAlchemy writes the rows that fit, in arrays and one by one; how many."""
    good = [
        {"id": row.number}
        | dict(zip(columns, map(bound, row.written, columns.values()), strict=True))
        for row in made
        if row.refusal is None
    ]
    with engine.begin() as core:
        for number, batch in enumerate(batches(good, BATCH)):
            if number % 10 == 7:
                for values in batch:
                    core.execute(sa.insert(target).values(values))
            else:
                core.execute(sa.insert(target), batch)
    return len(good)


_TYPES: dict[str, Any] = {
    "number": sa.Numeric(asdecimal=True),
    "float": sa.Numeric(asdecimal=True),
    "binary_double": oracle.BINARY_DOUBLE(),
    "binary_float": oracle.BINARY_FLOAT(),
    "varchar2": sa.String(4000),
    "nvarchar2": sa.Unicode(2000),
    "char": sa.CHAR(2000),
    "nchar": sa.Unicode(9),
    "raw": oracle.RAW(2000),
    "date": oracle.DATE(),
    "timestamp": oracle.TIMESTAMP(),
    "clob": oracle.CLOB(),
    "nclob": oracle.NCLOB(),
    "blob": oracle.BLOB(),
    "long": oracle.LONG(),
}


def core_table(table: str, columns: dict[str, Spec]) -> sa.Table:
    def of(spec: Spec) -> Any:
        return _TYPES.get(spec.declared.partition("(")[0], sa.types.NullType())

    parts = [sa.Column("id", sa.Integer, primary_key=True, autoincrement=False)]
    return sa.Table(
        table, sa.MetaData(), *parts, *(sa.Column(name, of(spec)) for name, spec in columns.items())
    )


@pytest.mark.parametrize("table", list(FAMILIES))
def test_generated_rows_are_stored_as_documented(
    table: str, connection: oracledb.Connection, engine: sa.Engine
) -> None:
    columns, count = FAMILIES[table]
    made = rows(columns, count, SEED)
    print(
        f"{table}: {count} rows, seed {SEED}, {sum(row.refusal is not None for row in made)} to "
        f"be refused"
    )
    assert len(made) == count
    create(connection, table, columns)
    try:
        write(connection, table, columns, made)
        found = read(connection, table, columns)
        compare(found, made, columns, "oracledb")
        target = core_table(table, columns)
        with engine.connect() as core:
            again = core.execute(sa.select(target).order_by(target.c.id))
            compare([tuple(row) for row in again], made, columns, "SQLAlchemy")
        connection.cursor().execute(f"truncate table {table}")
        assert write_with_core(engine, target, columns, made) == len(found)
        compare(
            read(connection, table, columns), made, columns, "oracledb, written with SQLAlchemy"
        )
    finally:
        connection.cursor().execute(f"drop table {table}")


def test_the_families_have_ten_thousand_rows_in_full() -> None:
    assert sum(rows for _, rows in FAMILIES.values()) == count(1_000, 10_000)


def test_a_wrong_value_is_found() -> None:
    columns = {"t": FAMILIES["g_times"][0]["t3"]}
    written = datetime(2024, 2, 29, 1, 2, 3, 4500)
    row = Row(1, (written,), (timestamp(written, 3),))
    compare([(1, datetime(2024, 2, 29, 1, 2, 3, 5000))], [row], columns, "nobody")
    with pytest.raises(AssertionError, match="1 values are wrong"):
        compare([(1, written)], [row], columns, "nobody")
    with pytest.raises(AssertionError, match="other rows"):
        compare([], [row], columns, "nobody")
    assert not same(0.0, -0.0)
    assert same(timedelta(1), timedelta(1))
