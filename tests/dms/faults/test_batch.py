"""Faults reach what is applied in batches, too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lab.dms.faults import clear_all_faults, set_fault
from tests.dms.worlds import World, delete, insert, update

BATCH = {"TargetMetadata": {"BatchApplyEnabled": True}}


@pytest.mark.parametrize(
    ("fault", "on", "off"),
    [
        ("wrong_row_updated", [(1, "old"), (2, "new")], [(1, "new"), (2, "old")]),
        ("updates_ignored", [(1, "old"), (2, "old")], [(1, "new"), (2, "old")]),
        ("case_folded", [(1, "NEW"), (2, "OLD")], [(1, "new"), (2, "old")]),
        ("deletes_ignored", [(1, "new"), (2, "old"), (3, "old")], [(1, "new"), (2, "old")]),
        (
            "last_change_of_transaction_lost",
            [(1, "new"), (2, "old"), (3, "old")],
            [(1, "new"), (2, "old")],
        ),
    ],
)
def test_a_batch_arrives_otherwise(
    tmp_path: Path, fault: str, on: list[Any], off: list[Any]
) -> None:
    def scenario(directory: Path) -> list[tuple[int, str]]:
        world = World(directory, settings=BATCH, switches={"batch_apply_through": "arrays"})
        world.apply(
            *(insert(id=number, header="old") for number in (1, 2, 3)), insert(id=9), lsn=100
        )
        world.apply(update(id=1, header="new"), delete(3), lsn=200)
        return sorted((row["ID"], row["HEADER"]) for row in world.rows if row["ID"] < 9)

    set_fault(tmp_path, fault)
    assert scenario(tmp_path) == on
    clear_all_faults(tmp_path)
    assert scenario(tmp_path) == off
