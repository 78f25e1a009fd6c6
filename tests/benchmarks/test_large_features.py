"""The benchmark of large tables judges right. Nothing here is timed, and nothing is started."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from typing import Any

import pytest

from benchmarks import large_features
from benchmarks.large_features import FEW, Timed
from benchmarks.large_strangers import FEATURE, Strangers
from lab.core.profile import load_profile

_ROOT = Path(__file__).parents[2]
ROWS = 2_000


def _timed(seconds: float, peak: int = 200_000_000) -> Timed:
    return Timed({}, seconds, {"one": seconds}, peak)


@pytest.mark.parametrize(
    ("many", "code"), [(_timed(14.9), 0), (_timed(15.1), 1), (_timed(10.0, 300_000_000), 1)]
)
def test_time_and_memory_have_limits(
    many: Timed, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert large_features._told(_timed(10.0), many, ROWS) == code
    assert f"times what {FEW} take (wanted: at most 1.5)" in capsys.readouterr().out


@pytest.mark.parametrize("rows", [FEW, ROWS])
def test_the_world_is_filled_up_on_both_sides(rows: int, tmp_path: Path) -> None:
    for name in ("environments", "lab/worlds"):
        shutil.copytree(_ROOT / name, tmp_path / name)
    large_features._fill_up(tmp_path, rows)
    world = load_profile("lab", tmp_path).world
    for seeds in (world.source_seeds, world.target_seeds):
        before, more = seeds
        assert "London to Paris" in before.text
        assert ("INSERT INTO" in more.text) == (rows > FEW)
        assert str(rows + 1_000_000) in more.text


def _cell(keys: list[int], feature: str = FEATURE) -> dict[str, Any]:
    lines = [f"TRAVELBUDDY.FLIGHTSPECIAL {key}  the row went" for key in keys]
    guarantee = {"feature": feature, "scenario": "S"}
    return {"judged": "broken", "guarantee": guarantee, "words": "\n".join(lines)}


KEYS = sorted(Strangers.of(ROWS).keys)


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ([_cell(KEYS)], 0),
        ([_cell(KEYS[:2]), _cell(KEYS[1:])], 0),
        ([_cell(KEYS[:2])], 1),
        ([_cell([*KEYS, 7])], 1),
        ([_cell(KEYS), _cell(KEYS, "another feature")], 1),
        ([], 1),
    ],
)
def test_exactly_the_rows_of_strangers_are_to_be_named(
    cells: list[dict[str, Any]], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    verdict = {"verdict": "NOT READY", "reason": "", "exit_code": 1, "matrix": cells}
    monkeypatch.setattr(large_features, "_run", lambda *_, **__: Timed(verdict, 1.0, {}, 0))
    options = argparse.Namespace(rows=ROWS, rate=0, only="")
    assert large_features._strangers(Path(), options) == code
