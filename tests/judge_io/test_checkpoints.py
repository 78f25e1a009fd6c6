"""Checkpoint files: exact, whole or not there, for the very same comparison only, and for one run
at a time.
"""

from __future__ import annotations

import datetime as dt
import json
import stat
import uuid
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from reconciliation.compare.extent.ranges import ranges_between
from reconciliation.compare.plan import Plan, Segment
from reconciliation.compare.resume import store
from reconciliation.compare.resume.store import (
    VERSION,
    Checkpoint,
    Checkpoints,
    Decided,
    file_name,
    read_checkpoint,
)
from reconciliation.compare.resume.written import NotWritable, read_key, write_key, write_tally
from reconciliation.compare.tally import Tally
from reconciliation.errors import CannotResume, EnvironmentFault
from reconciliation.model import Key

NAME = "travelbuddy.flightspecial"
CHOICE = Decided(7, "as asked for", "texts")
IDENTITY = {"contract": "c1", "source database or table": "s1"}
PLAN = Plan(
    tuple(Segment(number, keys) for number, keys in enumerate(ranges_between([(10,), (20,)]), 1)),
    30,
    "in 3",
)
FIRST = Tally(
    source_rows=10,
    target_rows=11,
    equal_rows=9,
    suspects=[(3,), (4,)],
    suspect_count=2,
    settled=1,
    accepted=Counter({"cost: rounded": 4}),
    reductions=Counter({"at: microseconds": 2}),
    moved=Counter(rows=3),
    notes=["a note"],
    outages=["an outage"],
)


@pytest.mark.parametrize(
    "key",
    [
        (1,),
        (-(10**38),),
        (Decimal("1.50"), None),
        ("서울🛬 \"'\\", ""),
        (b"\x00\xff",),
        (True, 0),
        (dt.datetime(2026, 3, 1, 12, 34, 56, 789012, dt.UTC),),
        (dt.datetime(1, 1, 1),),
        (dt.date(9999, 12, 31),),
        (dt.time(23, 59, 59, 999999),),
        (uuid.UUID(int=10),),
    ],
)
def test_every_kind_of_key_comes_back_as_it_was(key: Key) -> None:
    back = read_key(json.loads(json.dumps(write_key(key))))
    assert back == key
    assert [type(value) for value in back or ()] == [type(value) for value in key]


@pytest.mark.parametrize("value", [1.5, object(), dt.timedelta(1)])
def test_a_key_without_an_exact_form_is_refused(value: Any) -> None:
    with pytest.raises(NotWritable, match=type(value).__name__):
        write_tally(Tally(suspects=[(value,)], suspect_count=1))


def _kept(directory: Path, segments: int = 1) -> Path:
    with Checkpoints(directory, [NAME]) as checkpoints:
        checkpoint = checkpoints.of(NAME)
        checkpoint.begin(IDENTITY, PLAN, "0/ABC", CHOICE)
        for segment in PLAN.segments[:segments]:
            checkpoint.keep(segment, FIRST)
        return checkpoint.path


def test_what_is_kept_can_be_taken_up_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    path = _kept(tmp_path, 2)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with Checkpoints(tmp_path, [NAME], resume=True) as checkpoints:
        found = checkpoints.of(NAME)
        found.check(IDENTITY)
        assert (found.plan, found.watermark, found.choice) == (PLAN, "0/ABC", CHOICE)
        assert found.finished == {1: FIRST, 2: FIRST}
    assert [item.name for item in tmp_path.iterdir() if item.suffix not in (".json", ".lock")] == []


def test_a_run_that_begins_anew_takes_nothing_over(tmp_path: Path) -> None:
    path = _kept(tmp_path)
    with Checkpoints(tmp_path, [NAME]) as checkpoints:
        assert checkpoints.of(NAME).finished == {}
        checkpoints.of(NAME).begin(IDENTITY, PLAN, None, CHOICE)
        assert not path.exists()


def test_a_finished_run_leaves_no_checkpoint_but_one_with_a_table_half_done_keeps_all(
    tmp_path: Path,
) -> None:
    for half, kept in ((False, []), (True, ["a.json", "b.json"])):
        with Checkpoints(tmp_path, ["a", "b"]) as checkpoints:
            for name, count in (("a", 3), ("b", 2 if half else 3)):
                checkpoints.of(name).begin(IDENTITY, PLAN, None, CHOICE)
                for segment in PLAN.segments[:count]:
                    checkpoints.of(name).keep(segment, FIRST)
            checkpoints.finish()
        assert sorted(item.name for item in tmp_path.glob("*.json")) == kept


def test_another_contract_or_database_is_named(tmp_path: Path) -> None:
    found = read_checkpoint(_kept(tmp_path))
    assert found is not None
    for name in IDENTITY:
        with pytest.raises(
            CannotResume,
            match=f"was made with another {name}; without --resume the run begins anew",
        ):
            found.check(IDENTITY | {name: "else"})


