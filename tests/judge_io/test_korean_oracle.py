"""Oracle in KO16MSWIN949, whose bytes order texts otherwise than code points do: keys are paired
all the same.

The stand-in says that it is in that character set; in which order it would send plain texts does
not matter.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from reconciliation.agreed.profile import load_profile
from reconciliation.capacity import check_capacity
from reconciliation.session.opening import open_session
from tests.oracle.conftest import STORE_DATABASE

from .box import Box

#: in the order of code points; code page 949 orders the second before the first, and the fourth
#: behind the third
KEYS = ("가", "각", "갂", "똠", "똡", "뷁", "서울", "한", "！", "ａ")


@pytest.fixture
def korean(box: Box) -> Iterator[Box]:
    """The stand-in's dictionary with another name in it."""
    with closing(box.cluster.connect(STORE_DATABASE)) as connection, connection.cursor() as cursor:
        cursor.execute("""SELECT pg_get_viewdef('"SYS"."NLS_DATABASE_PARAMETERS"'::regclass)""")
        (usual,) = cursor.fetchone() or ("",)
        assert "ora.charset()" in usual
        view = 'CREATE OR REPLACE VIEW "SYS"."NLS_DATABASE_PARAMETERS" AS '
        cursor.execute(view + usual.replace("ora.charset()", "'KO16MSWIN949'::text"))
        try:
            yield box
        finally:
            cursor.execute(view + usual)


@pytest.mark.parametrize("segments", [[], ["--segment-rows", "20", "--workers", "2"]])
def test_text_keys_are_paired(korean: Box, segments: list[str]) -> None:
    korean.table(
        "t", "k varchar(40) PRIMARY KEY, n int8", "k VARCHAR2(80) PRIMARY KEY, n NUMBER(19)"
    )
    for number, key in enumerate(f"{key}{digit}" for key in KEYS for digit in range(10)):
        korean.here(f"INSERT INTO {{s}}.t VALUES ('{key}', {number})")
        korean.there(f"INSERT INTO t VALUES ('{key}', {number + (key == '뷁5')})")
    korean.here("ANALYZE {s}.t")
    korean.contract("t", ["k", "n"], 'key = ["k"]')
    outcome = korean.run(*segments)
    table = outcome.table("t")
    assert outcome.status == 1, outcome.out
    assert [one["key"] for one in table["differences"]] == [["뷁5"]]
    assert table["rechecked_rows"] == 1
    assert (
        "text keys ordered as national text, without an index: Oracle is in KO16MSWIN949"
        in table["method"]
    )
    assert not segments or "key ranges" in table["method"]


def test_rows_in_memory_come_in_the_same_order(korean: Box) -> None:
    korean.table(
        "t",
        "id int8 PRIMARY KEY, k varchar(40) NOT NULL",
        "id NUMBER(19) PRIMARY KEY, k VARCHAR2(80)",
        [(f"{number}, '{key}'", f"{number}, '{key}'") for number, key in enumerate(KEYS)],
    )
    korean.contract("t", ["id", "k"], 'key = ["k"]')
    outcome = korean.run()
    assert outcome.status == 0, outcome.out
    assert "read into memory" in outcome.table("t")["method"]
    assert "ordered as national text" in outcome.table("t")["method"]


@pytest.mark.parametrize(
    ("column", "key", "method"),
    [
        ("VARCHAR2(80)", "PRIMARY KEY", "texts"),
        ("CLOB", "PRIMARY KEY", "texts"),
        ("VARCHAR2(80)", "UNIQUE", "memory"),
    ],
)
def test_bytes_that_oracle_could_not_convert_equal_nothing(
    korean: Box, column: str, key: str, method: str
) -> None:
    """It sends U+FFFD for them, which its set lacks; PostgreSQL holds that very character, and
    others hold '?'.
    """
    rows = (
        ("1, 'x{}', '{}'", "1, 'x{}', '{}'"),
        ("2, 'x{}', 'a'", "2, 'x?', 'a'"),
        ("3, 'a', '{}'", "3, 'a', '{}'"),
        ("4, 'b', 'b'", "4, '{}', 'b'"),
    )
    korean.table(
        "t",
        f"id int8 NOT NULL {key}, note text, wide text",
        f"id NUMBER(19) PRIMARY KEY, note {column}, wide NVARCHAR2(80)",
        [(ours.replace("{}", "\ufffd"), theirs.replace("{}", "\ufffd")) for ours, theirs in rows],
    )
    korean.contract("t", ["id", "note", "wide"])
    korean.accept("t", '["note"]', "character_replaced")
    outcome = korean.run()
    table = outcome.table("t")
    assert (outcome.status, table["status"], table["equal_rows"]) == (2, "not judged", 2), (
        outcome.out
    )
    assert method in table["method"]
    assert [
        (cell["key"], cell["column"], cell["why"].rpartition(": ")[2])
        for cell in table["unreadable"]
    ] == [
        ([1], "NOTE", "byte 2 is 0xff, or one that Oracle cannot convert"),
        ([4], "NOTE", "byte 1 is 0xff, or one that Oracle cannot convert"),
    ]


@pytest.mark.parametrize(
    ("key", "options"), [("", 'rows = "multiset"'), (" PRIMARY KEY", 'key = ["k"]')]
)
def test_a_key_or_a_row_without_one_is_not_judged_for_them(
    korean: Box, key: str, options: str
) -> None:
    korean.table(
        "t",
        f"k varchar(40){key}",
        f"k VARCHAR2(80){key}",
        [("'a'", "'a'"), ("'x\ufffd'", "'x\ufffd'")],
    )
    korean.contract("t", ["k"], options)
    outcome = korean.run()
    assert (outcome.status, outcome.table("t")["status"]) == (2, "not judged"), outcome.out
    assert " is 0xff, or one that Oracle cannot convert" in outcome.table("t")["reason"]


def test_the_check_tells_what_would_be_altered(korean: Box) -> None:
    korean.table(
        "t",
        "id int8 PRIMARY KEY, note varchar(5) NOT NULL",
        "id NUMBER(19) PRIMARY KEY, note VARCHAR2(10) NOT NULL",
    )
    korean.contract("t", ["id", "note"])
    korean.run()  # writes the profile
    with open_session(load_profile("box", korean.root), each_table=True) as session:
        (table,) = session.parallel_run.contract.tables
        findings = check_capacity(
            table,
            session.parallel_run.source_catalogue[table.source],
            session.parallel_run.target_catalogue[table.target],
        )
    found = [one.message for one in findings if one.column == "note"]
    assert found == [
        f"{table.source}.note (varchar(5)) -> NOTE (VARCHAR2(10 BYTE)): {what}"
        for what in (
            "a character that the database's character set KO16MSWIN949 lacks is altered "
            "silently; nobody has accepted "
            "character_replaced",
            "'', which is NULL in Oracle, into NOTE NOT NULL is refused with ORA-01400; nobody has "
            "accepted refused_empty_string",
        )
    ]
