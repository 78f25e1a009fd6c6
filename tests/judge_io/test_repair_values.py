"""What a repair script writes is what the judge calls equal: for every rule and conversion, with
edge values.

Every value goes the whole way: stored in PostgreSQL, read by the judge, turned into the value
Oracle is to hold, written as a literal into the Oracle stand-in, read back, and held against the
first by the rule itself.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from reconciliation.canonical import ACCEPTABLE, CONVERSIONS, ColumnRule, accepted_rule, rules_for
from reconciliation.canonical.rules import NATURAL
from reconciliation.canonical.types import source_label, target_label
from reconciliation.databases.rows import batches, source_side, target_side
from reconciliation.errors import CanonicalError
from reconciliation.model import AcceptedDifference, CatalogueTable, ColumnPair, Row, TableContract
from reconciliation.repair.literals import ByHand, holds, literal
from reconciliation.repair.written import INVERSES, written
from tests.oracle.fake_engine import USER

from .repair_box import SCHEMA, Box, box

_MOMENTS = [
    "2026-03-01 12:34:56.789012",
    "1969-12-31 23:59:59.9995",
    "0001-01-01 00:00:00",
    "9999-12-31 23:59:59",
    "2026-10-25 01:30:00+00",
    "1970-01-01 00:00:00",
    "infinity",
]
_TEXTS = [
    "",
    " ",
    "a ",
    "it''s",
    "&x &&y",
    "서울🛬",
    "e\u0301\ue000",
    "line\nand\r\n;\n/\n--",
    "tab\t\\ 'q' -",
    "x\u0001y",
]
_NUMBERS = [
    "0",
    "0.5",
    "-0.5",
    "1.005",
    "-1e-20",
    "1e-130",
    "12345678901234567890.123456789",
    "1e100",
    "99999999999999999999999999999999999999",
    "-1234567890123456789012345678901234567890.5",
]
#: values by PostgreSQL type, as text PostgreSQL reads
VALUES: dict[str, list[str]] = {
    "int2": ["0", "-32768", "32767"],
    "int4": ["0", "-2147483648", "2147483647"],
    "int8": ["0", "-9223372036854775808", "9223372036854775807", "9007199254740993"],
    "numeric": [*_NUMBERS, "NaN"],
    "float4": ["0", "0.1", "-1.5", "3.4028235e38", "1e-45", "16777216", "NaN", "-Infinity"],
    "float8": [
        "0",
        "0.1",
        "-1.5",
        "1.7976931348623157e308",
        "5e-324",
        "1e22",
        "123456.789",
        "NaN",
        "Infinity",
    ],
    "varchar": _TEXTS,
    "text": [*_TEXTS, "가나다라" * 700, "'" * 2500],
    "citext": _TEXTS,
    "bpchar": ["", "ab", "서울", "'"],
    "name": ["n"],
    "bool": ["true", "false"],
    "uuid": ["00000000-0000-0000-0000-00000000000a", "ffffffff-ffff-ffff-ffff-ffffffffffff"],
    "json": ['{"a": 1.50, "b": "서울\\n"}', "[]", "null"],
    "jsonb": ['{"b": [1, true, "\'"]}', '"x"'],
    "bytea": ["\\x", "\\x00", "\\x" + "ff0027" * 60],
    "date": ["2026-03-01", "0001-01-01", "9999-12-31"],
    "timestamp": _MOMENTS,
    "timestamptz": _MOMENTS,
}
#: how a type is declared here, where its bare name will not do
_HERE = {"bpchar": "char(30)", "citext": "text"}
#: Oracle types to write into, several of one label
THERE = (
    "NUMBER",
    "NUMBER(12,2)",
    "NUMBER(38)",
    "FLOAT",
    "BINARY_FLOAT",
    "BINARY_DOUBLE",
    "VARCHAR2(4000)",
    "VARCHAR2(9)",
    "NVARCHAR2(1000)",
    "CHAR(36)",
    "NCHAR(36)",
    "CLOB",
    "NCLOB",
    "RAW(200)",
    "BLOB",
    "DATE",
    "TIMESTAMP(6)",
    "TIMESTAMP(3)",
    "TIMESTAMP(9)",
    "TIMESTAMP(6) WITH TIME ZONE",
    "TIMESTAMP(6) WITH LOCAL TIME ZONE",
)
_ARGUMENTS = {
    "wall_clock": ["wall_clock:Asia/Seoul"],
    "boolean_text": ["boolean_text", "boolean_text:Y/N"],
}


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    with box(tmp_path_factory.mktemp("values")) as made:
        for name, values in VALUES.items():
            made.postgresql(
                f"CREATE TABLE {SCHEMA}.p_{name} (id int8 PRIMARY KEY, v {_HERE.get(name, name)})"
            )
            for number, value in enumerate(values):
                quoted = value.replace("'", "''").replace("%", "%%")
                made.postgresql(f"INSERT INTO {SCHEMA}.p_{name} VALUES ({number}, '{quoted}')")
            made.postgresql(f"INSERT INTO {SCHEMA}.p_{name} VALUES (1000, NULL)")
        for number, declared in enumerate(THERE):
            made.legacy(f"CREATE TABLE o_{number} (id NUMBER(9) PRIMARY KEY, v {declared})")
        made._catalogues()
        yield made


def _pairs(judge: Box) -> Iterator[tuple[ColumnRule, CatalogueTable, CatalogueTable]]:
    """Every rule of the table of rules and every conversion, with each Oracle type it leads to."""
    for source in VALUES:
        here = judge.source_catalogue[f"{SCHEMA}.p_{source}"]
        spelled = [None, *(one for name in CONVERSIONS for one in _ARGUMENTS.get(name, [name]))]
        for number in range(len(THERE)):
            there = judge.target_catalogue[f"{USER}.O_{number}"]
            for conversion in spelled:
                rule = _rule(here, there, conversion)
                if rule is not None:
                    yield rule, here, there


def _rule(here: CatalogueTable, there: CatalogueTable, conversion: str | None) -> ColumnRule | None:
    accepted = tuple(
        AcceptedDifference(here.full_name, ("v",), name, "r", "o", dt.date.max)
        for name in ACCEPTABLE
    )
    table = TableContract(
        here.full_name, there.full_name, ("id",), (ColumnPair("v", "V", conversion),), "v", accepted
    )
    try:
        return rules_for(table, here, there)["v"]
    except CanonicalError:
        return None


def _rows(judge: Box, table: CatalogueTable, target: bool) -> dict[int, Row]:
    pairs = (ColumnPair("id", "ID"), ColumnPair("v", "V"))
    contract = TableContract(table.full_name, table.full_name, ("id",), pairs, "v")
    side = target_side(contract, table) if target else source_side(contract, table)
    with (judge.target if target else judge.source).connect() as connection:
        return {int(key[0]): row for batch in batches(connection, side) for key, row in batch}


def test_what_is_written_is_read_back_as_equal(judge: Box) -> None:
    values = {
        name: [
            row["v"]
            for row in _rows(judge, judge.source_catalogue[f"{SCHEMA}.p_{name}"], False).values()
        ]
        for name in VALUES
    }
    wanted: dict[str, dict[str, list[tuple[ColumnRule, Any]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    outcomes: dict[tuple[str, str, str], list[bool]] = defaultdict(list)
    for rule, here, there in _pairs(judge):
        pair = (rule.rule.name, source_label(rule.source.type), target_label(rule.target.type))
        for value in values[here.name[2:]]:
            expression = _expression(rule, value)
            if expression is None:
                outcomes[pair].append(False)
                continue
            wanted[there.full_name][expression].append((rule, value))
            outcomes[pair].append(value is not None)
    assert len(outcomes) > 100
    # the rule for text takes any source type whose driver value is text
    mute = {
        pair
        for pair, written_ones in outcomes.items()
        if not any(written_ones) and pair[0] != "text"
    }
    assert mute == set()
    for name, expressions in wanted.items():
        _write_and_read(judge, name, expressions)


def _expression(rule: ColumnRule, value: Any) -> str | None:
    why = ""
    try:
        return literal(rule.target.type, written(rule, value))
    except ByHand as reason:
        why = str(reason)
    assert _is_known(rule, value, why), (rule.rule.name, value, why)
    return None


def _is_known(rule: ColumnRule, value: Any, reason: str) -> bool:
    """A refusal of Oracle's, or a value the rule itself cannot read: infinity, the year 10000, an
    int as text.
    """
    try:
        rule.canonical_source(value)
    except CanonicalError:
        return True
    return reason.startswith("ORA-") or "would not keep" in reason


def _write_and_read(
    judge: Box, name: str, expressions: dict[str, list[tuple[ColumnRule, Any]]]
) -> None:
    relation = name.rpartition(".")[2]
    judge.legacy(
        f"DELETE FROM {relation}",
        *(
            f"INSERT INTO {relation} SELECT {number}, {expression} FROM DUAL"
            for number, expression in enumerate(expressions)
        ),
    )
    there = judge.target_catalogue[name]
    rows = _rows(judge, there, True)
    assert len(rows) == len(expressions)
    with judge.target.connect() as connection:
        for number, (expression, sources) in enumerate(expressions.items()):
            stored = rows[number]["V"]
            for rule, value in sources:
                equal = rule.canonical_source(value) == rule.canonical_target(stored)
                accepted = accepted_rule(
                    rule.accepted, rule.source.type, rule.target.type, value, stored
                )
                assert equal or accepted, (
                    rule.rule.name,
                    rule.target.type,
                    value,
                    expression,
                    stored,
                )
            condition = " AND ".join(holds("V", there.columns["V"].type, stored))
            found = (
                connection.exec_driver_sql(f"SELECT id FROM {relation} WHERE {condition}")
                .scalars()
                .all()
            )
            alike = [
                other
                for other, row in rows.items()
                if repr(row["V"]) == repr(stored) or row["V"] == stored
            ]
            assert sorted(map(int, found)) == alike, (there.columns["V"].type, stored, condition)


def test_every_rule_says_what_to_write() -> None:
    known = {rule.name for rule in NATURAL.values()} | set(CONVERSIONS)
    assert known - set(INVERSES) == set()


def test_random_texts_and_bytes_survive(judge: Box) -> None:
    """Texts of all lengths around the edges of pieces, of characters that mean something to
    somebody on the way.
    """
    generator = random.Random(20260301)
    alphabet = "ab '&;-/\\\n\r\t\"#@.가é\u0301🛬\uffff\u00a0%:{}$"
    lengths = (1, 2, 99, 100, 101, 250, 499, 999, 1000, 1001)
    texts = ["".join(generator.choices(alphabet, k=length)) for length in lengths]
    plane = str.maketrans("🛬", "나")
    for number, label in enumerate(THERE):
        kind = judge.target_catalogue[f"{USER}.O_{number}"].columns["V"].type
        if target_label(kind) in ("CLOB", "NCLOB"):
            basic = [sample.translate(plane) for sample in texts]
            chosen = [*texts[:7], *basic[7:], basic[2] * 100]
        elif label in ("VARCHAR2(4000)", "NVARCHAR2(1000)"):
            chosen = [
                sample
                for sample in texts
                if len(sample.encode("utf-16-le")) <= 2000 and len(sample.encode()) <= 4000
            ]
        else:
            continue
        judge.legacy(
            f"DELETE FROM o_{number}",
            *(
                f"INSERT INTO o_{number} SELECT {key}, {literal(kind, sample)} FROM DUAL"
                for key, sample in enumerate(chosen)
            ),
        )
        rows = _rows(judge, judge.target_catalogue[f"{USER}.O_{number}"], True)
        assert [rows[key]["V"] for key in range(len(chosen))] == chosen
        with judge.target.connect() as connection:
            for key, sample in enumerate(chosen):
                condition = " AND ".join(holds("V", kind, sample))
                found = connection.exec_driver_sql(
                    f"SELECT id FROM o_{number} WHERE {condition}"
                ).scalars()
                assert [int(one) for one in found] == [key]


def test_a_condition_sees_the_nanoseconds_it_cannot_name(judge: Box) -> None:
    number = THERE.index("TIMESTAMP(9)")
    kind = judge.target_catalogue[f"{USER}.O_{number}"].columns["V"].type
    judge.legacy(
        f"DELETE FROM o_{number}",
        f"INSERT INTO o_{number} VALUES (1, TIMESTAMP '2026-03-01 12:34:56.789012999')",
        f"INSERT INTO o_{number} VALUES (2, TIMESTAMP '2026-03-01 12:34:56.789013000')",
    )
    condition = " AND ".join(holds("V", kind, dt.datetime(2026, 3, 1, 12, 34, 56, 789012)))
    with judge.target.connect() as connection:
        assert connection.exec_driver_sql(
            f"SELECT id FROM o_{number} WHERE {condition}"
        ).scalars().all() == [1]
