"""The catalogue: every fault has a test, defects that there are, options that are read or refused,
and a page.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from lab.dms.faults import (
    DEFECTS,
    FAULTS,
    FaultBoard,
    FaultUnknown,
    active_faults,
    clear_all_faults,
    clear_fault,
    list_faults,
    set_fault,
)
from tests.dms.faults.page import COMMAND, PAGE, WITHOUT, covering_tests, rendered


def test_every_fault_has_a_test_and_every_test_a_fault() -> None:
    assert set(covering_tests()) == set(FAULTS)
    assert len(FAULTS) >= 45


def test_every_fault_imitates_defects_that_there_are() -> None:
    for fault in FAULTS.values():
        assert fault.defects, fault.name
        assert set(fault.defects) <= set(DEFECTS), fault.name
        assert len(set(fault.defects)) == len(fault.defects), fault.name
    assert list(DEFECTS) == list(range(1, 79))


def test_every_defect_has_a_switch_or_a_reason() -> None:
    imitated = {number for fault in FAULTS.values() for number in fault.defects}
    assert set(WITHOUT) == set(DEFECTS) - imitated


def test_every_fault_says_what_a_user_sees() -> None:
    assert set(list_faults()) == set(FAULTS)
    says = list(list_faults().values())
    assert len(set(says)) == len(says)
    assert all(one and "\n" not in one and not one.endswith(".") for one in says)


def test_every_option_says_what_it_means() -> None:
    for fault in FAULTS.values():
        assert all(option.says for option in fault.options.values()), fault.name
        assert "seed" not in fault.options or "probability" in fault.options


def test_the_page_is_what_the_catalogue_says() -> None:
    page = rendered()
    assert PAGE.read_text("utf-8") == page, f"write it anew: {COMMAND}"
    assert all(f"| `{name}` |" in page for name in FAULTS)


def test_the_readme_leads_to_the_page() -> None:
    assert "docs/fault-switches.md" in (PAGE.parents[1] / "README.md").read_text("utf-8")


# ------------------------------------------------------------------- the switchboard


def test_switching_on_and_off(tmp_path: Path) -> None:
    set_fault(tmp_path, "deletes_ignored")
    set_fault(
        tmp_path,
        "update_lost_every_nth",
        {"n": "3", "table": "a.b", "probability": "0.5", "seed": "-1"},
    )
    assert active_faults(tmp_path) == {
        "deletes_ignored": {},
        "update_lost_every_nth": {"n": 3, "table": "a.b", "probability": 0.5, "seed": -1},
    }
    clear_fault(tmp_path, "deletes_ignored")
    clear_fault(tmp_path, "deletes_ignored")
    assert list(active_faults(tmp_path)) == ["update_lost_every_nth"]
    set_fault(tmp_path, "mojibake")
    assert clear_all_faults(tmp_path) == ("mojibake", "update_lost_every_nth")
    assert active_faults(tmp_path) == {}


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("gremlins", {}, "unknown fault 'gremlins'; python -m lab fault list shows what there is"),
        ("delete_ignored", {}, "unknown fault 'delete_ignored'; did you mean 'deletes_ignored'?"),
        (
            "nothing_applied",
            {"table": "a.b"},
            "fault nothing_applied has no option 'table'; it has: none",
        ),
        (
            "deletes_ignored",
            {"column": "x"},
            "has no option 'column'; it has: table, every, probability, seed",
        ),
        ("deletes_ignored", {"tabel": "a.b"}, "has no option 'tabel'; did you mean 'table'?"),
        (
            "deletes_ignored",
            {"every": 0},
            "option every of fault deletes_ignored is 0; it must be a whole number of ",
        ),
        ("deletes_ignored", {"every": 1.5}, "it must be a whole number of at least 1"),
        ("deletes_ignored", {"every": True}, "it must be a whole number of at least 1"),
        (
            "deletes_ignored",
            {"probability": "1.1"},
            "it must be a number of at least 0 and at most 1",
        ),
        (
            "deletes_ignored",
            {"seed": 3},
            "option seed of fault deletes_ignored says nothing without the option prob",
        ),
        ("deletes_ignored", {"table": "sample"}, "is 'sample'; it must be written schema.name"),
        (
            "timestamps_shifted",
            {"hours": "nine"},
            "option hours of fault timestamps_shifted is 'nine'; it must be a num",
        ),
        (
            "question_marks",
            {"charset": "klingon"},
            "it must be one of ['latin-1', 'ascii', 'cp1252', 'euc-kr']",
        ),
        (
            "columns_swapped",
            {"column": "a"},
            "fault columns_swapped needs the option other: the other column",
        ),
        (
            "columns_swapped",
            {"column": 1, "other": "b"},
            "option column of fault columns_swapped is 1; it must be a text",
        ),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_written(
    tmp_path: Path, name: str, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(FaultUnknown, match=re.escape(message)) as caught:
        set_fault(tmp_path, name, options)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_zone_that_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        FaultUnknown, match="option zone of fault summer_time_shifted is 'Mars/Base'; no such zone"
    ):
        set_fault(tmp_path, "summer_time_shifted", {"zone": "Mars/Base"})
    assert list(tmp_path.iterdir()) == []


def test_switching_off_what_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FaultUnknown, match="unknown fault 'gremlins'; "):
        clear_fault(tmp_path, "gremlins")


def test_a_board_without_faults_hands_on_what_it_was_given(tmp_path: Path) -> None:
    board = FaultBoard(tmp_path / "dms" / "faults.json")
    board.visit()
    given: list[Any] = []
    assert board.transactions(given) is given
    assert board.changes(given) is given
    assert board.commits(given) == [given]
    assert board.commits(given)[0] is given
    assert board.confirmable(7) == 7
    assert not any((board.on_rows, board.on_operations, board.stalled, board.holds_slot))
    assert board.pause(5) == 5


def test_a_board_sees_what_was_switched(tmp_path: Path) -> None:
    board = FaultBoard(tmp_path / "dms" / "faults.json")
    set_fault(tmp_path, "replication_stalled")
    board.look()
    assert board.stalled
    assert board.active == ("replication_stalled",)
    clear_fault(tmp_path, "replication_stalled")
    os.utime(tmp_path / "dms" / "faults.json", ns=(1, 1))
    board.look()
    assert board.active == ()
