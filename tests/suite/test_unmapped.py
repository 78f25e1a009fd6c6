"""Writing to a table that is not mapped: noted first, under a key that is nobody else's, and removed again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures import unmapped
from reconciliation.errors import Unseen
from reconciliation.model import CatalogueColumn, CatalogueTable, ColumnType

TABLE = CatalogueTable(
    "s", "other", {"id": CatalogueColumn("id", ColumnType("int8"), False, "identity"),
                   "name": CatalogueColumn("name", ColumnType("varchar", 9), False)}, ("id",)
)  # fmt: skip


class Recorder:
    """A source that only writes down what it is asked to do; ``taken`` are keys somebody else's rows have."""

    def __init__(self, taken: set[int]) -> None:
        self.taken = taken
        self.asked: list[Any] = []

    @contextmanager
    def transaction(self) -> Iterator[Recorder]:
        yield self

    def rows(self, table: str, key_column: str, keys: list[int]) -> list[int]:
        return [key for key in keys if key in self.taken]

    def insert(self, table: str, rows: list[Any]) -> None:
        self.asked.append(("insert", table, *rows))

    def delete(self, table: str, key_column: str, keys: list[int]) -> None:
        self.asked.append(("delete", table, key_column, *keys))


@pytest.mark.parametrize(("taken", "key"), [(set(), 100), ({100, 101}, 102)])
def test_the_row_is_noted_before_it_is_written_and_nobody_elses_is_touched(
    monkeypatch: pytest.MonkeyPatch, taken: set[int], key: int
) -> None:
    source, keys = Recorder(taken), iter(range(100, 110))
    judge = SimpleNamespace(reserve=lambda count: [next(keys) for _ in range(count)])
    monkeypatch.setattr(unmapped, "note_unmapped", lambda _, table, noted: source.asked.append(("note", table, noted)))
    assert unmapped.write_and_remove(SimpleNamespace(judge=judge), source, TABLE) == key
    assert source.asked == [
        ("note", "s.other", key),
        ("insert", "s.other", {"name": "x", "id": key}),
        ("delete", "s.other", "id", key),
    ]


def _judge(*tables: CatalogueTable) -> SimpleNamespace:
    return SimpleNamespace(resolved=SimpleNamespace(tables=[SimpleNamespace(source="s.mapped")]),
                           source_catalogue={table.full_name: table for table in tables},
                           source=SimpleNamespace(connect=nullcontext))  # fmt: skip


def test_a_table_that_may_not_be_written_to_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    first, mapped = replace(TABLE, name="first"), replace(TABLE, name="mapped")
    closed = {first.full_name: Unseen("GRANT INSERT ON s.first TO nightly")}
    asked = []

    def missing(_: None, table: str, wanted: tuple[str, ...]) -> Unseen | None:
        asked.append((table, wanted))
        return closed.get(table)

    monkeypatch.setattr(unmapped.postgresql, "table_unseen", missing)
    assert unmapped.unmapped_table(_judge(mapped)) is None
    assert unmapped.unmapped_table(_judge(first, mapped, TABLE)) is TABLE
    assert asked == [(table.full_name, ("SELECT", "INSERT", "DELETE")) for table in (first, TABLE)]
    with pytest.raises(Unseen, match=r"the suite may write to none: GRANT INSERT ON s\.first TO nightly"):
        unmapped.unmapped_table(_judge(first, mapped))
