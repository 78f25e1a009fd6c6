"""Ranges of keys on real databases: every row in exactly one of them, the same one on both sides.

What belongs into a range is said by Python's own order of the canonical keys.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import product
from typing import Any

import oracledb
import pytest
from sqlalchemy import Engine, text

from reconciliation.canonical import rules_for
from reconciliation.canonical.same_type import same_type_rules
from reconciliation.compare import plan as planning
from reconciliation.compare.extent.ranges import KeyRange, NoRange, check_key, ranges_between
from reconciliation.compare.segments.job import Access, Databases, Job
from reconciliation.compare.segments.runner import compare_in_segments
from reconciliation.compare.segments.workers import Workers
from reconciliation.compare.streams.binary import binary_rows
from reconciliation.compare.streams.layout import layout
from reconciliation.compare.streams.row_form import RowForm
from reconciliation.compare.streams.source import CopiedRows
from reconciliation.compare.streams.target import fetched_rows
from reconciliation.databases.catalogue import read_source_catalogue, read_target_catalogue
from reconciliation.databases.connections import Credentials
from reconciliation.model import ColumnPair, Key, TableContract
from tests.clusters import temporary_cluster
from tests.oracle.conftest import STORE_DATABASE, start_server
from tests.oracle.fake_engine import PASSWORD, SERVICE, USER

Draw = Callable[[random.Random], Any]

_NASTY = [
    "'",
    "''",
    "\\",
    "\\'",
    "%",
    "%s",
    "%(a)s",
    ":a",
    ":1",
    "a:b",
    '"',
    "--",
    "/*",
    "\n",
    "\t",
    " ",
    "a ",
    "a  ",
    "A",
    "a",
    "Z",
    "_",
    "é",
    "e\u0301",
    "서울",
    "\ue000",
    "\uffff",
    "🛬",
    "🛬a",
    "ß",
    "{0}",
    "$1",
    "&x",
    ";",
    "a" * 40,
]


def _a_text(random: random.Random) -> str:
    return "".join(random.choice(_NASTY) for _ in range(random.randint(1, 3)))


def _a_moment(random: random.Random) -> dt.datetime:
    return dt.datetime(
        random.choice([1, 1582, 1969, 2026, 9999]),
        random.randint(1, 12),
        random.randint(1, 28),
        random.randint(0, 23),
        random.randint(0, 59),
        random.randint(0, 59),
        random.choice([0, 1, 500_000, 999_999]),
    )


def _a_decimal(random: random.Random) -> Decimal:
    return Decimal(random.randint(-(10**12), 10**12)).scaleb(random.choice([-15, -9, -2, 0, 3]))


def _whole(low: int, high: int) -> Draw:
    return lambda random: random.choice([random.randint(low, high), random.randint(-3, 3)])


_LONG = _whole(-(2**63), 2**63 - 1)
_SMALL = _whole(-3, 3)
_ZONED: Draw = lambda random: _a_moment(random).replace(tzinfo=dt.UTC)  # noqa: E731
#: PostgreSQL's type, Oracle's type, conversion, a value as psycopg2 and oracledb take it
_COLUMNS: dict[str, tuple[str, str, str | None, Draw, Callable[[Any], Any]]] = {
    "int8": ("int8", "NUMBER(19)", None, _LONG, lambda value: value),
    "int2": ("int2", "NUMBER", None, _SMALL, lambda value: value),
    "numeric": ("numeric", "NUMBER", None, _a_decimal, lambda value: value),
    "text": ("text", "VARCHAR2(400 CHAR)", None, _a_text, lambda value: value),
    "uuid": (
        "uuid",
        "VARCHAR2(36)",
        None,
        lambda random: str(uuid.UUID(int=random.getrandbits(128))),
        lambda v: v,
    ),
    "raw": (
        "uuid",
        "RAW(16)",
        "uuid_raw",
        lambda random: str(uuid.UUID(int=random.getrandbits(128))),
        lambda value: uuid.UUID(value).bytes,
    ),
    "bytes": (
        "bytea",
        "RAW(20)",
        None,
        lambda random: random.randbytes(random.randint(1, 4)),
        lambda value: value,
    ),
    "date": ("date", "DATE", None, lambda random: _a_moment(random).date(), lambda value: value),
    "seconds": (
        "timestamp",
        "DATE",
        None,
        lambda random: _a_moment(random).replace(microsecond=0),
        lambda v: v,
    ),
    "timestamp": ("timestamp", "TIMESTAMP(6)", None, _a_moment, lambda value: value),
    "instant": (
        "timestamptz",
        "TIMESTAMP(6)",
        None,
        _ZONED,
        lambda value: value.replace(tzinfo=None),
    ),
    "zoned": ("timestamptz", "TIMESTAMP(6) WITH TIME ZONE", None, _ZONED, lambda value: value),
}
_BOUND_AS = {
    "timestamp": oracledb.DB_TYPE_TIMESTAMP,
    "instant": oracledb.DB_TYPE_TIMESTAMP,
    "zoned": oracledb.DB_TYPE_TIMESTAMP_TZ,
}
_KEYS = [(name,) for name in _COLUMNS] + [
    ("text", "int2"),
    ("int2", "instant"),
    ("int2", "text", "int2"),
]


class Both:
    """Two databases with a schema each."""

    def __init__(
        self, source: Engine, target: Engine, cluster: Any, oracle: Any, access: Access
    ) -> None:
        self.source, self.target, self.cluster, self.oracle, self.access = (
            source,
            target,
            cluster,
            oracle,
            access,
        )


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    with temporary_cluster() as cluster:
        for name in (STORE_DATABASE, "dso"):
            cluster.execute(f"CREATE DATABASE {name}")
        cluster.execute("CREATE SCHEMA travelbuddy", "dso")
        server = start_server(tmp_path_factory.mktemp("oracle"), cluster)
        access = Access(
            Credentials("PostgreSQL", cluster.host, cluster.port, "dso", cluster.user, "any"),
            Credentials("Oracle", "127.0.0.1", server.port, SERVICE, USER, PASSWORD),
        )
        opened = access.open()
        here, there = opened.source, opened.target
        with server.connect() as oracle:
            yield Both(here, there, cluster, oracle, access)
        here.dispose()
        there.dispose()
        server.process.terminate()
        server.process.wait()


def _rows(both: Both, kinds: Sequence[str], random: random.Random) -> list[tuple[Any, ...]]:
    """Unlike keys, many with the same first columns."""
    few = [[_COLUMNS[kind][3](random) for _ in range(5)] for kind in kinds[:-1]]
    last, repeat = _COLUMNS[kinds[-1]][3], 8 if few else 60
    rows = [(*beginning, last(random)) for beginning in product(*few) for _ in range(repeat)]
    return list(dict.fromkeys(rows))


def _tables(both: Both, kinds: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> TableContract:
    name = "_".join(("t", *kinds))
    columns = [f"k{number}" for number in range(len(kinds))]
    plain = ", ".join(
        f"{column} {_COLUMNS[kind][0]}" for column, kind in zip(columns, kinds, strict=True)
    )
    oracle = ", ".join(
        f"{column} {_COLUMNS[kind][1]}" for column, kind in zip(columns, kinds, strict=True)
    )
    with both.cluster.connect("dso") as connection, connection.cursor() as cursor:
        cursor.execute("SET TimeZone = 'UTC'")
        for table in (name, f"{name}_copy"):
            cursor.execute(
                f"CREATE TABLE travelbuddy.{table} ({plain}, v int4, PRIMARY KEY "
                f"({', '.join(columns)}))"
            )
            cursor.executemany(
                f"INSERT INTO travelbuddy.{table} VALUES ({', '.join(['%s'] * len(kinds))}, 1)",
                rows,
            )
    cursor = both.oracle.cursor()
    cursor.execute(f"CREATE TABLE {name} ({oracle}, v NUMBER, PRIMARY KEY ({', '.join(columns)}))")
    places = ", ".join(f":{number + 1}" for number in range(len(kinds)))
    for row in rows:
        values = [_COLUMNS[kind][4](value) for kind, value in zip(kinds, row, strict=True)]
        # the driver takes a datetime for a DATE unless told otherwise
        cursor.setinputsizes(*(_BOUND_AS.get(kind) for kind in kinds))
        cursor.execute(f"INSERT INTO {name} VALUES ({places}, 1)", values)
    both.oracle.commit()
    pairs = tuple(
        ColumnPair(column, column.upper(), _COLUMNS[kind][2])
        for column, kind in zip(columns, kinds, strict=True)
    )
    return TableContract(
        f"travelbuddy.{name}",
        f"{USER}.{name.upper()}",
        tuple(columns),
        (*pairs, ColumnPair("v", "V")),
        "v",
    )


def _source_keys(engine: Engine, sql: str, read: Callable[[bytes], Key]) -> list[Key]:
    with (
        engine.connect() as connection,
        CopiedRows(connection.connection.driver_connection, sql, 20) as chunks,
    ):
        return [read(row) for chunk in chunks for row in chunk]


def _target_keys(engine: Engine, sql: str, read: Callable[[bytes], Key]) -> list[Key]:
    with engine.connect() as connection:
        connection.execute(text("SELECT 1 FROM DUAL"))
        return [
            read(row)
            for chunk in fetched_rows(connection.connection.driver_connection, sql)
            for row in chunk
        ]


def _within(keys: Sequence[Key], part: KeyRange) -> list[Key]:
    return [
        key
        for key in keys
        if (part.low is None or key >= part.low) and (part.high is None or key < part.high)
    ]


def _bounds(keys: Sequence[Key], random: random.Random) -> list[Key]:
    """Keys of rows, and keys made of columns of different rows, which mostly belong to none."""
    mixed = [tuple(random.choice(keys)[column] for column in range(len(keys[0]))) for _ in range(5)]
    return sorted({*random.sample(keys, 5), *mixed})


@pytest.mark.parametrize("kinds", _KEYS, ids="-".join)
def test_every_row_is_in_exactly_one_range_and_on_both_sides_in_the_same(
    both: Both, kinds: tuple[str, ...]
) -> None:
    draws = random.Random("-".join(kinds))
    table = _tables(both, kinds, _rows(both, kinds, draws))
    source = read_source_catalogue(both.source, "travelbuddy")
    target = read_target_catalogue(both.target, USER)[table.target]
    found = layout(
        table, rules_for(table, source[table.source], target), source[table.source], target
    )
    keys = sorted(_source_keys(both.source, found.source_sql, found.source_key))
    assert len(keys) >= 7
    check_key(found.key_rules)
    parts = ranges_between(_bounds(keys, draws))
    assert len(parts) > 4
    for part in parts:
        cut = found.within(part)
        assert _source_keys(both.source, cut.source_sql, cut.source_key) == _within(keys, part)
        assert _target_keys(both.target, cut.target_sql, cut.target_key) == _within(keys, part)


@pytest.mark.parametrize(
    "kinds", [keys for keys in _KEYS if not {"numeric", "raw"} & set(keys)], ids="-".join
)
def test_the_same_between_two_postgresql_tables(both: Both, kinds: tuple[str, ...]) -> None:
    name = "_".join(("t", *kinds))
    source = read_source_catalogue(both.source, "travelbuddy")
    if f"travelbuddy.{name}" not in source:
        _tables(both, kinds, _rows(both, kinds, random.Random("-".join(kinds))))
        source = read_source_catalogue(both.source, "travelbuddy")
    here, there = source[f"travelbuddy.{name}"], source[f"travelbuddy.{name}_copy"]
    table = TableContract(
        here.full_name,
        there.full_name,
        here.primary_key,
        tuple(ColumnPair(column, column) for column in here.columns),
        "v",
    )
    found: RowForm = binary_rows(table, same_type_rules(table, here, there), here, there)
    keys = sorted(_source_keys(both.source, found.source_sql, found.source_key))
    for part in ranges_between(_bounds(keys, random.Random(1))):
        cut = found.within(part)
        assert _source_keys(both.source, cut.source_sql, cut.source_key) == _within(keys, part)
        assert _source_keys(both.source, cut.target_sql, cut.target_key) == _within(keys, part)


def test_a_row_without_key_is_in_the_last_range_alone(both: Both) -> None:
    with both.cluster.connect("dso") as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE travelbuddy.n1 (a int4, b int4, PRIMARY KEY (a, b))")
        cursor.execute("CREATE TABLE travelbuddy.n2 (a int4, b int4)")
        cursor.execute("INSERT INTO travelbuddy.n1 VALUES (1, 1), (1, 2), (2, 1), (3, 3)")
        cursor.execute(
            "INSERT INTO travelbuddy.n2 VALUES (NULL, 1), (1, NULL), (3, NULL), (NULL, NULL), "
            "(2, 1)"
        )
    source = read_source_catalogue(both.source, "travelbuddy")
    here, there = source["travelbuddy.n1"], source["travelbuddy.n2"]
    table = TableContract(
        here.full_name,
        there.full_name,
        ("a", "b"),
        (ColumnPair("a", "a"), ColumnPair("b", "b")),
        "a",
    )
    found = binary_rows(table, same_type_rules(table, here, there), here, there)
    counts = []
    for part in ranges_between([(1, 2), (2, 2)]):
        with both.source.connect() as connection:
            counts.append(len(connection.exec_driver_sql(found.within(part).target_sql).all()))
    assert counts == [0, 1, 4]


def test_what_has_no_order_that_both_share_is_refused(both: Both) -> None:
    with both.cluster.connect("dso") as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE travelbuddy.padded (k char(5) PRIMARY KEY, t text)")
        both.oracle.cursor().execute("CREATE TABLE padded (k CHAR(5) PRIMARY KEY, t VARCHAR2(100))")
    source = read_source_catalogue(both.source, "travelbuddy")["travelbuddy.padded"]
    target = read_target_catalogue(both.target, USER)[f"{USER}.PADDED"]
    table = TableContract(
        source.full_name,
        target.full_name,
        ("k",),
        (ColumnPair("k", "K"), ColumnPair("t", "T")),
        "t",
    )
    rules = rules_for(table, source, target)
    with pytest.raises(
        NoRange, match=r"the key column k \(bpchar\(5\), compared as padded_text\) has no order"
    ):
        check_key([rules["k"]])
    check_key([rules["t"]])


def test_segments_of_an_oracle_table_by_worker_processes(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "SMALL_ROWS", 100)
    monkeypatch.setattr(planning, "SEGMENT_ROWS", 500)
    with both.cluster.connect("dso") as connection, connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE travelbuddy.large (id int8 PRIMARY KEY, v text, at timestamptz)"
        )
        cursor.execute(
            "INSERT INTO travelbuddy.large SELECT i, CASE WHEN i % 7 > 0 THEN 'v' || i END, "
            "timestamptz '2026-01-01' + i * interval '1.0001 s' FROM generate_series(1, 2000) AS i"
        )
    oracle = both.oracle.cursor()
    oracle.execute("CREATE TABLE large (id NUMBER(19) PRIMARY KEY, v VARCHAR2(50), at NUMBER(19))")
    began = dt.datetime(2026, 1, 1, tzinfo=dt.UTC).timestamp()
    rows = [
        (i, f"v{i}" if i % 7 else None, int(began * 1000) + i * 10001 // 10) for i in range(1, 2001)
    ]
    wrong = {
        5: (5, "v6", rows[4][2]),
        1999: (1999, None, rows[1998][2]),
        1000: (100000, "v1000", rows[999][2]),
    }
    oracle.executemany(
        "INSERT INTO large VALUES (:1, :2, :3)", [wrong.get(row[0], row) for row in rows]
    )
    both.oracle.commit()
    source = read_source_catalogue(both.source, "travelbuddy")["travelbuddy.large"]
    target = read_target_catalogue(both.target, USER)[f"{USER}.LARGE"]
    pairs = (ColumnPair("id", "ID"), ColumnPair("v", "V"), ColumnPair("at", "AT", "epoch_millis"))
    job = Job(
        TableContract(source.full_name, target.full_name, ("id",), pairs, "v"), source, target, 20
    )
    with both.source.connect() as connection:
        pieces = planning.plan(connection, source, job.rows(), 2)
    assert len(pieces.segments) == 4
    databases = Databases(both.source, both.target)
    with Workers(lambda: both.access, 2) as workers:
        tally = compare_in_segments(pieces, job, databases, workers)
    assert tally == compare_in_segments(planning.in_one_piece(), job, databases)
    assert (tally.source_rows, tally.target_rows, tally.equal_rows) == (2000, 2000, 1997)
    assert tally.suspects == [(5,), (1000,), (1999,), (100000,)]
    assert tally.reductions == {"at: rounded down to whole milliseconds": 1800}