def _change(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


TALLY = write_tally(FIRST)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"version": VERSION + 1}, "written by another version of this program"),
        ({"plan": None}, "is damaged"),
        ({"plan": {"rows": 1, "reason": "", "segments": []}}, "is damaged"),
        ({"finished": {"99": {}}}, "is damaged"),
        ({"finished": {"1": {"source_rows": -1}}}, "is damaged"),
        ({"finished": {"1": TALLY | {"suspects": [None]}}}, "is damaged"),
        ({"finished": {"1": TALLY | {"accepted": {"cost": "4"}}}}, "is damaged"),
        ({"finished": {"1": TALLY | {"notes": [1]}}}, "is damaged"),
        ({"watermark": 7}, "is damaged"),
        ({"choice": {}}, "is damaged"),
        ({"choice": {"digested_rows": "7", "why": "", "of": ""}}, "is damaged"),
    ],
)
def test_a_checkpoint_that_cannot_be_used_says_why(
    tmp_path: Path, changes: dict[str, Any], reason: str
) -> None:
    _change(_kept(tmp_path), **changes)
    with pytest.raises(CannotResume, match=reason), Checkpoints(tmp_path, [NAME], resume=True):
        pass


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"null", b'{"version": 1}'])
def test_a_damaged_file_is_one_clear_line(tmp_path: Path, content: bytes) -> None:
    _kept(tmp_path).write_bytes(content)
    with pytest.raises(CannotResume) as caught, Checkpoints(tmp_path, [NAME], resume=True):
        pass
    assert "begins anew" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_segments_with_a_gap_are_no_plan(tmp_path: Path) -> None:
    path = _kept(tmp_path)
    document = json.loads(path.read_text())
    del document["plan"]["segments"][1]
    path.write_text(json.dumps(document))
    with pytest.raises(CannotResume, match="is damaged"):
        read_checkpoint(path)


def test_nothing_to_take_up_is_said(tmp_path: Path) -> None:
    with (
        pytest.raises(CannotResume, match=r"no checkpoint in .* to take up"),
        Checkpoints(tmp_path, [NAME], True),
    ):
        pass


def test_two_runs_on_one_checkpoint_are_refused(tmp_path: Path) -> None:
    with Checkpoints(tmp_path, [NAME]):
        with (
            pytest.raises(
                EnvironmentFault, match=r"another run is comparing this \(process \d+ since"
            ),
            Checkpoints(tmp_path, ["other", NAME]),
        ):
            pass
        with Checkpoints(tmp_path, ["other"]) as free:
            assert free.of("other").plan is None
    with Checkpoints(tmp_path, [NAME]) as after:
        assert after.failed == ""


def test_a_directory_that_cannot_be_written_is_no_reason_to_stop(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with Checkpoints(tmp_path / "file" / "below", [NAME]) as checkpoints:
        assert "cannot be kept in" in checkpoints.failed
        checkpoints.of(NAME).begin(IDENTITY, PLAN, None, CHOICE)
        checkpoints.of(NAME).keep(PLAN.segments[0], FIRST)
        assert checkpoints.of(NAME).finished == {1: FIRST}
    with (
        pytest.raises(CannotResume, match="cannot be kept in"),
        Checkpoints(tmp_path / "file" / "below", [NAME], True),
    ):
        pass


def test_a_key_that_cannot_be_kept_leaves_no_half_checkpoint(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "t.json")
    checkpoint.begin(IDENTITY, PLAN, None, CHOICE)
    checkpoint.keep(PLAN.segments[0], FIRST)
    checkpoint.keep(PLAN.segments[1], Tally(suspects=[(1.5,)], suspect_count=1))
    assert "float" in checkpoint.failed
    assert list(tmp_path.iterdir()) == []


def test_no_more_keys_are_kept_than_are_looked_at_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "RECHECKED_ROWS", 30)
    monkeypatch.setattr(store, "SUSPECT_ROWS", 20)
    checkpoint = Checkpoint(tmp_path / "t.json")
    checkpoint.begin(IDENTITY, PLAN, None, CHOICE)
    many = Tally(
        suspects=[(number,) for number in range(29)], more=[(99,), (98,)], suspect_count=37
    )
    for segment in PLAN.segments[:2]:
        checkpoint.keep(segment, many)
    found = read_checkpoint(checkpoint.path)
    assert found is not None
    assert [(len(kept.suspects), kept.more) for kept in found.finished.values()] == [
        (29, many.more),
        (19, []),
    ]
    assert [kept.suspect_count for kept in found.finished.values()] == [37] * 2


def test_file_names_hold_no_path() -> None:
    assert file_name("s/../../x.t", "a.b") == "s%2F..%2F..%2Fx.t=a.b"
    assert file_name("..") == "%2E."
    assert len({file_name("s." + "서" * 60 + last) for last in "ab"}) == 2
    assert len(file_name("s." + "서" * 60, "s." + "서" * 60)) == 200
    assert file_name("a=b.c", "d.e") == "a%3Db.c=d.e"
