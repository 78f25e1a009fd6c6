"""Every fault of :mod:`tests.outages.machine` through both doors: none may be told as something it
is not.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.outages import machine
from tests.outages.cases import TABLE, Case
from tests.outages.stage import DOORS, Stage


def test_the_clock_that_is_ahead_is_so_inside_pytest(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(machine.SKEWED, encoding="utf-8")
    told = (
        "import datetime\ndef test_it(): assert datetime.datetime.now().timestamp() > {} + 3000\n"
    )
    began = tmp_path.stat().st_mtime
    (tmp_path / "test_it.py").write_text(told.format(began), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-W", "error", "-p", "no:cacheprovider", "test_it.py"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("case", TABLE["machine"], ids=lambda case: case.name)
def test_a_fault_is_told_as_what_it_is(
    stage: Stage, case: Case, door: str, record_property: Callable[[str, object], None]
) -> None:
    outcome = case.play(stage, door)
    record_property("row", case.row(door, outcome))
    assert not (wrong := case.wrong(door, outcome)), f"{'; '.join(wrong)}\n{outcome.output[-4000:]}"
