"""The texts both databases write say the same as the rules in memory: for every pair of values of
every pair of types.

Each pair of types gets edge values on both sides. For every combination of a value here and a value
there, the driver's values are held against each other by the canonical rule, and the databases' own
texts as a whole-table comparison does it; both must give the same answer, and equal texts must
never stand for unequal values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, text

from reconciliation.canonical import ColumnRule, rules_for
from reconciliation.compare.streams.layout import Layout, layout, same_value
from reconciliation.compare.streams.source import CopiedRows, columns_of
from reconciliation.compare.streams.target import fetched_rows
from reconciliation.databases.catalogue import read_source_catalogue, read_target_catalogue
from reconciliation.databases.connections import Credentials, source_engine, target_engine
from reconciliation.databases.rows import Side, batches, source_side, target_side
from reconciliation.errors import CanonicalError
from reconciliation.model import ColumnPair, Row, TableContract
from tests.clusters import temporary_cluster
from tests.oracle.conftest import STORE_DATABASE, start_server
from tests.oracle.fake_engine import PASSWORD, SERVICE, USER

_MOMENTS = [
    "2026-03-01 12:34:56.789012",
    "1969-12-31 23:59:59.9995",
    "0001-01-01 00:00:00",
    "9999-12-31 23:59:59.999",
    "1970-01-01 00:00:00",
    "infinity",
    "0044-03-15 00:00:00 BC",
    "20000-01-01 00:00:00",
]
_TEXTS = [
    "",
    " ",
    "a",
    "a ",
    "A",
    "1:a,",
    "a,1:a",
    "é",
    "e\u0301",
    "서울🛬",
    "'",
    "null",
    "0:",
    "\n\t\\",
]
_WHOLE = ["0", "1", "-1", "9223372036854775807", "-9223372036854775808", "10", "100"]
_DECIMALS = [
    "0",
    "0.5",
    "-0.5",
    "0.50",
    "0.05",
    "-0.000001",
    "1.5",
    "10.0",
    "100",
    "12345678901234567890.123456789",
    "1e-20",
    "99999999999999999999999999999999999999",
]

#: PostgreSQL's type, Oracle's type, conversion, values here, values there (Oracle's as SQL
#: expressions)
PAIRS: list[tuple[str, str, str | None, list[str], list[str]]] = [
    ("int8", "NUMBER(19)", None, _WHOLE, _WHOLE),
    ("int4", "NUMBER", None, _WHOLE[:3], [*_WHOLE, "1.5", "0.1", "-0.5"]),
    ("int2", "FLOAT", None, _WHOLE[:3], ["0", "1", "-1", "0.5"]),
    ("numeric", "NUMBER", None, [*_DECIMALS, "NaN"], _DECIMALS),
    ("numeric(20,6)", "NUMBER(20,6)", None, _DECIMALS[:9], _DECIMALS[:9]),
    ("varchar(255)", "VARCHAR2(255)", None, _TEXTS, _TEXTS),
    ("text", "VARCHAR2(900 CHAR)", None, _TEXTS, _TEXTS),
    ("bool", "VARCHAR2(5)", None, ["true", "false"], ["true", "false", "TRUE", "t"]),
    ("bool", "VARCHAR2(1)", "boolean_text:Y/N", ["true", "false"], ["Y", "N", "y"]),
    ("bool", "NUMBER(1)", "boolean_number", ["true", "false"], ["0", "1", "2"]),
    (
        "uuid",
        "VARCHAR2(36)",
        None,
        ["00000000-0000-0000-0000-00000000000a"],
        ["00000000-0000-0000-0000-00000000000a", "00000000-0000-0000-0000-00000000000A"],
    ),
    (
        "uuid",
        "RAW(16)",
        "uuid_raw",
        ["00000000-0000-0000-0000-00000000000a"],
        ["hextoraw('0000000000000000000000000000000A')", "hextoraw('0A')"],
    ),
    (
        "bytea",
        "RAW(200)",
        None,
        ["\\x", "\\x00", "\\xff00"],
        ["hextoraw('00')", "hextoraw('FF00')", "hextoraw('FF')"],
    ),
    (
        "date",
        "DATE",
        None,
        ["2026-03-01", "0001-01-01", "9999-12-31", "infinity"],
        [
            "DATE '2026-03-01'",
            "DATE '0001-01-01'",
            "DATE '9999-12-31'",
            "TO_DATE('2026-03-01 00:00:01', 'YYYY-MM-DD HH24:MI:SS')",
        ],
    ),
    (
        "timestamp",
        "TIMESTAMP(6)",
        None,
        _MOMENTS,
        [f"TIMESTAMP '{value}'" for value in _MOMENTS[:5]]
        + ["TIMESTAMP '2026-03-01 12:34:56.789013'"],
    ),
    (
        "timestamptz",
        "TIMESTAMP(6)",
        None,
        _MOMENTS,
        [f"TIMESTAMP '{value}'" for value in _MOMENTS[:5]],
    ),
    (
        "timestamptz",
        "DATE",
        None,
        ["2026-03-01 12:34:56", "2026-03-01 12:34:56.5"],
        ["TO_DATE('2026-03-01 12:34:56', 'YYYY-MM-DD HH24:MI:SS')"],
    ),
    (
        "timestamptz",
        "TIMESTAMP(6) WITH TIME ZONE",
        None,
        _MOMENTS,
        [
            "TIMESTAMP '2026-03-01 12:34:56.789012 +00:00'",
            "TIMESTAMP '2026-03-01 21:34:56.789012 +09:00'",
            "TIMESTAMP '2026-03-01 12:34:56.789012 +09:00'",
        ],
    ),
    (
        "timestamptz",
        "NUMBER(19)",
        "epoch_seconds",
        _MOMENTS[:5],
        ["1772368496", "1772368497", "-1", "0"],
    ),
    (
        "timestamptz",
        "NUMBER(19)",
        "epoch_millis",
        _MOMENTS,
        ["1772368496789", "-1", "0", "-62135596800000"],
    ),
    ("timestamp", "NUMBER", "epoch_micros", _MOMENTS[:5], ["1772368496789012", "-500", "0", "0.5"]),
    (
        "date",
        "NUMBER(19)",
        "epoch_millis",
        ["2026-03-01", "1969-12-31"],
        ["1772323200000", "-86400000", "0"],
    ),
]


class Both:
    """Two databases with a schema each, empty."""

    def __init__(self, source: Engine, target: Engine, execute: Any, connection: Any) -> None:
        self.source, self.target, self.execute, self.oracle = source, target, execute, connection


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    with temporary_cluster() as cluster:
        for name in (STORE_DATABASE, "dso"):
            cluster.execute(f"CREATE DATABASE {name}")
        cluster.execute("CREATE SCHEMA travelbuddy", "dso")
        server = start_server(tmp_path_factory.mktemp("oracle"), cluster)
        here = source_engine(
            Credentials("PostgreSQL", cluster.host, cluster.port, "dso", cluster.user, "any")
        )
        there = target_engine(
            Credentials("Oracle", "127.0.0.1", server.port, SERVICE, USER, PASSWORD)
        )
        with server.connect() as connection:
            yield Both(here, there, lambda statement: cluster.execute(statement, "dso"), connection)
        here.dispose()
        there.dispose()
        server.process.terminate()
        server.process.wait()


def _filled(
    both: Both,
    number: int,
    here: str,
    there: str,
    conversion: str | None,
    values: list[str],
    others: list[str],
) -> tuple[TableContract, dict[str, ColumnRule], Layout, tuple[Side, Side]]:
    name = f"t{number}"
    both.execute(f"CREATE TABLE travelbuddy.{name} (id int8 PRIMARY KEY, v {here})")
    for key, value in enumerate([*values, None]):
        literal = "NULL" if value is None else "'" + value.replace("'", "''") + f"'::{here}"
        both.execute(f"INSERT INTO travelbuddy.{name} VALUES ({key}, {literal})".replace("%", "%%"))
    cursor = both.oracle.cursor()
    cursor.execute(f"CREATE TABLE {name} (id NUMBER(19) PRIMARY KEY, v {there})")
    for key, value in enumerate([*others, None]):
        if value is not None and there.startswith("VARCHAR2"):
            cursor.execute(f"INSERT INTO {name} VALUES (:1, :2)", [key, value])
        else:
            cursor.execute(f"INSERT INTO {name} VALUES ({key}, {value or 'NULL'})")
    both.oracle.commit()
    pairs = (ColumnPair("id", "ID"), ColumnPair("v", "V", conversion))
    table = TableContract(f"travelbuddy.{name}", f"{USER}.{name.upper()}", ("id",), pairs, "v")
    source = read_source_catalogue(both.source, "travelbuddy")[table.source]
    target = read_target_catalogue(both.target, USER)[table.target]
    rules = dict(rules_for(table, source, target))
    return (
        table,
        rules,
        layout(table, rules, source, target),
        (source_side(table, source), target_side(table, target)),
    )


def _texts(both: Both, found: Layout) -> tuple[list[list[str | None]], list[list[str | None]]]:
    with both.source.connect() as connection:
        with CopiedRows(connection.connection.driver_connection, found.source_sql, 20) as rows:
            ours = [found.split(columns_of(row)) for chunk in rows for row in chunk]
        connection.rollback()
    with both.target.connect() as connection:
        connection.execute(text("SELECT 1 FROM DUAL"))
        chunks = fetched_rows(connection.connection.driver_connection, found.target_sql)
        theirs = [found.split(columns_of(row)) for chunk in chunks for row in chunk]
    return ours, theirs


def _rows(engine: Engine, side: Side) -> list[Row]:
    with engine.connect() as connection:
        return [row for batch in batches(connection, side) for _, row in batch]


def _canonical(function: Any, value: Any) -> Any:
    """The canonical value, or something equal to nothing: infinity has no counterpart in Oracle."""
    try:
        return function(value)
    except CanonicalError:
        return object()


@pytest.mark.parametrize(
    ("number", "pair"), list(enumerate(PAIRS)), ids=[f"{p[0]}-{p[1]}-{p[2] or ''}" for p in PAIRS]
)
def test_texts_agree_with_the_rules(both: Both, number: int, pair: tuple[Any, ...]) -> None:
    _, rules, found, sides = _filled(both, number, *pair)
    ours, theirs = _texts(both, found)
    here, there = _rows(both.source, sides[0]), _rows(both.target, sides[1])
    rule, field = rules["v"], found.fields[1]
    assert len(ours) == len(here) == len(pair[3]) + 1
    assert len(theirs) == len(there) == len(pair[4]) + 1
    answers: Counter[bool] = Counter()
    for row, (_, left) in zip(here, ours, strict=True):
        for other, (_, right) in zip(there, theirs, strict=True):
            agreed = _canonical(rule.canonical_source, row["v"]) == _canonical(
                rule.canonical_target, other["V"]
            )
            if left == right:
                assert agreed, f"{row['v']!r} and {other['V']!r} are both written {left!r}"
            assert (left == right or same_value(field, left, right, Counter())) == agreed, (
                row["v"],
                other["V"],
            )
            answers[agreed] += 1
    assert answers[True] >= 2, "some value besides NULL must be equal on both sides"
    assert answers[False] >= 1
