"""Oracle in KO16MSWIN949: what is said beforehand of a value is what becomes of it, column by
column.

Every value is applied as the replication does it, by the driver with binds, and is then refused
with the code that was foretold, altered as was foretold, or there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import oracledb
import pytest

from reconciliation.canonical import ColumnRule, accepted_rule, rules_for
from reconciliation.canonical.types import lacking
from reconciliation.capacity import check_capacity, column_refusal
from reconciliation.databases.catalogue import read_target_catalogue
from reconciliation.model import (
    AcceptedDifference,
    CatalogueColumn,
    CatalogueTable,
    ColumnPair,
    ColumnType,
    TableContract,
)
from tests.clusters import temporary_cluster
from tests.oracle.conftest import STORE_DATABASE, start_server
from tests.oracle.fake_engine import USER

from .pairs_of_tables import target_of

KOREAN = "KO16MSWIN949"
COLUMNS = {
    "b4": "VARCHAR2(4 BYTE)",
    "b5": "VARCHAR2(5 BYTE)",
    "c4": "VARCHAR2(4 CHAR)",
    "f6": "CHAR(6 BYTE)",
    "lob": "CLOB",
    "n4": "NVARCHAR2(4)",
    "wide": "VARCHAR2(4000 BYTE)",
}
VALUES = (
    "a",
    "서울",
    "서울a",
    "서울역",
    "서울역앞",
    "서울역앞길",
    "뷁",
    "똠방각하",
    "€",
    "é",
    "é4",
    "ａ",
    "日本",
    "\U0001f6ec",
    "\U0001f6ec" * 2,
    "서\U0001f6ec울",
    "a\U0001f6ecé가",
    "가" * 2000,
    "가" * 2001,
    "漢字",
    "ﬁ",
    "ا",
)


@dataclass(frozen=True)
class Korean:
    connection: Any
    rules: dict[str, ColumnRule]
    findings: dict[str, set[str]]


@pytest.fixture(scope="module")
def korean(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Korean]:
    """A table in that character set, its rules, and what the static check says of its columns."""
    with temporary_cluster() as cluster:
        cluster.execute(f"CREATE DATABASE {STORE_DATABASE}")
        server = start_server(tmp_path_factory.mktemp("korean"), cluster, charset=KOREAN)
        try:
            with server.connect() as connection:
                columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
                connection.cursor().execute(f"CREATE TABLE t (id NUMBER(9) PRIMARY KEY, {columns})")
                yield Korean(connection, *_known(server.port))
        finally:
            server.process.terminate()
            server.process.wait()


def _known(port: int) -> tuple[dict[str, ColumnRule], dict[str, set[str]]]:
    engine = target_of(port)
    there = read_target_catalogue(engine, USER)[f"{USER}.T"]
    engine.dispose()
    names = ["id", *COLUMNS]
    here = CatalogueTable(
        "s",
        "t",
        {
            name: CatalogueColumn(
                name, ColumnType("int4" if name == "id" else "text"), name != "id"
            )
            for name in names
        },
        ("id",),
    )
    pairs = tuple(ColumnPair(name, name.upper()) for name in names)
    table = TableContract("s.t", there.full_name, ("id",), pairs, "b4")
    findings: dict[str, set[str]] = {name: set() for name in names}
    for finding in check_capacity(table, here, there):
        findings[finding.column or ""].add(finding.message.rpartition(" ")[2])
    return dict(rules_for(table, here, there)), findings


def _applied(korean: Korean, column: str, value: str) -> tuple[int | None, Any]:
    """The code a value is refused with, or what is there afterwards."""
    with korean.connection.cursor() as cursor:
        national = oracledb.DB_TYPE_NVARCHAR if column.startswith("n") else None
        kind = oracledb.DB_TYPE_CLOB if column == "lob" else national
        if kind:
            cursor.setinputsizes(v=kind)
        try:
            cursor.execute(f"INSERT INTO t (id, {column}) VALUES (1, :v)", v=value)
        except oracledb.DatabaseError as error:
            return int(error.args[0].code), None
        cursor.execute(f"SELECT {column} FROM t WHERE id = 1")
        (found,) = cursor.fetchone()
        found = found.read() if isinstance(found, oracledb.LOB) else found
        korean.connection.rollback()
        return None, found


@pytest.mark.parametrize("column", COLUMNS)
def test_what_is_foretold_is_what_becomes_of_a_value(korean: Korean, column: str) -> None:
    rule = korean.rules[column]
    replaced = AcceptedDifference("s.t", (column,), "character_replaced", "r", "o", None)  # type: ignore[arg-type]
    padded = AcceptedDifference("s.t", (column,), "blank_padded", "r", "o", None)  # type: ignore[arg-type]
    types = (rule.source.type, rule.target.type)
    met = set()
    for value in VALUES:
        code, found = _applied(korean, column, value)
        refusal = column_refusal(rule, value)
        assert code == (refusal.ora_code if refusal else None), (column, value[:9])
        if refusal is not None:
            met.add("refused_byte_length")
            continue
        if lacking(rule.target.type, value):
            assert accepted_rule((replaced,), *types, value, found) is not None, (
                column,
                value,
                found,
            )
            met.add("character_replaced")
            continue
        is_same = rule.canonical_source(value) == rule.canonical_target(found)
        assert is_same or accepted_rule((padded,), *types, value, found) is not None, (
            column,
            value,
            found,
        )
    # nothing became of a value that the static check had not told
    assert met <= korean.findings[column]
    # and it told of nothing else
    assert korean.findings[column] - met <= {"empty_string_is_null", "blank_padded"}


def test_the_database_says_its_character_set(korean: Korean) -> None:
    charsets = {name: rule.target.type.charset for name, rule in korean.rules.items()}
    assert charsets == dict.fromkeys(COLUMNS, KOREAN) | {"id": None, "n4": None}
