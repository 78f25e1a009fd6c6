"""The rows of a run are told while they stand, without a database, and the conditions that are
printed leave out exactly them on both sides.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import oracledb
import psycopg2
import pytest

from reconciliation import __main__ as command
from reconciliation.model import ColumnType
from reconciliation.session.journal import Journal, journal_path, read_journal, write_journal
from reconciliation.session.key_places import KeyPlace, KeySide
from reconciliation.session.session import Session
from reconciliation.session.sweep import sweep

from . import samples
from .box import DATABASE, Box
from .test_sweep import COLUMNS, KEYS, OWN, TABLES

PLAIN = (900_000_003,)


@pytest.fixture
def world(box: Box, monkeypatch: pytest.MonkeyPatch) -> Iterator[Box]:
    """The tables of the sweep's tests, and one with whole numbers as its key."""
    for name, (here, there, _, theirs) in TABLES.items():
        box.table(name, here, there, [theirs])
        key = str(KEYS.get(name, ["day"])).replace("'", '"')
        conversions = {"line_id": "uuid_raw"} if name == "line" else {}
        box.contract(name, COLUMNS[name], f"key = {key}", **conversions)
    box.table(
        "plain",
        "id int8 PRIMARY KEY, note text",
        "ID NUMBER(19) PRIMARY KEY, NOTE CLOB",
        [("5, 'theirs'", "5, 'theirs'")],
    )
    box.contract("plain", ("id", "note"), 'key = ["id"]')
    monkeypatch.setattr(command, "ROOT", box.root)
    yield box
    box.made.reverse()  # children go first


def _write(box: Box, session: Session) -> None:
    for name, (_, _, own, _) in TABLES.items():
        session.journal.note(f"{box.schema}.{name}", [OWN[name]])
        box.here(f"INSERT INTO {{s}}.{name} VALUES ({own[0]})")
        box.there(f"INSERT INTO {name} VALUES ({own[1]})")
    session.journal.note(f"{box.schema}.plain", [PLAIN])
    box.here(f"INSERT INTO {{s}}.plain VALUES ({PLAIN[0]}, 'own')")
    box.there(f"INSERT INTO plain VALUES ({PLAIN[0]}, 'own')")


