"""The run journal: keys of any type, durable before a row is written, also after a kill."""

from __future__ import annotations

import datetime as dt
import json
import os
import uuid
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from reconciliation.canonical.unusual import Unusual
from reconciliation.errors import EnvironmentFault, Unwritten
from reconciliation.session.journal import (
    Journal,
    journal_path,
    read_journal,
    write_journal,
)
from reconciliation.session.lock import lock_number
from reconciliation.session.orphans import orphans
from reconciliation.session.run_journal import RunJournal

from . import samples

#: one value of every type that a canonical key may have
VALUES = (
    7,
    -(10**30),
    True,
    "x",
    "가 \udcff '",
    Decimal("1.50"),
    1.5,
    Fraction(1, 3),
    b"\x00\xff",
    dt.datetime(2026, 3, 1, 12, 34, 56, 789012),
    dt.datetime(2026, 3, 1, 12, 34, 56, tzinfo=dt.UTC),
    dt.date(2026, 3, 1),
    dt.time(12, 30),
    uuid.UUID(int=7),
    ("unusual", "-0044-03-15"),
    None,
)
JOURNAL = Journal(
    "lab",
    "2026-03-01T12:00:00+00:00",
    "741 dso 127.0.0.1:1521/XE",
    "verify-1",
    {"pay.payment": frozenset({(7, "x"), (8, "y")}), "pay.odd": frozenset({VALUES})},
    {"pay.left": frozenset({(1,)})},
    {"travelbuddy.flightspecial": frozenset({(1,), (2,)})},
)
DATABASES = "741 dso 127.0.0.1:1521/XE"


def _run(tmp_path: Path, mark: str = "verify-1") -> tuple[RunJournal, Path]:
    profile = samples.lab_profile(root=tmp_path)
    return RunJournal(profile, mark), journal_path(tmp_path, "lab")


def test_a_journal_survives_being_written_and_read(tmp_path: Path) -> None:
    path = journal_path(tmp_path, "lab")
    assert path == tmp_path / "reports" / "journal-lab.jsonl"
    assert read_journal(path) is None
    write_journal(path, JOURNAL)
    assert read_journal(path) == JOURNAL
    assert [item.name for item in path.parent.iterdir()] == ["journal-lab.jsonl"]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_key_value_comes_back_with_its_type(tmp_path: Path, value: Any) -> None:
    journal, path = _run(tmp_path)
    journal.begin(DATABASES, {}, {})
    journal.note("s.t", [(value,)])
    [(found,)] = read_journal(path).keys["s.t"]
    assert found == value
    assert type(found) is type(value)


def test_a_date_oracle_alone_knows_is_the_same_text_again(tmp_path: Path) -> None:
    journal, path = _run(tmp_path)
    journal.begin(DATABASES, {"s.t": frozenset({(Unusual("-0044"),)})}, {})
    assert read_journal(path).before["s.t"] == {(Unusual("-0044"),)}


def test_a_value_no_key_has_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    journal, path = _run(tmp_path)
    journal.begin(DATABASES, {}, {})
    before = path.read_bytes()
    with pytest.raises(ValueError, match="a key holds a object, which no journal can note"):
        journal.note("s.t", [(object(),)])
    assert path.read_bytes() == before


def test_a_note_is_added_and_durable_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, path = _run(tmp_path)
    journal.begin(DATABASES, {}, {})
    before, synced = path.read_bytes(), list[bytes]()
    fsync = os.fsync

    def noted(descriptor: int) -> None:
        fsync(descriptor)
        synced.append(path.read_bytes())

    monkeypatch.setattr(os, "fsync", noted)
    journal.note("s.t", [(1,), (2,)])
    journal.note("s.t", [])
    journal.note("s.t", [(3,)])
    assert len(synced) == 2
    assert synced[0].startswith(before)
    assert synced[-1] == path.read_bytes()
    assert journal.noted("s.t") == {(1,), (2,), (3,)}
    assert journal.noted("s.other") == frozenset()


def test_reserved_keys_are_durable_ahead_and_noted_when_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, path = _run(tmp_path)
    with pytest.raises(EnvironmentFault, match="sweep first"):
        journal.reserve("s.t", [(1,)])
    journal.begin(DATABASES, {}, {})
    journal.reserve("s.t", [(1,), (2,)])
    assert read_journal(path).keys == {"s.t": {(1,), (2,)}}  # a kill leaves no row unknown
    assert journal.noted("s.t") == frozenset()
    written = path.read_bytes()
    journal.note("s.t", [(1,)])
    assert path.read_bytes() == written
    assert journal.noted("s.t") == {(1,)}
    journal.begin(DATABASES, {}, {})
    journal.note("s.t", [(2,)])  # of another journal
    assert read_journal(path).keys == {"s.t": {(2,)}}


