"""Repair scripts, executed: what was divergent is equal, once and for all, and nobody else's change
is overwritten.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reconciliation.cli.repair import repair_script
from reconciliation.model import Status
from reconciliation.repair.check import Effect, check_script
from reconciliation.repair.script import ScriptError, parse

from .repair_box import Box, box, effects, script_for
from .sqlplus import execute, statements

OFFERS = [
    ("id", "ID"),
    ("name", "NAME"),
    ("price", "PRICE"),
    ("day", "DAY", "epoch_millis"),
    ("note", "NOTE"),
]


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    with box(tmp_path_factory.mktemp("repair")) as made:
        made.postgresql(
            "CREATE TABLE travelbuddy.offer (id int8 PRIMARY KEY, name varchar(100) NOT NULL, "
            "price numeric(12,2), "
            "day timestamptz, note text)"
        )
        made.legacy(
            "CREATE TABLE offer (id NUMBER(19) PRIMARY KEY, name VARCHAR2(100) NOT NULL, price "
            "NUMBER(12,2), "
            "day NUMBER, note CLOB)"
        )
        made.agree("offer", OFFERS)
        yield made


@pytest.fixture
def offers(judge: Box) -> Box:
    """Twelve rows, equal on both sides."""
    judge.postgresql(
        "TRUNCATE travelbuddy.offer",
        "INSERT INTO travelbuddy.offer SELECT i, 'offer ' || i, i * 1.5, timestamptz '2026-03-01 "
        "12:00:00.5Z', "
        "'note ' || i FROM generate_series(1, 12) AS i",
    )
    judge.legacy("DELETE FROM offer")
    for key in range(1, 13):
        judge.legacy(
            f"INSERT INTO offer VALUES ({key}, 'offer {key}', {key * 1.5}, 1772366400500, 'note "
            f"{key}')"
        )
    assert judge.results("offer")[0].status is Status.EQUAL
    return judge


def _plant(judge: Box) -> None:
    """One of every kind: changed numbers, texts, LOBs, NULLs and instants, two rows missing, two
    extra.
    """
    judge.legacy(
        "UPDATE offer SET price = price + 0.01 WHERE id = 1",
        "UPDATE offer SET name = 'it''s; &x' WHERE id = 2",
        "UPDATE offer SET note = NULL, price = NULL WHERE id = 3",
        "UPDATE offer SET day = day - 1, note = 'another' WHERE id = 4",
        "DELETE FROM offer WHERE id IN (5, 6)",
        "INSERT INTO offer VALUES (90, 'extra', NULL, NULL, NULL)",
        "INSERT INTO offer VALUES (91, 'extra -', 1, 2, 'a note')",
    )
    judge.postgresql(
        "UPDATE travelbuddy.offer SET name = E'서울🛬\\n&x -\\n;\\n/\\n''', note = repeat('긴 글 ''', "  # noqa: E501
        "700) "
        "WHERE id = 7",
        "UPDATE travelbuddy.offer SET price = NULL WHERE id = 8",
    )


def test_every_kind_of_difference_is_repaired_once_and_for_all(offers: Box) -> None:
    _plant(offers)
    before = offers.results("offer")[0]
    assert (before.differing_rows, before.missing_rows, before.extra_rows) == (6, 2, 2)
    script = script_for(offers, "offer")
    assert "-- statements: 10 (2 INSERT, 6 UPDATE, 2 DELETE); by hand: 0" in script
    assert effects(offers, script) == [Effect.CHANGES] * 10
    assert offers.results("offer")[0].differing_rows == 6, (
        "neither making nor checking a script changes anything"
    )
    assert execute(offers.oracle, script) == [1] * 10
    after = offers.results("offer")[0]
    assert (after.status, after.equal_rows) == (Status.EQUAL, 12)
    assert effects(offers, script) == [Effect.DONE] * 10
    assert execute(offers.oracle, script) == [0] * 10
    assert offers.results("offer")[0].status is Status.EQUAL


def test_a_row_that_moved_on_is_left_alone_and_reported(offers: Box) -> None:
    _plant(offers)
    script = script_for(offers, "offer")
    offers.legacy(
        "UPDATE offer SET price = 77 WHERE id = 1",
        "UPDATE offer SET note = 'newer' WHERE id = 91",
        "INSERT INTO offer VALUES (5, 'by somebody', 1, 1, 'else')",
    )
    offers.postgresql("UPDATE travelbuddy.offer SET price = 88 WHERE id = 3")
    found = {
        (item.statement.key[0], item.effect): item.why
        for item in check_script(offers.run, parse(script))
    }
    assert {key for key, effect in found if effect is Effect.MOVED} == {1, 3, 5, 91}
    assert "Oracle holds another value now" in found[1, Effect.MOVED]
    assert "outdated" in found[3, Effect.MOVED]
    assert "is changed now" in found[5, Effect.MOVED]
    assert sorted(execute(offers.oracle, script)) == [0, 0, 0, *[1] * 7]
    with offers.oracle.cursor() as cursor:
        rows = cursor.execute(
            "SELECT id, price, name FROM offer WHERE id IN (1, 5) ORDER BY id"
        ).fetchall()
    assert rows == [(1, 77, "offer 1"), (5, 1, "by somebody")]
    assert offers.results("offer")[0].extra_rows == 1


def test_a_statement_that_would_undo_an_agreement_is_no_news_of_success(offers: Box) -> None:
    offers.legacy("UPDATE offer SET price = 5 WHERE id = 1")
    script = script_for(offers, "offer")
    offers.postgresql("UPDATE travelbuddy.offer SET price = 5 WHERE id = 1")
    (item,) = check_script(offers.run, parse(script))
    assert item.effect is Effect.MOVED
    assert "would make them differ" in item.why


def test_killed_after_the_first_transaction_and_executed_again(
    offers: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    _plant(offers)
    from reconciliation.cli import repair as command
    from reconciliation.repair.script import render

    monkeypatch.setattr(
        command, "render", lambda plan, facts, **more: render(plan, facts, rows=2, **more)
    )
    script = script_for(offers, "offer")
    assert sum(statement.sql == "COMMIT" for statement in statements(script)) == 5
    assert execute(offers.oracle, script, stop_after=5) == [1] * 5
    assert execute(offers.oracle, script) == [0] * 4 + [1] * 6
    assert offers.results("offer")[0].status is Status.EQUAL


def test_rows_that_change_while_the_script_is_made_get_no_statement(offers: Box) -> None:
    offers.legacy("UPDATE offer SET price = 5 WHERE id IN (1, 2, 3)")
    report = offers.report("offer")
    offers.legacy(
        "UPDATE offer SET price = 6 WHERE id = 1", "UPDATE offer SET price = 3 WHERE id = 2"
    )
    script = repair_script(offers.run, report)
    assert [written.key for written in parse(script)] == [(3,)]
    assert "travelbuddy.offer: 1 rows agree by now" in script
    assert "travelbuddy.offer: 1 rows changed since they were judged" in script


def test_more_rows_than_the_report_shows_are_all_repaired(
    offers: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reconciliation.compare import tally

    monkeypatch.setattr(tally, "KEPT_DIFFERENCES", 3)
    offers.legacy("DELETE FROM offer")
    report = offers.report("offer")
    assert len(report.tables[0].differences) == 3
    assert execute(offers.oracle, repair_script(offers.run, report)) == [1] * 12
    assert offers.results("offer")[0].status is Status.EQUAL


def test_values_oracle_cannot_hold_are_left_to_people(offers: Box) -> None:
    offers.postgresql(
        "INSERT INTO travelbuddy.offer VALUES (20, repeat('가', 50), 1, now(), ''), (21, 'fits', "
        "1, now(), 'x')",
        "UPDATE travelbuddy.offer SET name = '', price = 3 WHERE id = 1",
        "UPDATE travelbuddy.offer SET note = '' WHERE id = 2",
    )
    script = script_for(offers, "offer")
    assert [(written.key, written.columns) for written in parse(script)] == [
        ((21,), ("ID", "NAME", "PRICE", "DAY", "NOTE")),
        ((1,), ("PRICE",)),
    ]
    comments = " ".join(
        line.removeprefix("--").strip() for line in script.splitlines() if line.startswith("--")
    )
    assert (
        "(20) missing: name -> NAME: ORA-12899: 150 bytes do not fit NAME VARCHAR2(100 BYTE)"
        in comments
    )
    assert "(1) changed: name -> NAME: ORA-01400: NAME is NOT NULL and gets ''" in comments
    assert (
        "(2) changed: note -> NOTE: NOTE CLOB would not keep the value as it is in note" in comments
    )
    assert "by hand: 3" in comments
    assert execute(offers.oracle, script) == [1, 1]
    assert effects(offers, script) == [Effect.DONE] * 2


def test_a_script_that_somebody_edited_is_refused(offers: Box) -> None:
    offers.legacy("UPDATE offer SET price = 5 WHERE id = 1")
    script = script_for(offers, "offer")
    assert len(parse(script)) == 1
    for edited in (
        script.replace("= 1;", "= 2;").replace('PRICE" = 1.50', 'PRICE" = 1.51'),
        script + "\n",
        script.replace("-- Repair script", "-- Another script"),
        "",
    ):
        assert edited != script
        with pytest.raises(ScriptError):
            parse(edited)
