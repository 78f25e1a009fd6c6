"""PostgreSQL and Oracle compared by digests: the same result as by reading every row, and hardly anything moves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from reconciliation.checksums import choice
from reconciliation.model import Status, TableResult

from .pairs_of_tables import Pairs, pairs_of_tables, row_of

ROWS = 6_000


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pairs]:
    with pairs_of_tables(tmp_path_factory.mktemp("oracle")) as opened:
        opened.fill("base", [row_of(key) for key in range(ROWS)])
        yield opened


@pytest.fixture(autouse=True)
def _small_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "SAMPLE_ROWS", 1_500)


def _without_method(result: TableResult) -> TableResult:
    return replace(result, method=None, seconds=0.0, watermark=None)


def _moved_rows(result: TableResult) -> int:
    found = re.search(r"keys and ([\d,]+) of", result.method or "")
    assert found, result
    return int(found[1].replace(",", ""))


def test_equal_tables_move_only_digests(pairs: Pairs) -> None:
    result = pairs.compared("base", "digests")
    assert (result.status, result.groups[:3], result.differences[:2]) == (Status.EQUAL, (), ())
    assert (result.source_rows, result.target_rows, result.equal_rows) == (ROWS, ROWS, ROWS)
    assert _moved_rows(result) == 0
    assert "equal by 128-bit digests (MD5) of the texts both databases write" in (result.method or "")
    rows = pairs.compared("base", "rows")
    assert _without_method(result) == _without_method(rows)
    assert rows.reductions == dict.fromkeys(rows.reductions, 4_000)  # two of three moments have microseconds
    assert len(rows.reductions) == 1
