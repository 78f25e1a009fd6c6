"""``run --repair`` and ``repair-check`` as people type them: files, exit statuses, and one line for
every mistake.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciliation import __main__ as command

from .box import Box
from .sqlplus import execute


@pytest.fixture
def offers(box: Box) -> Box:
    """Four rows that agree, one changed, one missing, one extra; the legacy table is named after
    nothing else.
    """
    rows = [(f"{key}, 'offer {key}'", f"{key}, 'offer {key}'") for key in range(1, 5)]
    box.table(
        "offer",
        "id int8 PRIMARY KEY, name text",
        "id NUMBER(19) PRIMARY KEY, name VARCHAR2(50)",
        [*rows, ("5, 'right'", "5, 'wrong'"), ("6, 'missing'", ""), ("", "7, 'extra'")],
    )
    box.contract("offer", ["id", "name"])
    return box


def test_a_script_is_written_checked_executed_and_done(offers: Box, tmp_path: Path) -> None:
    file = tmp_path / "repair.sql"
    made = offers.run("--repair", str(file))
    assert made.status == 1
    assert f"repair script: {file}, 3 statements, 0 by hand" in made.err
    assert made.report["notes"][-1] == f"repair script: {file}, 3 statements, 0 by hand"
    assert "stayed" not in made.report["tables"][0]
    assert file.stat().st_mode & 0o777 == 0o600
    checked = offers.run(str(file), name="repair-check", json_report=False)
    assert checked.status == 0
    assert checked.out.splitlines()[0].split() == ["3", "would", "change", "one", "row"]
    script = file.read_text(encoding="utf-8")
    assert f"-- run: {made.report['run_id']}\n" in script
    assert "-- environment: box (two databases and a task on paper)\n" in script
    assert execute(offers.oracle, script) == [1, 1, 1]
    again = offers.run("--repair", str(file))
    assert again.status == 0
    assert "repair script:" in again.err
    assert "PROMPT nothing to do" in file.read_text(encoding="utf-8")
    file.write_text(script, encoding="utf-8")
    done = offers.run(str(file), name="repair-check")
    assert done.status == 0
    assert done.report["counts"]["nothing to do any more"] == 3
    assert execute(offers.oracle, script) == [0, 0, 0]


def test_a_row_that_moved_on_is_1_and_named(offers: Box, tmp_path: Path) -> None:
    file = tmp_path / "repair.sql"
    offers.run("--repair", str(file))
    offers.there("UPDATE offer SET name = 'newer' WHERE id = 5")
    checked = offers.run(str(file), name="repair-check", json_report=False)
    assert checked.status == 1
    counts = {line[10:]: int(line[:8]) for line in checked.out.splitlines()[:5]}
    assert counts == {
        "would change one row": 2,
        "nothing to do any more": 0,
        "the row has moved on": 1,
        "would be refused": 0,
        "not judged": 0,
    }
    assert (
        "(5) changed: the row has moved on: Oracle holds another value now"
        in checked.out.splitlines()[5]
    )
    assert sorted(execute(offers.oracle, file.read_text(encoding="utf-8"))) == [0, 1, 1]


def test_a_table_that_cannot_be_judged_any_more_is_2(offers: Box, tmp_path: Path) -> None:
    file = tmp_path / "repair.sql"
    offers.run("--repair", str(file))
    (offers.root / "contracts" / "offer.toml").rename(offers.root / "offer.toml")
    offers.table("other", "id int8 PRIMARY KEY", "id NUMBER(19) PRIMARY KEY")
    offers.contract("other", ["id"])
    checked = offers.run(str(file), name="repair-check", json_report=False)
    assert checked.status == 2
    assert "there is no contract for table" in checked.out


def test_checking_sends_nothing_but_questions(
    offers: Box, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy import Engine, event

    file = tmp_path / "repair.sql"
    offers.run("--repair", str(file))
    sent: list[str] = []

    def remember(connection: object, cursor: object, statement: str, *_: object) -> None:
        sent.append(statement.split()[0].upper())

    event.listen(Engine, "before_cursor_execute", remember)
    try:
        assert offers.run(str(file), name="repair-check").status == 0
    finally:
        event.remove(Engine, "before_cursor_execute", remember)
    assert len(sent) > 10
    assert set(sent) <= {"SELECT", "SET", "SHOW", "WITH"}
    assert offers.run().status == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--repair", "/"], "is a directory"),
        (["--repair", "/nowhere/at/all.sql"], "there is no directory /nowhere/at"),
        (["--repair-with-sensitive"], "name the file as well"),
    ],
)
def test_a_file_that_cannot_be_written_is_4_before_anything_connects(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["run", "--environment", "aws-example", *arguments]) == 4
    line = capsys.readouterr().err
    assert words in line
    assert line.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "cannot be read: No such file"),
        ("DROP TABLE offer;\n", "does not begin with"),
        (
            "-- Repair script for Oracle, format 1\n-- environment: x\n",
            "was changed after it was written",
        ),
    ],
)
def test_a_file_that_is_no_script_is_4_before_anything_connects(
    text: str | None, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "some.sql"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    assert command.main(["repair-check", "--environment", "aws-example", str(file)]) == 4
    line = capsys.readouterr().err
    assert words in line
    assert line.count("\n") == 1


def test_a_script_of_another_environment_or_edited_is_4(offers: Box, tmp_path: Path) -> None:
    file = tmp_path / "repair.sql"
    offers.run("--repair", str(file))
    text = file.read_text(encoding="utf-8")
    environments = offers.root / "environments"
    (environments / "twin.toml").write_text(
        (environments / "box.toml").read_text().replace('"box"', '"twin"')
    )
    assert command.main(["repair-check", "--environment", "twin", str(file)]) == 4
    file.write_text(text.replace("'right'", "'wrong'"), encoding="utf-8")
    edited = offers.run(str(file), name="repair-check")
    assert edited.status == 4
    assert "was changed after it was written" in edited.err
    file.write_text(text.replace("\n", "\r\n"), encoding="utf-8", newline="")
    assert (
        json.loads(offers.run(str(file), name="repair-check").out)["counts"]["would change one row"]
        == 3
    )
