"""The run journal, and which rows it makes orphans."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciliation.errors import EnvironmentFault
from reconciliation.session.journal import (
    Journal,
    journal_path,
    read_journal,
    write_journal,
)
from reconciliation.session.lock import lock_number
from reconciliation.session.orphans import orphans

JOURNAL = Journal(
    "lab",
    "2026-03-01T12:00:00+00:00",
    "741 dso 127.0.0.1:1521/XE",
    (900_000_000, 900_999_999),
    {"travelbuddy.flightspecial": frozenset({(1,), (2,)})},
    {"travelbuddy.hotelspecial": frozenset({900_000_007, 900_000_011})},
)


def test_a_journal_survives_being_written_and_read(tmp_path: Path) -> None:
    path = journal_path(tmp_path, "lab")
    assert path == tmp_path / "reports" / "journal-lab.json"
    assert read_journal(path) is None
    write_journal(path, JOURNAL)
    assert read_journal(path) == JOURNAL
    assert [item.name for item in path.parent.iterdir()] == ["journal-lab.json"]


def _journal(**changes: Any) -> str:
    good = {
        "version": 1,
        "environment": "lab",
        "started": "2026-03-01T12:00:00+00:00",
        "databases": "741",
        "reserved_keys": [1, 2],
        "target_keys": {"s.t": [[1]]},
    }
    return json.dumps(good | changes)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        '{"version": 2}',
        "not json",
        _journal(reserved_keys=["1", "2"]),
        _journal(target_keys=[]),
        _journal(target_keys={"s.t": ["key"]}),
        _journal(databases=None),
    ],
)
def test_a_broken_journal_is_not_taken_for_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "journal-lab.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(EnvironmentFault, match=r"journal-lab\.json is not a run journal"):
        read_journal(path)


def test_a_journal_of_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal-lab.json"
    write_journal(path, JOURNAL)
    document = json.loads(path.read_text(encoding="utf-8")) | {"version": 99}
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(EnvironmentFault, match="version 99"):
        read_journal(path)


def test_a_journal_of_a_run_that_wrote_to_mapped_tables_only(tmp_path: Path) -> None:
    path = tmp_path / "journal-lab.json"
    write_journal(path, JOURNAL)
    document = json.loads(path.read_text(encoding="utf-8"))
    del document["unmapped_keys"]
    path.write_text(json.dumps(document), encoding="utf-8")
    assert read_journal(path) == replace(JOURNAL, unmapped_keys={})


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
