"""DDL of the audit table read for what it does, and cut out of its transaction."""

from __future__ import annotations

import pytest

from lab.dms.changes import Ddl, Transaction
from lab.dms.ddl import actions, pieces
from lab.dms.group import captured
from lab.dms.settings import DdlPolicy, parse_settings
from tests.dms.table_world import inserted


def found(sql: str) -> list[tuple[str, ...]]:
    return [(a.what, f"{a.schema}.{a.table}", a.name, a.new_name) for a in actions(Ddl("app", "", "ALTER TABLE", sql))]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("ALTER TABLE t ADD COLUMN c int NOT NULL DEFAULT 5", [("add column", "app.t", "c", "")]),
        (
            'alter table if exists only other."T" add if not exists C varchar(20), drop column "D" cascade',
            [("add column", "other.T", "c", ""), ("drop column", "other.T", "D", "")],
        ),
        ("ALTER TABLE t RENAME COLUMN a TO b", [("rename column", "app.t", "a", "b")]),
        ('ALTER TABLE t RENAME "A" TO "B"', [("rename column", "app.t", "A", "B")]),
        ("ALTER TABLE t RENAME TO U", [("rename table", "app.t", "t", "u")]),
        ("ALTER TABLE t ALTER c TYPE numeric(10, 2) USING c::numeric", [("alter column type", "app.t", "c", "")]),
        ("DROP TABLE IF EXISTS a.t, u CASCADE", [("drop table", "a.t", "", ""), ("drop table", "app.u", "", "")]),
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
    first, second, third = (Ddl("app", "t", "", f"{n}", before) for n, before in enumerate((1, 1, 4)))
    whole = Transaction(1, 9, "", changes, ddls=(first, second, third))
    cut = [(piece.ddls, [change.new["id"] for change in piece.changes]) for piece in pieces(whole)]
    assert cut == [((), [0]), ((first, second), [1, 2, 3]), ((third,), [])]
    assert {piece.end_lsn for piece in pieces(whole)} == {9}
    plain = Transaction(1, 9, "", changes)
    assert list(pieces(plain)) == [plain]


def test_captured_ddl_is_counted_by_table() -> None:
    ddl = Ddl("app", "t", "ALTER TABLE", "ALTER TABLE t ADD c int")
    counts = captured([Transaction(1, 9, "", (inserted("t", id=1),), ddls=(ddl,))], 0, {("app", "t")})
    assert counts == {("app", "t", "inserts"): 1, ("app", "t", "ddls"): 1}
    assert captured([Transaction(1, 9, "", (), ddls=(ddl,))], 0, {("app", "u")}) == {}


def test_the_policy_is_all_yes_by_default() -> None:
    assert parse_settings({}).ddl == DdlPolicy(dropped=True, altered=True)
    given = {
        "ChangeProcessingDdlHandlingPolicy": {"HandleSourceTableDropped": False, "HandleSourceTableAltered": False}
    }
    assert parse_settings(given).ddl == DdlPolicy(dropped=False, altered=False)