def test_a_line_that_a_kill_has_cut_is_none(tmp_path: Path) -> None:
    journal, path = _run(tmp_path)
    journal.begin(DATABASES, {}, {})
    journal.note("s.t", [(1,)])
    whole = path.read_bytes()
    journal.note("s.t", [(2,)])
    full = path.read_bytes()
    for length in range(len(whole), len(full)):
        path.write_bytes(full[:length])
        assert read_journal(path).keys == {"s.t": {(1,)}}
    # the next run goes on behind the last whole line
    following, _ = _run(tmp_path, "verify-2")
    following.take_up(following.left(DATABASES))
    following.note("s.t", [(3,)])
    assert read_journal(path).keys == {"s.t": {(1,), (3,)}}
    assert following.noted("s.t") == {(1,), (3,)}


def test_a_journal_about_other_databases_is_none(tmp_path: Path) -> None:
    journal, _ = _run(tmp_path)
    journal.begin(DATABASES, {}, {})
    assert journal.left("another lab") is None
    assert journal.left(DATABASES) is not None


def test_keys_that_were_left_are_known_and_kept_apart(tmp_path: Path) -> None:
    journal, path = _run(tmp_path)
    journal.begin(DATABASES, {}, {"s.t": frozenset({(1,)})})
    journal.note("s.t", [(2,)])
    found = read_journal(path)
    assert (found.keys, found.left) == ({"s.t": {(2,)}}, {"s.t": {(1,)}})
    assert found.all_keys == {"s.t": {(1,), (2,)}}
    assert journal.noted("s.t") == {(1,), (2,)}
    journal.begin(DATABASES, {}, {"s.t": frozenset({(1,)})}, ended=True)
    assert read_journal(path).ended
    with pytest.raises(EnvironmentFault, match=r"nothing was written to s\.t: .* sweep first"):
        journal.note("s.t", [(3,)])


def test_nothing_may_be_noted_without_a_journal(tmp_path: Path) -> None:
    journal, path = _run(tmp_path)
    with pytest.raises(EnvironmentFault, match=r"nothing was written to s\.t: .* sweep first"):
        journal.note("s.t", [(1,)])
    journal.begin(DATABASES, {}, {})
    journal.remove()
    assert not path.exists()
    with pytest.raises(EnvironmentFault, match="sweep first"):
        journal.note("s.t", [(1,)])


def test_a_note_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    journal, path = _run(tmp_path)
    journal.begin(DATABASES, {}, {})
    path.unlink()
    with pytest.raises(Unwritten, match=r"journal-lab\.jsonl cannot be written: No such file"):
        journal.note("s.t", [(1,)])
    assert not path.exists()  # a journal begins with its first line, or is none
    assert journal.noted("s.t") == frozenset()


HEADER = {
    "version": 2,
    "environment": "lab",
    "started": "2026-03-01T12:00:00+00:00",
    "databases": "741",
    "mark": "verify-1",
    "ended": False,
}


def _lines(*lines: Any, **header: Any) -> str:
    return "".join(f"{json.dumps(line)}\n" for line in (HEADER | header, *lines))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "half a line",
        "{}\n",
        "[]\n",
        '{"version": 1}\n',
        "not json\n",
        _lines(databases=None),
        _lines([]),
        _lines({"table": "s.t", "keys": ["key"]}),
        _lines({"table": "s.t", "keys": [[{"complex": "1"}]]}),
        _lines({"table": "s.t", "keys": [[{"decimal": "one"}]]}),
        _lines({"table": "s.t", "keys": [[1.5]]}),
        _lines({"table": "s.t", "values": [[1]]}),
        _lines({"keys": [[1]]}),
        _lines() + '{"table": "s.t", "ke\n' + _lines(),
        "\xff\n",
    ],
)
def test_a_broken_journal_is_not_taken_for_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "journal-lab.jsonl"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(EnvironmentFault, match=r"journal-lab\.jsonl is not a run journal") as told:
        read_journal(path)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("version", [1, 99])
def test_a_journal_of_another_version_is_refused(tmp_path: Path, version: int) -> None:
    path = tmp_path / "journal-lab.jsonl"
    path.write_text(_lines(version=version), encoding="utf-8")
    with pytest.raises(EnvironmentFault, match=f"version {version}"):
        read_journal(path)


def test_orphans_are_new_in_oracle_and_unknown_in_postgresql() -> None:
    before = frozenset({(1,), (2,), (77,)})
    target = frozenset({(1,), (2,), (77,), (12,), (13,)})
    source = frozenset({(1,), (2,), (13,)})
    # 77 stood there before the run, 13 was replicated in good order, 12 is a renumbered row
    assert orphans(before, target, source) == {(12,)}
    assert orphans(before, before, source) == frozenset()


def test_lock_numbers_fit_and_differ() -> None:
    numbers = {lock_number(name) for name in ("lab", "lab-as-documented", "aws-example", "")}
    assert len(numbers) == 4
    assert all(-(2**63) <= number < 2**63 for number in numbers)
    assert lock_number("lab") == lock_number("lab")
