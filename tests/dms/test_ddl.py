"""DDL of the audit table read for what it does, and cut out of its transaction."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lab.dms.agreed.settings import DdlPolicy, parse_settings
from lab.dms.apply.ddl import actions, pieces
from lab.dms.apply.group import captured
from lab.dms.apply.outcomes import StopOnError
from lab.dms.databases.target import TargetError
from lab.dms.ground.catalogue import SourceColumn, SourceTable, TargetColumn, TargetTable
from lab.dms.ground.changes import Ddl, Transaction
from lab.dms.ground.errors import TargetLost
from tests.dms.fake_target import FakeDatabase, FakeTarget
from tests.dms.table_world import TableWorld, inserted, upper_case


def found(sql: str) -> list[tuple[str, ...]]:
    return [
        (a.what, f"{a.schema}.{a.table}", a.name, a.new_name)
        for a in actions(Ddl("app", "", "ALTER TABLE", sql))
    ]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("ALTER TABLE t ADD COLUMN c int NOT NULL DEFAULT 5", [("add column", "app.t", "c", "")]),
        (
            (
                'alter table if exists only other."T" add if not exists C varchar(20), drop column '
                '"D" cascade'
            ),
            [("add column", "other.T", "c", ""), ("drop column", "other.T", "D", "")],
        ),
        ("ALTER TABLE t RENAME COLUMN a TO b", [("rename column", "app.t", "a", "b")]),
        ('ALTER TABLE t RENAME "A" TO "B"', [("rename column", "app.t", "A", "B")]),
        ("ALTER TABLE t RENAME TO U", [("rename table", "app.t", "t", "u")]),
        (
            "ALTER TABLE t ALTER c TYPE numeric(10, 2) USING c::numeric",
            [("alter column type", "app.t", "c", "")],
        ),
        (
            "DROP TABLE IF EXISTS a.t, u CASCADE",
            [("drop table", "a.t", "", ""), ("drop table", "app.u", "", "")],
        ),
        ("CREATE TABLE t (id int PRIMARY KEY, b text)", [("create table", "app.t", "", "")]),
        ("ALTER TABLE t ADD c int; SELECT 1", [("add column", "app.t", "c", "")]),
        # not replicated, and harmless
        ("ALTER TABLE t ALTER c SET DEFAULT 5", [("ignored", "app.t", "c", "")]),
        ("ALTER TABLE t ALTER c DROP DEFAULT", [("ignored", "app.t", "c", "")]),
        ("ALTER TABLE t ALTER c SET NOT NULL", [("ignored", "app.t", "c", "")]),
        ("ALTER TABLE t ALTER c DROP NOT NULL", [("ignored", "app.t", "c", "")]),
        ("ALTER TABLE t OWNER TO me", [("ignored", "app.t", "", "")]),
        ("ALTER TABLE t ATTACH PARTITION p FOR VALUES IN (1)", [("ignored", "app.t", "", "")]),
        ("ALTER TABLE t REPLICA IDENTITY FULL", [("ignored", "app.t", "", "")]),
        # not replicated, and what follows may not fit
        ("ALTER TABLE t DROP CONSTRAINT t_pkey", [("unreplicated", "app.t", "", "")]),
        ("ALTER TABLE t ADD PRIMARY KEY (a, b)", [("unreplicated", "app.t", "", "")]),
        ("ALTER TABLE t SET SCHEMA other", [("unreplicated", "app.t", "", "")]),
        # what a block or a function runs is not captured
        ("DO $$ BEGIN ALTER TABLE t ADD c int; END $$", []),
        ("SELECT deploy()", []),
        ("CREATE INDEX i ON t (a)", []),
    ],
)
def test_what_a_statement_does(sql: str, expected: list[tuple[str, ...]]) -> None:
    assert found(sql) == expected


def test_a_transaction_is_cut_where_its_ddl_stands() -> None:
    changes = tuple(inserted("t", id=number) for number in range(4))
    first, second, third = (
        Ddl("app", "t", "", f"{n}", before) for n, before in enumerate((1, 1, 4))
    )
    whole = Transaction(1, 9, "", changes, ddls=(first, second, third))
    cut = [(piece.ddls, [change.new["id"] for change in piece.changes]) for piece in pieces(whole)]
    assert cut == [((), [0]), ((first, second), [1, 2, 3]), ((third,), [])]
    assert {piece.end_lsn for piece in pieces(whole)} == {9}
    plain = Transaction(1, 9, "", changes)
    assert list(pieces(plain)) == [plain]


def test_captured_ddl_is_counted_by_table() -> None:
    ddl = Ddl("app", "t", "ALTER TABLE", "ALTER TABLE t ADD c int")
    counts = captured(
        [Transaction(1, 9, "", (inserted("t", id=1),), ddls=(ddl,))], 0, {("app", "t")}
    )
    assert counts == {("app", "t", "inserts"): 1, ("app", "t", "ddls"): 1}
    assert captured([Transaction(1, 9, "", (), ddls=(ddl,))], 0, {("app", "u")}) == {}


def test_the_policy_is_all_yes_by_default() -> None:
    assert parse_settings({}).ddl == DdlPolicy(dropped=True, altered=True)
    given = {
        "ChangeProcessingDdlHandlingPolicy": {
            "HandleSourceTableDropped": False,
            "HandleSourceTableAltered": False,
        }
    }
    assert parse_settings(given).ddl == DdlPolicy(dropped=False, altered=False)


class Replayed(TableWorld):
    """A table of two columns on a fake target."""

    def __init__(
        self,
        directory: Path,
        *sources: SourceTable,
        database: FakeDatabase | None = None,
        **more: Any,
    ) -> None:
        self.database = database or FakeDatabase()
        columns = (TargetColumn("ID", "NUMBER", 22, False), TargetColumn("A", "VARCHAR2", 10))
        if database is None:
            self.database.add(TargetTable("APP", "T", columns, ("ID",)))
        super().__init__(
            directory, FakeTarget(self.database), *(sources or (source_of("id", "a"),)), **more
        )

    @property
    def columns(self) -> list[str]:
        return [column.name for column in self.database.tables["APP", "T"].description.columns]


def source_of(*names: str) -> SourceTable:
    return SourceTable("app", "t", tuple(SourceColumn(name, "int8") for name in names), ("id",))


def test_what_was_executed_before_ddl_is_committed_with_it(tmp_path: Path) -> None:
    world = Replayed(tmp_path)
    world.sources = (source_of("id", "a", "b"),)
    ddl = Ddl("app", "t", "ALTER TABLE", "ALTER TABLE t ADD b int", 1)
    world.apply(
        inserted("t", id=1, a="x"),
        inserted("t", id=2, a="y", b=3),
        ddls=(ddl,),
        catalogue_changed=True,
    )
    assert world.columns == ["ID", "A", "B"]
    assert [(row["ID"], row["B"]) for row in world.database.rows("APP", "T")] == [(1, None), (2, 3)]


def test_the_position_is_committed_with_what_ddl_commits(tmp_path: Path) -> None:
    world = Replayed(tmp_path)
    seen: list[int] = []

    def look(sql: str) -> None:
        if sql.startswith("ALTER TABLE"):
            seen.extend(row["COMMIT_LSN"] for row in world.database.rows("APP", "awsdms_txn_state"))

    world.database.before = look
    ddl = Ddl("app", "t", "ALTER TABLE", "ALTER TABLE t DROP a", 1)
    first = Transaction(1, 100, "", (inserted("t", id=1, a="x"),))
    second = Transaction(2, 200, "", (inserted("t", id=2, a="x"),), ddls=(ddl,))
    world.applier.apply(world.target, [first, second], lambda: None)
    assert seen == [100]
    assert world.control.position(world.target) == 200


@pytest.mark.parametrize("dies_at", [1, 2])
def test_a_task_killed_behind_its_ddl_repeats_nothing(tmp_path: Path, dies_at: int) -> None:
    world = Replayed(tmp_path)
    world.sources = (source_of("id", "a", "b", "c"),)
    ddls = tuple(
        Ddl("app", "t", "ALTER TABLE", f"ALTER TABLE t ADD {name} int", n)
        for n, name in ((2, "b"), (4, "c"))
    )
    earlier = Transaction(1, 100, "", (inserted("t", id=0),))
    changes = tuple(inserted("t", id=number, a="x") for number in range(1, 6))
    group = [
        earlier,
        Transaction(2, 200, "", changes, ddls=ddls),
        Transaction(3, 300, "", (inserted("t", id=9),)),
    ]
    altered: list[str] = []

    def die(sql: str) -> None:
        if len(altered) == dies_at:
            raise TargetLost("DPY-4011: the database or network closed the connection")
        if sql.startswith("ALTER TABLE"):
            altered.append(sql)

    world.database.before = die
    world.control.set_position(world.target, 50)
    with pytest.raises(TargetLost):
        world.applier.apply(world.target, group, lambda: None)
    world.target.rollback()
    altered.append("of the next life")
    again = Replayed(tmp_path, database=world.database)
    again.sources = world.sources
    assert again.control.position(again.target) == 100
    again.applier.apply(again.target, group[1:], lambda: None)
    again.target.commit()
    assert [row["ID"] for row in again.database.rows("APP", "T")] == [0, 1, 2, 3, 4, 5, 9]
    assert again.columns == ["ID", "A", "B", "C"]
    assert again.database.rows("APP", "awsdms_apply_exceptions") == []
    assert again.control.position(again.target) == 300


def test_changes_before_ddl_are_applied_before_it(tmp_path: Path) -> None:
    world = Replayed(tmp_path)
    ddl = Ddl("app", "t", "ALTER TABLE", "ALTER TABLE t DROP a", 1)
    world.apply(inserted("t", id=1, a="x"), inserted("t", id=2), ddls=(ddl,))
    assert world.database.rows("APP", "T") == [{"ID": 1}, {"ID": 2}]
    assert world.database.rows("APP", "awsdms_apply_exceptions") == []


def test_a_table_whose_ddl_fails_is_suspended(tmp_path: Path) -> None:
    world = Replayed(tmp_path)

    def refuse(sql: str) -> None:
        if sql.startswith("ALTER TABLE"):
            raise TargetError(54, "ORA-00054: resource busy")

    world.database.before = refuse
    done = world.apply(
        inserted("t", id=1, a="x"), ddls=(Ddl("app", "t", "ALTER TABLE", "ALTER TABLE t DROP a"),)
    )
    assert done.suspended == {("app", "t"): "ORA-00054: resource busy"}
    assert world.database.rows("APP", "T") == []
    [row] = world.database.rows("APP", "awsdms_apply_exceptions")
    assert row["STATEMENT"] == 'ALTER TABLE "APP"."T" DROP COLUMN "A"'


def test_ddl_that_fails_may_stop_the_task(tmp_path: Path) -> None:
    world = Replayed(tmp_path, settings={"ErrorBehavior": {"TableErrorPolicy": "STOP_TASK"}})
    with pytest.raises(
        StopOnError, match="DDL that is not replicated: ALTER TABLE t DROP CONSTRAINT k"
    ):
        world.apply(ddls=(Ddl("app", "t", "ALTER TABLE", "ALTER TABLE t DROP CONSTRAINT k"),))


def test_ddl_that_is_not_replicated_may_be_ignored(tmp_path: Path) -> None:
    world = Replayed(tmp_path, switches={"unreplicated_ddl": "ignore"})
    done = world.apply(
        inserted("t", id=1),
        ddls=(Ddl("app", "t", "ALTER TABLE", "ALTER TABLE t DROP CONSTRAINT k"),),
    )
    assert (done.suspended, len(world.database.rows("APP", "T"))) == ({}, 1)


def test_ddl_of_tables_that_are_not_selected_is_nobodys_matter(tmp_path: Path) -> None:
    world = Replayed(tmp_path)
    done = world.apply(ddls=(Ddl("other", "t", "DROP TABLE", "DROP TABLE t"),))
    assert (done.counts, ("APP", "T") in world.database.tables) == ({}, True)


def test_a_name_that_a_rule_chooses_is_altered(tmp_path: Path) -> None:
    rename = {
        "rule-type": "transformation",
        "rule-action": "rename",
        "rule-target": "column",
        "object-locator": {"schema-name": "app", "table-name": "t", "column-name": "b"},
        "value": "LEGACY_B",
    }
    rules = upper_case()
    rules["rules"].append(rename | {"rule-id": "0", "rule-name": "0"})
    world = Replayed(tmp_path, table_mappings=rules)
    world.sources = (source_of("id", "a", "b"),)
    world.apply(
        ddls=(Ddl("app", "t", "ALTER TABLE", "ALTER TABLE t ADD b int"),), catalogue_changed=True
    )
    assert world.columns == ["ID", "A", "LEGACY_B"]
    world.sources = (source_of("id", "a"),)
    world.apply(
        ddls=(Ddl("app", "t", "ALTER TABLE", "ALTER TABLE t DROP b"),), catalogue_changed=True
    )
    assert world.columns == ["ID", "A"]


def test_ddl_goes_to_the_schema_that_changes_go_to(tmp_path: Path) -> None:
    rules = upper_case()
    rules["rules"] = [rule for rule in rules["rules"] if rule.get("rule-target") != "schema"]
    world = Replayed(
        tmp_path, table_mappings=rules, settings={"TargetMetadata": {"TargetSchema": "APP"}}
    )
    world.apply(ddls=(Ddl("app", "t", "ALTER TABLE", "ALTER TABLE t DROP a"),))
    assert world.columns == ["ID"]
