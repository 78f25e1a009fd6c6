"""Random tables of random types with random changes: exactly the changed cells are reported,
whichever way is used.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reconciliation.model import Status
from tests.counts import count

from .hand_made import PATHS, SCHEMA, HandMade, cells, go, hand_made
from .random_tables import Table, random_table, table_of_all_kinds


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HandMade]:
    with hand_made(tmp_path_factory.mktemp("oracle")) as opened:
        yield opened


def _fill(judge: HandMade, name: str, table: Table) -> None:
    here, there = f"{SCHEMA}.{name}", name
    ours = [table.insert(here, "here", key) for key in table.rows]
    theirs = [table.insert(there, "there", key) for key in table.rows]
    judge.here("; ".join([table.create_here(here), *filter(None, ours)]))
    judge.there(table.create_there(there), *filter(None, theirs))
    judge.agree(
        name,
        ["id"],
        {"id": None} | {column: kind.conversion for column, kind in table.kinds.items()},
    )


@pytest.mark.parametrize("seed", range(count(4, 8)))
def test_exactly_the_changed_cells_are_reported(
    judge: HandMade, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = random_table(seed, only_texts=seed % 2 == 0)
    _fill(judge, f"random_{seed}", table)
    for path in PATHS:
        go(judge, path, monkeypatch)
        result = judge.compared()
        assert cells(result) == table.wrong, {
            column: (kind.here, kind.there) for column, kind in table.kinds.items()
        }
        assert result.status is Status.DIVERGENT
        assert result.equal_rows == len(table.rows) - len({key for _, key, _ in table.wrong})
        assert path in result.method or not table.has_texts
        monkeypatch.undo()


def test_a_table_of_all_kinds_without_changes_is_equal(judge: HandMade) -> None:
    table = table_of_all_kinds(99)
    _fill(judge, "all_kinds", table)
    result = judge.compared()
    assert (result.status, result.equal_rows, cells(result)) == (
        Status.EQUAL,
        len(table.rows),
        set(),
    )
