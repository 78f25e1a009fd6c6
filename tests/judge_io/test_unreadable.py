"""A value that cannot be read is neither equal nor different: its row is set aside by key, the
others are judged.

The bytes are broken on their way to the unmodified driver; what a database itself cannot hand over
is a PostgreSQL database in another character set.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from sqlalchemy.engine import make_url

from reconciliation.agreed.profile import load_profile
from reconciliation.compare import by_key
from reconciliation.compare.copies import Copy, compare_copy
from reconciliation.compare.extent.ranges import KeyRange
from reconciliation.compare.segments import around
from reconciliation.databases.connections import Credentials, source_engine
from reconciliation.databases.faults import explain
from reconciliation.errors import UnreadableValue
from reconciliation.model import Status
from reconciliation.session.opening import open_session
from tests.clusters import Cluster, temporary_cluster
from tests.proxy import Proxy

from .box import Box
from .samples import ROOT

#: a row that holds GOOD holds BAD when it comes out of Oracle: 0x28 cannot follow 0xc3 in UTF-8
GOOD, BAD = "ÃŽÃ-broken".encode(), "ÃŽ".encode() + b"\xc3(-broken"
WORDS = "its text is none in the character set: byte 6 is 0xc3"


@pytest.fixture
def broken(box: Box) -> Iterator[Box]:
    """Oracle behind a network that breaks one text; beside it a table that is equal."""
    box.table(
        "fine",
        "id int8 PRIMARY KEY, note text",
        "id NUMBER(19) PRIMARY KEY, note VARCHAR2(100)",
        [("1, 'a'", "1, 'a'")],
    )
    box.contract("fine", ["id", "note"])
    with Proxy(box.server.port) as network:
        network.rewrite(GOOD, BAD)
        box.server = replace(box.server, port=network.port)
        yield box


def _filled(box: Box, column: str, differing: bool, options: str = 'key = ["id"]') -> None:
    """1,000 rows, of which 500 is broken on its way, and 700 differs where that is asked for."""
    box.table(
        "t",
        "id int8 PRIMARY KEY, note text, last text",
        f"id NUMBER(19) PRIMARY KEY, note {column}, last VARCHAR2(20)",
    )
    box.here(
        "INSERT INTO {s}.t SELECT i, 'n' || i, 'last' FROM generate_series(1, 1000) AS i",
        f"UPDATE {{s}}.t SET note = 'x{GOOD.decode()}' WHERE id = 500",
    )
    box.there(
        "INSERT INTO t SELECT level, 'n' || level, 'last' FROM dual CONNECT BY level <= 1000",
        f"UPDATE t SET note = 'x{GOOD.decode()}' WHERE id = 500",
        f"UPDATE t SET last = 'else' WHERE id = {700 if differing else 0}",
    )
    box.contract("t", ["id", "note", "last"], options)


@pytest.mark.parametrize("column", ["VARCHAR2(100)", "CLOB", "VARCHAR2(4000)"])
@pytest.mark.parametrize("differing", [False, True])
def test_one_broken_text_leaves_the_rest_judged(broken: Box, column: str, differing: bool) -> None:
    _filled(broken, column, differing)
    outcome = broken.run("--workers", "2", "--segment-rows", "300")
    table = outcome.table("t")
    assert outcome.status == (1 if differing else 2), outcome.out + outcome.err
    assert table["status"] == ("divergent" if differing else "not judged")
    assert (table["equal_rows"], table["differing_rows"]) == (999 - differing, int(differing))
    assert table["unreadable_rows"] == 1
    assert [
        (cell["key"], cell["side"], cell["column"], cell["why"]) for cell in table["unreadable"]
    ] == [([500], "Oracle", "NOTE", WORDS)]
    words = f"1 row cannot be read and was not judged: id=500  Oracle NOTE: {WORDS}"
    assert table["reason"].startswith(words)
    assert outcome.table("fine")["status"] == "equal"


def test_rows_compared_in_memory_are_set_aside_as_well(broken: Box) -> None:
    # not the primary key, so there are no texts
    _filled(broken, "VARCHAR2(100)", True, 'key = ["id", "last"]')
    table = broken.run().table("t")
    assert "read into memory" in table["method"]
    assert [cell["key"] for cell in table["unreadable"]] == [[500, "last"]]
    assert (table["equal_rows"], table["missing_rows"], table["extra_rows"]) == (998, 1, 1)


def test_every_report_names_the_row_and_none_the_sensitive_key(broken: Box, tmp_path: Path) -> None:
    _filled(broken, "VARCHAR2(100)", True)
    where = tmp_path / "out"
    files = (
        "--html",
        str(where),
        "--junit",
        str(where / "junit.xml"),
        "--differences",
        str(where / "all.csv"),
    )
    outcome = broken.run(*files, json_report=False)
    assert f"1 row cannot be read and was not judged: id=500  Oracle NOTE: {WORDS}" in outcome.out
    assert (
        "1 rows differ, 0 are missing in Oracle, 0 are only in Oracle; 1 more cannot be read"
        in outcome.out
    )
    page = (where / "reconciliation.html").read_text(encoding="utf-8")
    assert f"<li>id=500  Oracle NOTE: {WORDS}</li>" in page
    junit = ElementTree.parse(where / "junit.xml").getroot()
    assert [
        one
        for one in junit.iter("failure")
        if f"id=500  Oracle NOTE: {WORDS}" in one.attrib["message"]
    ]
    with (where / "all.csv").open(encoding="utf-8", newline="") as file:
        (row,) = [row for row in csv.DictReader(file) if row["kind"] == "unreadable"]
    assert (row["key"], row["column"], row["target_column"]) == ('{"id": 500}', "", "NOTE")
    assert row["cause"] == f"Oracle: {WORDS}"
    broken.contract("t", ["id", "note", "last"], 'key = ["id"]\nsensitive = ["id"]')
    (cell,) = broken.run().table("t")["unreadable"]
    assert cell["key"][0].startswith("<digest ")
    assert "500" not in cell["words"].split("  ")[0]


def test_a_key_that_cannot_be_read_pairs_nothing(broken: Box) -> None:
    columns = "code varchar(60) PRIMARY KEY, last varchar(20)"
    broken.table(
        "t",
        columns,
        columns.replace("varchar", "VARCHAR2"),
        [("'a', 'x'", "'a', 'x'"), (f"'{GOOD.decode()}', 'x'", f"'{GOOD.decode()}', 'x'")],
    )
    broken.contract("t", ["code", "last"], 'key = ["code"]')
    outcome = broken.run()
    assert (outcome.status, outcome.table("t")["status"]) == (2, "not judged")
    reason = outcome.table("t")["reason"]
    assert "the key of a row cannot be read: its text is none in the character set: byte" in reason
    assert outcome.table("fine")["status"] == "equal"


def test_a_broken_row_read_by_its_key_is_a_fault_and_no_difference(broken: Box) -> None:
    _filled(broken, "VARCHAR2(100)", False)
    broken.run()  # writes the profile
    with open_session(load_profile("box", broken.root), each_table=True) as session:
        name = f"{broken.schema}.t"
        assert by_key.compare_keys(session.parallel_run, name, [499]).differences == ()
        with pytest.raises(UnreadableValue, match=f"1 of the rows cannot be read: NOTE: {WORDS}"):
            by_key.compare_keys(session.parallel_run, name, [499, 500])


# ------------------------------------------------------------------ what a database itself cannot
# hand over


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Two databases whose texts need not be UTF-8: one does not look, one lacks a few characters of
    it.
    """
    with temporary_cluster() as started:
        for name in ("SQL_ASCII", "WIN1252"):
            started.execute(
                f"CREATE DATABASE {name} ENCODING '{name}' TEMPLATE template0 LC_COLLATE 'C' "
                f"LC_CTYPE 'C'"
            )
        yield started


