"""SQL files for Oracle, taken apart as SQL*Plus does."""

from __future__ import annotations

import oracledb
import pytest

from lab.core.errors import LabError
from lab.core.oracle_script import Statement, run_files, statements


def texts(script: str) -> list[str]:
    return [statement.text for statement in statements(script)]


def test_a_semicolon_at_the_end_of_a_line_ends_a_statement() -> None:
    assert texts(
        "CREATE TABLE A (\n  ID NUMBER\n);\n\nINSERT INTO A VALUES (1); -- one; row;\nCOMMIT"
    ) == [
        "CREATE TABLE A (\n  ID NUMBER\n)",
        "INSERT INTO A VALUES (1)",
        "COMMIT",
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO A VALUES ('x;\ny')",
        "INSERT INTO A VALUES ('it''s;\n--;\n')",
        'SELECT 1 "a;\nb" FROM DUAL',
        "SELECT /* ; */ 1 FROM DUAL",
        "SELECT /* it's;\n*/ 1 FROM DUAL",
        "SELECT 1; FROM DUAL",
    ],
)
def test_no_other_semicolon_ends_one(statement: str) -> None:
    assert texts(statement + ";\nCOMMIT;") == [statement, "COMMIT"]


@pytest.mark.parametrize(
    "head",
    [
        "CREATE OR REPLACE TRIGGER T BEFORE INSERT ON A FOR EACH ROW\nBEGIN",
        "create editionable procedure p as\nbegin",
        "BEGIN",
        "DECLARE\n  n NUMBER;\nBEGIN",
    ],
)
def test_plsql_ends_with_a_line_that_is_a_slash(head: str) -> None:
    block = f"{head}\n  NULL;\nEND;"
    assert texts(f"COMMIT;\n{block}\n/\n-- behind it\nCOMMIT;") == ["COMMIT", block, "COMMIT"]


def test_a_slash_may_stand_behind_every_statement() -> None:
    assert texts("COMMIT;\n/\nSELECT 1 FROM DUAL\n/\n") == ["COMMIT", "SELECT 1 FROM DUAL"]


def test_a_statement_knows_its_line() -> None:
    script = "-- about it\n\nCREATE TABLE A (\n ID NUMBER);\n/\n\nCOMMIT;\n-- the end\n"
    assert [one.line for one in statements(script)] == [3, 7]
    assert list(statements("-- nothing;\n\n")) == []
    assert list(statements("COMMIT;")) == [Statement(1, "COMMIT")]


class Connection:
    """Notes what is executed; refuses what speaks of NOWHERE."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def cursor(self) -> Connection:
        return self

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def execute(self, statement: str) -> None:
        if "NOWHERE" in statement:
            raise oracledb.DatabaseError("ORA-00942: table or view does not exist\nHelp: see there")
        self.done.append(statement)

    def commit(self) -> None:
        self.done.append("committed")


def test_a_file_begins_as_the_first_schema_and_goes_on_as_the_one_it_names() -> None:
    pay, books = Connection(), Connection()
    one = ("one.sql", "CREATE TABLE A (ID NUMBER);\nCONNECT BOOKS;\nCREATE TABLE B (ID NUMBER);")
    run_files([one, ("two.sql", "COMMIT;")], {"PAY": pay, "BOOKS": books})
    assert pay.done == ["CREATE TABLE A (ID NUMBER)", "COMMIT", "committed"]
    assert books.done == ["CREATE TABLE B (ID NUMBER)", "committed"]


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("COMMIT;\nDELETE FROM NOWHERE;", "ORA-00942: table or view does not exist"),
        ("COMMIT;\nCONNECT STRANGER;", "CONNECT STRANGER: oracle_schemas are PAY"),
    ],
)
def test_what_is_refused_is_one_line_with_its_place(script: str, told: str) -> None:
    with pytest.raises(LabError, match=r"^one\.sql, line 2: ") as refused:
        run_files([("one.sql", script)], {"PAY": Connection()})
    assert str(refused.value) == f"one.sql, line 2: {told}"
