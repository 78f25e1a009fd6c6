"""Batch apply: net changes, their order, and what happens where a bulk statement fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lab.dms.agreed.settings import parse_settings
from lab.dms.apply.attempt import Applied
from lab.dms.apply.group import Group
from lab.dms.ground.catalogue import SourceColumn, SourceTable, TargetColumn, TargetTable
from lab.dms.ground.changes import Change, Transaction
from tests.dms.fake_target import FakeDatabase, FakeTarget
from tests.dms.table_world import TableWorld, deleted, inserted, updated

FALLBACK = "Bulk apply operation failed. Trying to execute bulk statements in 'one-by-one' mode"
NAMES = ("child", "parent")


def columns(count: int = 2) -> tuple[SourceColumn, ...]:
    return (
        SourceColumn("id", "int8"),
        *(SourceColumn(f"c{n}", "varchar", 14) for n in range(1, count)),
    )


class Batch(TableWorld):
    """Two tables of an id and texts; ``extra`` columns exist on the target only."""

    def __init__(
        self,
        directory: Path,
        *,
        count: int = 2,
        key: bool = True,
        extra: tuple[str, ...] = (),
        **more: Any,
    ) -> None:
        self.database = FakeDatabase()
        source = []
        for name in NAMES:
            described = columns(count)
            source.append(SourceTable("app", name, described, ("id",) if key else ()))
            texts = tuple(
                TargetColumn(column.name.upper(), "VARCHAR2", 10) for column in described[1:]
            )
            added = tuple(TargetColumn(column, "VARCHAR2", 10) for column in extra)
            number = TargetColumn("ID", "NUMBER", 22, False)
            described_target = TargetTable(
                "APP", name.upper(), (number, *texts, *added), ("ID",) if key else ()
            )
            self.database.add(described_target)
        settings = more.pop("settings", {})
        metadata = {
            "TargetMetadata": {"BatchApplyEnabled": True} | settings.pop("TargetMetadata", {})
        }
        switches = {"batch_apply_through": "arrays"} | more.pop("switches", {})
        super().__init__(
            directory,
            FakeTarget(self.database),
            *source,
            settings=metadata | settings,
            switches=switches,
        )

    def rows(self, table: str = "child") -> list[tuple[Any, ...]]:
        return sorted((row["ID"], row["C1"]) for row in self.database.rows("APP", table.upper()))

    @property
    def statements(self) -> list[tuple[str, str]]:
        """Verb and table of what was executed."""
        found = [
            text.replace('"', "").split(" ")
            for text in self.database.statements
            if '"APP"."' in text
        ]
        place = {"INSERT": 2, "UPDATE": 1, "DELETE": 2}
        pairs = [
            (words[0], words[place[words[0]]].split(".")[1]) for words in found if words[0] in place
        ]
        return [pair for pair in pairs if not pair[1].startswith("awsdms")]

    @property
    def errors(self) -> list[str]:
        return [
            row["ERROR"].split(":")[0]
            for row in self.database.rows("APP", "awsdms_apply_exceptions")
        ]


def counted(done: Applied, table: str = "child") -> tuple[int, ...]:
    return tuple(
        done.counts["app", table, f"applied_{kind}"] for kind in ("inserts", "updates", "deletes")
    )


def child(number: int, text: str | None = "a") -> Change:
    return inserted("child", id=number, c1=text)


def test_changes_of_one_row_are_netted(tmp_path: Path) -> None:
    world = Batch(tmp_path)
    done = world.apply_all(
        [
            [child(1), updated("child", id=1, c1="b")],
            [updated("child", id=1, c1="c"), child(2), deleted("child", id=2)],
        ]
    )
    assert world.rows() == [(1, "c")]
    # the row that came and went is deleted, not inserted; everything else is in the insert
    assert world.statements == [("DELETE", "CHILD"), ("INSERT", "CHILD")]
    assert counted(done) == (2, 2, 1)
    assert world.errors == []


def test_deletes_come_first_then_inserts_then_updates(tmp_path: Path) -> None:
    world = Batch(tmp_path)
    world.apply(child(1), child(2))
    world.database.statements.clear()
    done = world.apply(
        updated("child", id=1, c1="u"), child(3), deleted("child", id=2), child(2, "again")
    )
    assert world.statements == [("DELETE", "CHILD"), ("INSERT", "CHILD"), ("UPDATE", "CHILD")]
    assert world.rows() == [(1, "u"), (2, "again"), (3, "a")]
    assert counted(done) == (2, 1, 1)


@pytest.mark.parametrize(("order", "first"), [("name", "CHILD"), ("first_change", "PARENT")])
def test_tables_are_taken_one_after_the_other(tmp_path: Path, order: str, first: str) -> None:
    world = Batch(tmp_path, switches={"batch_table_order": order})
    world.apply(inserted("parent", id=1, c1="p"), child(1), inserted("parent", id=2, c1="p"))
    assert world.statements[0] == ("INSERT", first)
    assert world.database.arrays == ([1, 2] if first == "CHILD" else [2, 1])


def test_an_untouched_value_survives_the_netting(tmp_path: Path) -> None:
    world = Batch(tmp_path, count=3)
    world.apply(inserted("child", id=1, c1="a", c2="large"), updated("child", id=1, c1="b"))
    assert [(row["C1"], row["C2"]) for row in world.database.rows("APP", "CHILD")] == [
        ("b", "large")
    ]


def test_a_failed_bulk_statement_is_repeated_one_by_one(tmp_path: Path) -> None:
    world = Batch(tmp_path)
    world.apply(child(2, "old"))
    done = world.apply(child(1), child(2), child(3, "x" * 11), child(4))
    assert world.rows() == [(1, "a"), (2, "old"), (4, "a")]
    assert sorted(world.errors) == ["ORA-00001", "ORA-12899"]
    assert counted(done) == (2, 0, 0)
    assert (
        len([line for line in world.log_lines if f"[TARGET_APPLY    ]I:  {FALLBACK}" in line]) == 1
    )


def test_an_update_without_a_row_falls_back_too(tmp_path: Path) -> None:
    world = Batch(tmp_path)
    done = world.apply(updated("child", id=5, c1="u"))
    assert (world.errors, counted(done)) == (["0 rows affected"], (0, 0, 0))
    assert any(FALLBACK in line for line in world.log_lines)


def test_a_delete_without_a_row_is_ignored(tmp_path: Path) -> None:
    world = Batch(tmp_path)
    done = world.apply(deleted("child", id=5))
    assert (world.errors, counted(done)) == ([], (0, 0, 0))
    assert not any(FALLBACK in line for line in world.log_lines)
    logged = Batch(tmp_path, settings={"ErrorBehavior": {"ApplyErrorDeletePolicy": "LOG_ERROR"}})
    logged.apply(deleted("child", id=5), child(6), deleted("child", id=6))
    assert logged.errors == ["0 rows affected"]


def test_the_policy_suspend_table_leaves_no_second_try(tmp_path: Path) -> None:
    policy = {
        "ErrorBehavior": {
            "DataErrorPolicy": "SUSPEND_TABLE",
            "ApplyErrorInsertPolicy": "SUSPEND_TABLE",
        }
    }
    world = Batch(tmp_path, settings=policy)
    world.apply(child(2, "old"))
    done = world.apply(child(2), inserted("parent", id=1, c1="p"))
    assert list(done.suspended) == [("app", "child")]
    assert not any(FALLBACK in line for line in world.log_lines)
    assert world.rows("parent") == [(1, "p")]


def test_insert_record_deletes_the_keys_of_the_batch_first(tmp_path: Path) -> None:
    world = Batch(tmp_path, settings={"ErrorBehavior": {"ApplyErrorInsertPolicy": "INSERT_RECORD"}})
    world.apply(child(1, "old"))
    world.database.statements.clear()
    done = world.apply(child(1, "new"), child(2))
    assert world.rows() == [(1, "new"), (2, "a")]
    assert world.statements == [("DELETE", "CHILD"), ("INSERT", "CHILD")]
    assert (world.errors, counted(done)) == ([], (2, 0, 0))


def test_update_record_deletes_and_inserts(tmp_path: Path) -> None:
    world = Batch(tmp_path, settings={"ErrorBehavior": {"ApplyErrorUpdatePolicy": "UPDATE_RECORD"}})
    done = world.apply(updated("child", id=1, c1="there"))
    assert (world.rows(), world.statements) == (
        [(1, "there")],
        [("DELETE", "CHILD"), ("INSERT", "CHILD")],
    )
    assert counted(done) == (0, 1, 0)


def test_a_large_statement_is_no_matter(tmp_path: Path) -> None:
    world = Batch(tmp_path, switches={"statement_limit_kb": 0.005})
    world.apply(child(1, "x" * 10), child(2, "y" * 10))
    assert world.rows() == [(1, "x" * 10), (2, "y" * 10)]


@pytest.mark.parametrize(("count", "bulk"), [(499, True), (500, False)])
def test_too_many_columns_are_applied_one_by_one(tmp_path: Path, count: int, bulk: bool) -> None:
    world = Batch(tmp_path, count=count)
    done = world.apply(child(1), child(2))
    said = [
        line
        for line in world.log_lines
        if f"2 x columns + key columns is {2 * count + 1}, above 999" in line
    ]
    assert (len(said) == 0) is bulk
    assert counted(done) == (2, 0, 0)


def test_a_table_without_a_key_is_applied_one_by_one(tmp_path: Path) -> None:
    world = Batch(tmp_path, key=False)
    world.apply(child(1), child(1, "b"))
    assert world.rows() == [(1, "a"), (1, "b")]
    assert any(
        "Table 'APP.CHILD' is applied in 'one-by-one' mode: it has no key" in line
        for line in world.log_lines
    )


def test_the_size_of_a_bulk_statement_can_be_limited(tmp_path: Path) -> None:
    world = Batch(tmp_path, settings={"ChangeProcessingTuning": {"BatchSplitSize": 2}})
    world.apply(*(child(number) for number in range(5)))
    assert world.database.arrays == [2, 2, 1]


@pytest.mark.parametrize(("choice", "kept"), [("keep", "legacy"), ("null", None)])
def test_columns_only_the_target_has(tmp_path: Path, choice: str, kept: str | None) -> None:
    world = Batch(tmp_path, extra=("ONLY_HERE",), switches={"batch_extra_columns": choice})
    world.apply(child(1))
    world.database.rows("APP", "CHILD")[0]["ONLY_HERE"] = "legacy"
    world.apply(updated("child", id=1, c1="b"))
    assert [(row["C1"], row["ONLY_HERE"]) for row in world.database.rows("APP", "CHILD")] == [
        ("b", kept)
    ]


def test_batch_apply_belongs_to_target_metadata() -> None:
    assert parse_settings({"TargetMetadata": {"BatchApplyEnabled": True}}).batch.enabled
    assert not parse_settings({"ChangeProcessingTuning": {"BatchApplyEnabled": True}}).batch.enabled


def test_a_batch_is_whole_transactions_until_time_or_memory_is_up() -> None:
    tuning = {
        "BatchApplyTimeoutMin": 3,
        "BatchApplyTimeoutMax": 30,
        "BatchApplyMemoryLimit": 1,
        "CommitTimeout": 9,
    }
    document = {"TargetMetadata": {"BatchApplyEnabled": True}, "ChangeProcessingTuning": tuning}
    settings = parse_settings(document)
    assert (settings.min_transaction_size, settings.commit_timeout) == (256, 3)
    late = parse_settings(
        {**document, "ChangeProcessingTuning": tuning | {"BatchApplyTimeoutMax": 2}}
    )
    assert late.commit_timeout == 2
    group = Group(settings.min_transaction_size, settings.commit_timeout, lambda: 0.0)
    group.add([Transaction(1, 1, "", (child(1),) * 255)])
    assert not group.is_due()
    group.add([Transaction(2, 2, "", (child(1),) * 1000)])
    assert group.is_due()
    assert [len(transaction.changes) for transaction in group.transactions] == [255, 1000]