def _filled_copy(cluster: Cluster, database: str, byte: int) -> None:
    """700 rows with a broken text in row 300, of which the copy holds another one in row 300 and
    500.
    """
    for name in ("one", "two"):
        statements = (
            "CREATE SCHEMA IF NOT EXISTS s",
            f"CREATE TABLE s.{name} (id int PRIMARY KEY, t text, u text)",
            f"INSERT INTO s.{name} SELECT i, 'row ' || i, 'u' FROM generate_series(1, 700) AS i",
            f"UPDATE s.{name} SET t = convert_from('\\x{byte:02x}', '{database}') || '{name}' "
            "WHERE id IN (300, 301)",
            f"UPDATE s.{name} SET t = '{name}' WHERE id = 500",
        )
        for statement in statements:
            cluster.execute(statement, database.lower())


def _copies(cluster: Cluster, database: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    url = f"postgresql://{cluster.user}@{cluster.host}:{cluster.port}/{database.lower()}"
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "reconciliation",
            "copies",
            "--source",
            url,
            "--target",
            url,
            "--json",
            *arguments,
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=os.environ,
        check=False,
    )


@pytest.mark.parametrize(
    ("database", "byte", "why"),
    [
        ("SQL_ASCII", 0xFF, "22021: invalid byte sequence"),
        ("WIN1252", 0x81, "22P05: character with byte sequence 0x81"),
    ],
)
def test_copies_in_another_character_set(
    cluster: Cluster, database: str, byte: int, why: str
) -> None:
    _filled_copy(cluster, database, byte)
    done = _copies(cluster, database, "--table", "s.one=s.two")
    (table,) = json.loads(done.stdout)["tables"]
    assert (done.returncode, table["status"]) == (1, "divergent"), done.stdout + done.stderr
    assert (table["equal_rows"], table["differing_rows"], table["unreadable_rows"]) == (697, 1, 2)
    assert {(cell["key"][0], cell["column"]) for cell in table["unreadable"]} == {
        (300, "t"),
        (301, "t"),
    }
    assert all(why in cell["why"] for cell in table["unreadable"]), table["unreadable"]