def _nobody_connects(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("it connected")

    monkeypatch.setattr(psycopg2, "connect", refuse)
    monkeypatch.setattr(oracledb, "connect", refuse)


def _conditions(sql: str) -> Mapping[tuple[str, str], str]:
    """By product and table, what is printed behind its comment."""
    found, lines = {}, sql.splitlines()
    for comment, condition in itertools.pairwise(lines):
        if condition.startswith("NOT ("):
            _, product, rest = comment.split(" ", 2)
            found[product, rest.rpartition(",")[0].partition(",")[0]] = condition
    return found


def test_what_is_printed_leaves_out_exactly_the_run_s_rows(
    world: Box, capsys: pytest.CaptureFixture[str]
) -> None:
    with world.session() as session:
        sweep(session)
        _write(world, session)
        capsys.readouterr()
        with pytest.MonkeyPatch.context() as nobody:
            _nobody_connects(nobody)
            assert command.main(["rows", "--environment", "box", "--sql"]) == 0
        printed = capsys.readouterr().out
        found = _conditions(printed)
        assert len(found) == 2 * (len(TABLES) + 1), printed
        for (product, table), condition in found.items():
            asked = f"SELECT note FROM {table} WHERE {condition}"
            if product == "PostgreSQL":
                with closing(world.cluster.connect(DATABASE)) as here, here.cursor() as cursor:
                    cursor.execute(asked)
                    notes = [str(row[0]) for row in cursor.fetchall()]
            else:
                with world.oracle.cursor() as cursor:
                    notes = [str(row[0]) for row in cursor.execute(asked).fetchall()]
            assert notes == ["theirs"], (product, table, condition)
        assert 'NOT ("id" BETWEEN 900000000 AND 900999999)' in printed  # as agreed, for good
        sweep(session, final=True)
    assert command.main(["rows", "--environment", "box", "--sql"]) == 0
    out = capsys.readouterr().out
    assert [line for line in out.splitlines() if not line.startswith("--")] == []
    assert "no run has left a row, and none is going on" in out


def test_rows_of_a_killed_run_are_told_in_words_and_as_json(
    world: Box, capsys: pytest.CaptureFixture[str]
) -> None:
    with world.session() as session:
        sweep(session)
        _write(world, session)
    capsys.readouterr()
    assert command.main(["rows", "--environment", "box"]) == 0
    out = capsys.readouterr().out
    assert f"the run {session.mark}, begun " in out.splitlines()[0]
    assert "is going on or was killed" in out
    schema = world.schema
    assert f"  {schema}.payment -> " in out
    assert "PAYMENT: 1 key of merchant_id, payment_no: (7, 'zz" in out
    assert "PLAIN: 1 key of id: 900000003" in out
    assert "900000000 to 900999999 (reserved_keys) where the key is one whole number" in out
    assert command.main(["rows", "--environment", "box", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["run"]["state"] == "going on or killed"
    assert said["reserved_keys"] == [900000000, 900999999]
    tables = {one["source"]: one for one in said["tables"]}
    assert tables[f"{schema}.plain"]["keys"] == [[900000003]]
    assert tables[f"{schema}.plain"]["range"] == [900000000, 900999999]
    assert [one["column"] for one in tables[f"{schema}.payment"]["place"]["here"]["key"]] == [
        "merchant_id",
        "payment_no",
    ]
    assert {one["source"] for one in said["kept_free"]} == set(tables)
    with world.session() as session:
        sweep(session, final=True)


# ------------------------------------------------------------------ without a database


@pytest.fixture
def noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the journal of ``lab`` stands in a project of its own."""
    for name in ("environments", "contracts"):
        (tmp_path / name).symlink_to(samples.ROOT / name)
    monkeypatch.setattr(command, "ROOT", tmp_path)
    return journal_path(tmp_path, "lab")


def _journal(*keys: Any, kind: str = "text", **place: Any) -> Journal:
    here = KeySide("s", "odd", (("k", ColumnType(kind)),))
    there = KeySide("S", "ODD", (("K", ColumnType("NUMBER" if kind == "int8" else "VARCHAR2")),))
    return Journal(
        "lab",
        "2026-03-01T12:00:00+00:00",
        "741",
        "verify-1",
        {"s.odd": frozenset((key,) for key in keys)},
        places={"s.odd": KeyPlace(here, there, **place)},
    )


def _told(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str, str]:
    code = command.main(["rows", "--environment", "lab", *options])
    out, err = capsys.readouterr()
    return code, out, err


def test_places_survive_being_written_and_read(noted: Path) -> None:
    journal = _journal("a", sensitive=("k",))
    write_journal(noted, journal)
    assert read_journal(noted) == journal


def test_values_of_a_sensitive_key_are_shown_to_those_who_ask(
    noted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_journal(noted, _journal("jane@example.org", sensitive=("k",)))
    for options in ((), ("--json",), ("--sql",)):
        code, out, err = _told(capsys, *options)
        assert "jane" not in out + err
        assert code == (2 if "--sql" in options else 0)
    assert "k is sensitive; --with-sensitive writes its values" in err
    code, out, _ = _told(capsys, "--sql", "--with-sensitive")
    assert code == 0
    assert """NOT ("k" IN ('jane@example.org'))""" in out.splitlines()
    assert """NOT ("K" IN ('jane@example.org'))""" in out.splitlines()


def test_keys_nobody_knows_the_columns_of_are_told_and_left_to_a_person(
    noted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_journal(noted, replace(_journal(7), places={}))
    code, out, _ = _told(capsys)
    assert (code, "  s.odd: 1 key: 7" in out.splitlines()) == (0, True)
    code, out, err = _told(capsys, "--sql")
    assert code == 2
    assert "PostgreSQL s.odd: no condition was written: the journal does not say" in err
    assert [line for line in out.splitlines() if not line.startswith("--")] == []


def test_whole_numbers_are_told_as_ranges(noted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_journal(noted, _journal(12, 1, 3, 2, 11, 7, kind="int8"))
    assert "  s.odd -> S.ODD: 6 keys of k: 1 to 3, 7, 11 to 12" in _told(capsys)[1].splitlines()
    # no contract reserves them
    assert 'NOT ("k" IN (1, 2, 3, 7, 11, 12))' in _told(capsys, "--sql")[1].splitlines()


@pytest.mark.parametrize(
    ("keys", "condition"),
    [
        ((900000000, 900000007), 'NOT ("k" BETWEEN 900000000 AND 900999999)'),
        ((5, 900000007), 'NOT ("k" IN (5, 900000007))'),
    ],
)
def test_the_range_is_left_out_only_where_all_keys_are_in_it(
    noted: Path, capsys: pytest.CaptureFixture[str], keys: tuple[int, ...], condition: str
) -> None:
    journal, name = _journal(*keys, kind="int8"), "travelbuddy.flightspecial"
    agreed = replace(
        journal, keys={name: journal.keys["s.odd"]}, places={name: journal.places["s.odd"]}
    )
    write_journal(noted, agreed)
    assert condition in _told(capsys, "--sql")[1].splitlines()


def test_a_list_is_no_longer_than_oracle_takes(
    noted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_journal(noted, _journal(*range(0, 2400, 2), kind="int8"))
    [condition] = [one for one in _told(capsys, "--sql")[1].splitlines() if '"K"' in one]
    lists = re.findall(r"IN \(([^)]*)\)", condition)
    assert sum(len(one.split(",")) for one in lists) == 1200
    assert max(len(one.split(",")) for one in lists) <= 1000
    assert condition.count(" OR ") == len(lists) - 1


def test_no_terminal_obeys_a_key(noted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_journal(noted, _journal("a'\x1b[31m\\\n"))
    for options in ((), ("--json",), ("--sql",)):
        assert "\x1b" not in _told(capsys, *options)[1]
    assert r"""NOT ("k" IN (U&'a''\+00001B[31m\\\+00000A'))""" in _told(capsys, "--sql")[1]


def test_a_journal_that_is_none_and_an_environment_that_is_none(
    noted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_journal(noted, _journal("a"))
    whole = noted.read_bytes()
    noted.write_bytes(whole + b'{"table": "s.odd", "ke')  # being written just now
    assert _told(capsys)[0] == 0
    noted.write_bytes(b"something else\n")
    code, _, err = _told(capsys)
    assert (code, "is not a run journal" in err) == (2, True)
    assert command.main(["rows", "--environment", "nowhere"]) == 4
