"""What the comparison leaves out is counted alike by the texts and by the values, whatever the rows
hold.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from reconciliation.canonical import rules_for
from reconciliation.compare.rows import compare_rows
from reconciliation.compare.streams.comparing import _count_reductions, compare_streams
from reconciliation.compare.streams.layout import layout
from reconciliation.compare.tally import Tally
from reconciliation.databases.rows import batches, source_side, target_side
from reconciliation.errors import Unreadable
from reconciliation.model import ColumnPair, TableContract
from tests.counts import count
from tests.oracle.fake_engine import USER
from tests.type_pairs.sweep import SCHEMA, Both, catalogues, two_databases

ROWS = 150
SEEDS = range(count(2, 4))
#: type here, type there, conversion, values here, values there: any may meet any
_KINDS: list[tuple[str, str, str | None, list[str], list[Any]]] = [
    (
        "float8",
        "NUMBER",
        None,
        ["0.1", "1.5", "1e+20"],
        [Decimal("0.1"), Decimal("0.10000000000000001"), Decimal("1E20")],
    ),
    ("numeric", "VARCHAR2(40)", None, ["0.71", "1.50"], [".71", "0.71", "1.5", "1.50", "x"]),
    ("numeric", "CLOB", "number_text", ["0.71", "1.50"], [".71", "0.71", "1.5", "1.50"]),
    ("char(4)", "VARCHAR2(8)", None, ["a", "ab"], ["a", "a   ", "ab", "ab  ", "b"]),
    ("char(4)", "CHAR(6)", None, ["a", "ab", "abcd"], ["a", "ab", "abcd"]),
    ("jsonb", "CLOB", None, ['{"a": 1}', "[]"], ['{"a": 1}', '{"a":1}', "[]", "[ ]", "{}"]),
    ("json", "VARCHAR2(40)", None, ['{"a":1}', "[]"], ['{"a": 1}', '{"a":1}', "[]"]),
    (
        "uuid",
        "VARCHAR2(32)",
        "uuid_hex",
        ["00000000-0000-0000-0000-00000000000a"],
        ["0" * 31 + "a", "0" * 31 + "A"],
    ),
    (
        "timestamptz",
        "NUMBER(19)",
        "epoch_seconds",
        ["1970-01-01 00:00:01.5", "1970-01-01 00:00:01"],
        [1, 2],
    ),
    (
        "interval",
        "INTERVAL DAY(4) TO SECOND(6)",
        None,
        ["1 day", "24:00:00"],
        ["1 00:00:00", "2 00:00:00"],
    ),
]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    with two_databases(tmp_path_factory.mktemp("oracle")) as found:
        yield found


def _filled(both: Both, seed: int) -> str:
    """Rows of random values; some are NULL, some rows only one side has."""
    chosen, name = random.Random(seed), f"reduced{seed}"
    columns = list(enumerate(_KINDS))
    both.execute(
        f"CREATE TABLE {SCHEMA}.{name} (id int8 PRIMARY KEY, "
        f"{', '.join(f'v{n} {k[0]}' for n, k in columns)})"
    )
    cursor = both.oracle.cursor()
    cursor.execute(
        f"CREATE TABLE {name} (id NUMBER(19) PRIMARY KEY, "
        f"{', '.join(f'v{n} {k[1]}' for n, k in columns)})"
    )
    for row in range(ROWS):
        if row == 0 or chosen.random() < 0.9:
            cells = (
                f"'{chosen.choice(kind[3])}'" if chosen.random() < 0.9 else "NULL"
                for kind in _KINDS
            )
            both.execute(f"INSERT INTO {SCHEMA}.{name} VALUES ({row}, {', '.join(cells)})")
        if row == 0 or chosen.random() < 0.9:
            values = [chosen.choice(kind[4]) if chosen.random() < 0.9 else None for kind in _KINDS]
            marks = ", ".join(
                f"TO_DSINTERVAL(:{n})" if kind[0] == "interval" else f":{n}" for n, kind in columns
            )
            cursor.execute(f"INSERT INTO {name} VALUES ({row}, {marks})", values)
    both.oracle.commit()
    return name


@pytest.mark.parametrize("seed", SEEDS)
def test_both_ways_count_the_same(both: Both, seed: int) -> None:
    name = _filled(both, seed)
    pairs = (
        ColumnPair("id", "ID"),
        *(ColumnPair(f"v{n}", f"V{n}", kind[2]) for n, kind in enumerate(_KINDS)),
    )
    table = TableContract(f"{SCHEMA}.{name}", f"{USER}.{name.upper()}", ("id",), pairs, "v0")
    here, there = catalogues(both)
    source, target = here[table.source], there[table.target]
    rules = dict(rules_for(table, source, target))
    with both.source.connect() as left, both.target.connect() as right:
        ours = {
            key: row for batch in batches(left, source_side(table, source)) for key, row in batch
        }
        theirs = {
            key: row for batch in batches(right, target_side(table, target)) for key, row in batch
        }
        by_values = compare_rows(table, rules, ours, theirs)
        by_texts = compare_streams(
            layout(table, rules, source, target),
            left,
            right,
            answer_timeout=20,
            progress=lambda n: None,
        )
    counted = {name: count for name, count in by_texts.reductions.items() if count}
    assert counted == by_values.reductions
    assert set(by_texts.suspects) == set(by_values.differing_keys)
    lost = {
        f"{rule.pair.source}: {rule.rule.reduction}"
        for rule in rules.values()
        if rule.rule.reduction
    }
    assert set(counted) == lost, "every kind of loss has to occur, or nothing was tested"
    # a loss that PostgreSQL's value alone decides is counted for every value, also of rows that
    # Oracle lacks
    odd = sum(row["v8"] is not None and row["v8"].microsecond > 0 for row in ours.values())
    assert counted["v8: rounded down to whole seconds"] == odd


def test_what_fails_while_reductions_are_counted_is_the_table_s(both: Both) -> None:
    """As a row filter may, whose conditions the database is free to ask in another order than
    before.
    """
    asked = SimpleNamespace(reductions=("v0: rounded",), reductions_sql="SELECT 1 / 0 AS c0")
    with (
        both.source.connect() as connection,
        pytest.raises(Unreadable, match=r"refused a statement \(22012: division"),
    ):
        _count_reductions(Tally(), asked, connection)