def test_a_database_that_fails_everywhere_is_not_asked_for_every_row(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every row is broken: after PLACES of them nothing more is tried."""
    monkeypatch.setattr(around, "PLACES", 2)
    monkeypatch.setattr(around, "FEW_ROWS", 5)
    for statement in (
        "CREATE SCHEMA IF NOT EXISTS s",
        "DROP TABLE IF EXISTS s.all_broken",
        "CREATE TABLE s.all_broken AS SELECT i AS id, convert_from('\\x81', 'WIN1252') AS t "
        "FROM generate_series(1, 90) AS i",
        "ALTER TABLE s.all_broken ADD PRIMARY KEY (id)",
    ):
        cluster.execute(statement, "win1252")
    engine = source_engine(
        Credentials("PostgreSQL", cluster.host, cluster.port, "win1252", cluster.user, "any")
    )
    result = compare_copy(Copy("s.all_broken", "s.all_broken"), engine, engine)
    engine.dispose()
    assert result.status is Status.NOT_JUDGED
    assert "a value cannot be read (22P05: character with byte sequence 0x81" in (
        result.reason or ""
    )
    assert result.unreadable_rows == 0


def test_cutting_a_range_takes_as_long_as_it_needs(box: Box) -> None:
    """Its rows are there only for statements that may take as long as the longest."""
    _filled(box, "VARCHAR2(100)", False)
    box.run()  # writes the profile
    with open_session(load_profile("box", box.root), each_table=True) as session:
        (table,) = session.parallel_run.contract.tables
        unhurried = replace(table, source_filter="current_setting('statement_timeout') = '1h'")
        catalogue = (
            session.parallel_run.source_catalogue[table.source],
            session.parallel_run.target_catalogue[table.target],
        )
        engines, rules = (
            (session.parallel_run.source, session.parallel_run.target),
            session.parallel_run.rules(table.source),
        )
        keys = around.Keys.of(unhurried, catalogue, rules, engines, oracle=True)
        parts = keys.cut(KeyRange(None, None))
        assert len(parts) == around.CUTS
        assert [len(keys.all(0, part)) for part in parts[:2]] == [63, 63]


def test_oracle_is_not_compared_with_bytes_of_no_character_set(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.table(
        "t", "id int8 PRIMARY KEY, note text", "id NUMBER(19) PRIMARY KEY, note VARCHAR2(100)"
    )
    box.contract("t", ["id", "note"])
    box.cluster.execute(
        "CREATE DATABASE plain ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
    )
    with monkeypatch.context() as patch:
        patch.setattr("tests.judge_io.box.DATABASE", "plain")
        outcome = box.run(json_report=False)
    box.cluster.execute("DROP DATABASE plain")
    assert (outcome.status, outcome.err.count("\n")) == (2, 1), outcome.err
    assert "/plain as " in outcome.err
    assert (
        "the database is in SQL_ASCII, so nothing says which characters its bytes are"
        in outcome.err
    )
    assert "compare a copy of it in a database with ENCODING 'UTF8'" in outcome.err


@pytest.mark.parametrize(
    "text",
    [
        "ORA-22275: invalid LOB locator specified",
        "ORA-22922: nonexistent LOB value",
        "ORA-29275: partial multibyte character",
        (
            'ORA-01555: snapshot too old: rollback segment number  with name "" too '
            "small\nORA-22924: snapshot too old"
        ),
        "ORA-01578: ORACLE data block corrupted (file # 4, block # 12)",
        "ORA-12713: Character data loss in NCHAR/CHAR",
        "DPY-4003: value cannot be represented as Oracle number",
        "DPY-4004: invalid number",
        '22021: invalid byte sequence for encoding "UTF8": 0xff',
        "XX001: missing chunk number 0 for toast value 1",
    ],
)
def test_what_is_said_of_a_value_is_not_said_of_the_table(text: str) -> None:
    found = explain(RuntimeError(text), make_url("oracle+oracledb://u@h:1/x"), connecting=False)
    assert isinstance(found, UnreadableValue)
    assert str(found).startswith("Oracle h:1/x as u: a value cannot be read (")


@pytest.mark.parametrize(
    "text",
    [
        "ORA-01555: snapshot too old: rollback segment number 7",
        "ORA-00942: no table",
        "DPY-4011: the database or network closed the connection",
    ],
)
def test_what_is_said_of_the_table_is_not_said_of_a_value(text: str) -> None:
    found = explain(RuntimeError(text), make_url("oracle+oracledb://u@h:1/x"), connecting=False)
    assert not isinstance(found, UnreadableValue)
