"""The page about the stand-in tells the truth about what is refused, and how to start it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import oracledb
import pytest

from lab.oracle.__main__ import _parser, config_from
from tests.oracle.conftest import WireServer

PAGE = (Path(__file__).parents[2] / "docs" / "oracle-stand-in.md").read_text(encoding="utf-8")
REFUSED = re.findall(r"^\| [^|]+ \| `([^`|]+)` \| ORA-(\d{5}) \|$", PAGE, re.MULTILINE)


@pytest.fixture(scope="module")
def session(oracle_server: WireServer) -> Iterator[oracledb.Connection]:
    with oracle_server.connect() as connection:
        connection.cursor().execute("create table doc (a number primary key, b varchar2(10))")
        yield connection


def test_the_page_has_its_table() -> None:
    rows = PAGE.partition("| --- | --- | --- |\n")[2].partition("\n\n")[0].splitlines()
    assert len(REFUSED) == len(rows) >= 15


@pytest.mark.parametrize(("statement", "code"), REFUSED)
def test_what_the_page_calls_refused_is_refused(
    session: oracledb.Connection, statement: str, code: str
) -> None:
    with session.cursor() as cursor, pytest.raises(oracledb.DatabaseError, match=f"ORA-{code}"):
        cursor.execute(statement)


def test_the_command_on_the_page_is_understood() -> None:
    options = re.search(r"^python -m lab\.oracle (--port .*)$", PAGE, re.MULTILINE)
    assert options is not None
    config = config_from(_parser().parse_args(options[1].split()), {"ORACLE_PASSWORD": "x"})
    assert (config["host"], config["port"], list(config["users"])) == (
        "127.0.0.1",
        1521,
        ["SCOTT", "TIGER"],
    )
    assert (config["store"]["port"], config["store"]["database"]) == (5432, "oracle_store")
