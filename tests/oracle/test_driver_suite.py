"""The runner of the driver's own tests: what it takes for PL/SQL, how it reads scripts, how it
counts.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.oracle.driver_suite import report, rows, schema
from tests.oracle.driver_suite.__main__ import _files
from tests.oracle.driver_suite.running import FileResult, TestResult
from tests.waiting import LONG_SECONDS

TESTS = '''
import pytest

def helper(cursor):
    cursor.execute("begin null; end;")

@pytest.fixture
def prepared():
    return "declare x number; begin x := 1; end;"

def test_query(): cursor = "select 1 from dual where begin_date = 1"
def test_block(): sql = """
    declare n number; begin n := 1; end;"""
def test_helper(): return helper
def test_fixture(prepared): pass
def test_call(): return lambda cursor: cursor.callfunc("f", int)
def test_unit(): sql = "create or replace procedure p as x number;"
def test_package(): sql = f"select pkg_{1}.value from dual, dbms_lock.sleep"
@pytest.mark.parametrize("sql", ["select 1 from dual", "begin null; end;"])
def test_parameter(sql): pass
@pytest.mark.skip(reason="never")
def test_skipped(): pass
def test_fails(): raise ValueError("ORA-00942: table or view does not exist")
'''
EXPECTED = {
    "test_query": ("passed", False),
    "test_block": ("passed", True),
    "test_helper": ("passed", True),
    "test_fixture": ("passed", True),
    "test_call": ("passed", True),
    "test_unit": ("passed", True),
    "test_package": ("passed", True),
    "test_parameter[select 1 from dual]": ("passed", False),
    "test_parameter[begin null; end;]": ("passed", True),
    "test_skipped": ("skipped", False),
    "test_fails": ("failed", False),
}


def test_outcomes_and_the_need_of_plsql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "test_sample.py"
    file.write_text(TESTS)
    results = tmp_path / "results"
    monkeypatch.setenv("DRIVER_SUITE_RESULTS", str(results))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "tests.oracle.driver_suite.plugin",
        "-p",
        "no:cacheprovider",
    ]
    subprocess.run(
        [*command, "-c", "/dev/null", str(file)],
        cwd=tmp_path,
        capture_output=True,
        timeout=LONG_SECONDS,
    )
    lines = map(json.loads, results.read_text().splitlines())
    found = {line["test"]: (line["outcome"], bool(line["plsql"])) for line in lines}
    assert found == EXPECTED


def test_statements_end_at_a_slash_and_names_are_put_in(tmp_path: Path) -> None:
    script = tmp_path / "script.sql"
    first = "/* about\n&main_user */\n-- first\ncreate table &main_user..t (a number)\n/\n"
    script.write_text(first + "\nselect 1 / 2\n/\n")
    assert list(schema._statements(script)) == [
        "create table PYTHONTEST.t (a number)",
        "select 1 / 2",
    ]


def test_columns_of_object_types_are_left_out_of_a_table_that_was_refused() -> None:
    statement = (
        "create table t (\n    a number,\n    b s.udt_x,\n    c s.udt_y not null,\n    d "
        "number invisible\n)"
    )
    assert schema._reduced(statement) == "create table t (\n    a number\n)"


def test_more_digits_than_the_store_has_are_left_out_of_a_table_that_was_refused() -> None:
    statement = (
        "create table t (a timestamp(7) with time zone, b timestamp(9), c interval "
        "day(8) to second(9))"
    )
    simpler = (
        "create table t (a timestamp(6) with time zone, b timestamp(9), c interval day(8) "
        "to second(6))"
    )
    assert schema._reduced(statement) == simpler


def test_the_rows_follow_the_scripts_formulas() -> None:
    tables = {name: values for name, _, _, values in rows.TABLES}
    assert tables["TestNumbers"][2] == (3, 38**3, 3.75, 5.25, 28.5, 143**3)
    assert tables["TestStrings"][1] == (2, "String 2", b"Raw 2", "Fixed Char 2", None)
    assert tables["TestTimestampTZs"][3][1] == "2022-06-07 00:00:08.200000 -04:00"
    assert all(len(values) == 10 for name, values in tables.items() if name != "TestJsonCols")


def test_the_table_counts_tests_without_plsql_apart() -> None:
    outcomes = [
        ("passed", ""),
        ("passed", ""),
        ("failed", ""),
        ("skipped", ""),
        ("passed", "a"),
        ("error", "a"),
    ]
    tests = [
        TestResult(str(n), outcome, "ORA-00942: no", plsql)
        for n, (outcome, plsql) in enumerate(outcomes)
    ]
    line = report.table([FileResult("1100_x", tests)]).splitlines()[2].split()
    assert line == ["1100_x", "3", "1", "1", "1", "1", "1", "2/3", "66.7%"]
    assert "     1  ORA-00942: no" in report.failures([FileResult("1100_x", tests)])


def test_files_are_found_in_both_layouts(tmp_path: Path) -> None:
    (tmp_path / "cursor").mkdir()
    for name in (
        "cursor/test_1000_execute.py",
        "cursor/test_1200_executemany.py",
        "cursor/test_9000_unknown.py",
    ):
        (tmp_path / name).touch()
    names = [file.name for file in _files(tmp_path, None)]
    assert names == ["test_1000_execute.py", "test_1200_executemany.py"]
    assert _files(tmp_path, ["cursor/9000"]) == [tmp_path / "cursor" / "test_9000_unknown.py"]
    (tmp_path / "test_1100_connection.py").touch()
    assert [file.name for file in _files(tmp_path, None)] == ["test_1100_connection.py"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--source", "/nowhere"], "no checkout"),
        (["--source", "{source}"], "has no create_schema.sql"),
        (
            [
                "--source",
                "{source}",
                "--scripts",
                "{source}/scripts",
                "--python",
                "/nowhere/python",
            ],
            "lacks anyio",
        ),
    ],
)
def test_what_is_missing_is_named_in_one_line(
    tmp_path: Path, arguments: list[str], reason: str
) -> None:
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "create_schema.sql").touch()
    (tmp_path / "create_schema.py").touch()
    command = [
        sys.executable,
        "-m",
        "tests.oracle.driver_suite",
        *(a.format(source=tmp_path) for a in arguments),
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=LONG_SECONDS, cwd=Path(__file__).parents[2]
    )
    assert done.returncode == 2
    assert reason in done.stderr
    assert len(done.stderr.splitlines()) == 1
