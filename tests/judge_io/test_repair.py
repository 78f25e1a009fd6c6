"""Repair scripts, executed: what was divergent is equal, once and for all, and nobody else's change
is overwritten.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from reconciliation.cli.repair import repair_script
from reconciliation.compare import by_key
from reconciliation.model import Status
from reconciliation.repair import plan as planning
from reconciliation.repair.check import Effect, check_script
from reconciliation.repair.script import ScriptError, parse

from .repair_box import Box, box
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


def _effects(judge: Box, script: str) -> list[Effect]:
    return [item.effect for item in check_script(judge.run, parse(script))]


def _made(judge: Box, *names: str) -> str:
    return repair_script(judge.run, judge.report(*names))


def test_every_kind_of_difference_is_repaired_once_and_for_all(offers: Box) -> None:
    _plant(offers)
    before = offers.results("offer")[0]
    assert (before.differing_rows, before.missing_rows, before.extra_rows) == (6, 2, 2)
    script = _made(offers, "offer")
    assert "-- statements: 10 (2 INSERT, 6 UPDATE, 2 DELETE); by hand: 0" in script
    assert _effects(offers, script) == [Effect.CHANGES] * 10
    assert offers.results("offer")[0].differing_rows == 6, (
        "neither making nor checking a script changes anything"
    )
    assert execute(offers.oracle, script) == [1] * 10
    after = offers.results("offer")[0]
    assert (after.status, after.equal_rows) == (Status.EQUAL, 12)
    assert _effects(offers, script) == [Effect.DONE] * 10
    assert execute(offers.oracle, script) == [0] * 10
    assert offers.results("offer")[0].status is Status.EQUAL


def test_a_row_that_moved_on_is_left_alone_and_reported(offers: Box) -> None:
    _plant(offers)
    script = _made(offers, "offer")
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
    script = _made(offers, "offer")
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
    script = _made(offers, "offer")
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
    script = _made(offers, "offer")
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
    assert _effects(offers, script) == [Effect.DONE] * 2


def test_a_script_that_somebody_edited_is_refused(offers: Box) -> None:
    offers.legacy("UPDATE offer SET price = 5 WHERE id = 1")
    script = _made(offers, "offer")
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


# ------------------------------------------------------------------ keys and foreign keys


@pytest.fixture(scope="module")
def family(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """A parent with a unique name, a child with a foreign key, and a tree that points to itself."""
    with box(tmp_path_factory.mktemp("family")) as made:
        made.postgresql(
            "CREATE TABLE travelbuddy.agency (id int8 PRIMARY KEY, name text)",
            "CREATE TABLE travelbuddy.trip (id int8 PRIMARY KEY, agency int8)",
            "CREATE TABLE travelbuddy.node (id int8 PRIMARY KEY, parent int8)",
        )
        made.legacy(
            "CREATE TABLE agency (id NUMBER(19) PRIMARY KEY, name VARCHAR2(50) CONSTRAINT "
            "agency_name UNIQUE)",
            "CREATE TABLE trip (id NUMBER(19) PRIMARY KEY, agency NUMBER(19) CONSTRAINT "
            "trip_agency "
            "REFERENCES agency (id))",
            "CREATE TABLE node (id NUMBER(19) PRIMARY KEY, parent NUMBER(19) CONSTRAINT "
            "node_parent "
            "REFERENCES node (id))",
        )
        # the child first, so that the order is the foreign key's doing
        made.agree("trip", [("id", "ID"), ("agency", "AGENCY")])
        made.agree("agency", [("id", "ID"), ("name", "NAME")])
        made.agree("node", [("id", "ID"), ("parent", "PARENT")])
        yield made


def _filled(judge: Box, here: Sequence[str], there: Sequence[str]) -> None:
    judge.postgresql("TRUNCATE travelbuddy.agency, travelbuddy.trip, travelbuddy.node", *here)
    judge.legacy(
        "DELETE FROM trip",
        "DELETE FROM agency",
        "UPDATE node SET parent = NULL",
        "DELETE FROM node",
        *there,
    )


def _repaired(judge: Box, *names: str) -> list[int]:
    script = _made(judge, *names)
    assert _effects(judge, script) == [Effect.CHANGES] * len(parse(script))
    counts = execute(judge.oracle, script)
    assert {result.status for result in judge.results(*names)} == {Status.EQUAL}
    return counts


def test_parents_come_first_and_children_go_first(family: Box) -> None:
    _filled(
        family,
        [
            "INSERT INTO travelbuddy.agency VALUES (1, 'a'), (2, 'b')",
            "INSERT INTO travelbuddy.trip VALUES (1, 1), (2, 2)",
        ],
        [
            "INSERT INTO agency VALUES (1, 'a')",
            "INSERT INTO agency VALUES (8, 'x')",
            "INSERT INTO trip VALUES (1, 1)",
            "INSERT INTO trip VALUES (9, 8)",
        ],
    )
    assert _repaired(family, "trip", "agency") == [1] * 4


def test_a_child_that_points_elsewhere_lets_its_old_parent_go(family: Box) -> None:
    _filled(
        family,
        [
            "INSERT INTO travelbuddy.agency VALUES (1, 'a'), (2, 'b')",
            "INSERT INTO travelbuddy.trip VALUES (1, 2)",
        ],
        [
            "INSERT INTO agency VALUES (1, 'a')",
            "INSERT INTO agency VALUES (8, 'x')",
            "INSERT INTO trip VALUES (1, 8)",
        ],
    )
    assert _repaired(family, "trip", "agency") == [1] * 3


def test_a_unique_value_moves_from_a_row_that_goes_to_one_that_comes(family: Box) -> None:
    _filled(
        family,
        ["INSERT INTO travelbuddy.agency VALUES (1, 'a'), (2, 'b')"],
        ["INSERT INTO agency VALUES (1, 'a')", "INSERT INTO agency VALUES (9, 'b')"],
    )
    assert _repaired(family, "agency") == [1, 1]


def test_rows_that_point_to_rows_of_their_own_table(family: Box) -> None:
    _filled(
        family,
        ["INSERT INTO travelbuddy.node VALUES (1, 3), (2, 1), (3, NULL), (4, 4)"],
        [
            "INSERT INTO node VALUES (14, NULL)",
            "INSERT INTO node VALUES (11, 14)",
            "INSERT INTO node VALUES (12, 11)",
        ],
    )
    script = _made(family, "node")
    assert "has a foreign key to itself" in script
    assert [written.key[0] for written in parse(script)] == [12, 11, 14, 3, 1, 2, 4]
    assert _repaired(family, "node") == [1] * 7


def test_what_a_constraint_refuses_is_said_beforehand(family: Box) -> None:
    _filled(
        family,
        [
            "INSERT INTO travelbuddy.agency VALUES (1, 'a'), (2, 'b')",
            "INSERT INTO travelbuddy.trip VALUES (1, 2)",
        ],
        [
            "INSERT INTO agency VALUES (1, 'a')",
            "INSERT INTO agency VALUES (7, 'b')",
            "INSERT INTO trip VALUES (5, 7)",
        ],
    )
    only_trips = check_script(family.run, parse(_made(family, "trip")))
    assert [item.statement.key for item in only_trips] == [(5,), (1,)]
    assert [item.effect for item in only_trips] == [Effect.CHANGES, Effect.REFUSED]
    assert only_trips[1].why.startswith("ORA-02291: TRIP_AGENCY")
    only_agencies = check_script(family.run, parse(_made(family, "agency")))
    assert [item.why[:9] for item in only_agencies if item.effect is Effect.REFUSED] == [
        "ORA-02292",
        "ORA-00001",
    ]
    assert _repaired(family, "trip", "agency") == [1] * 4


def test_foreign_keys_in_a_circle_are_named_and_left_to_people(family: Box) -> None:
    family.postgresql(
        "CREATE TABLE travelbuddy.egg (id int8 PRIMARY KEY, hen int8)",
        "CREATE TABLE travelbuddy.hen (id int8 PRIMARY KEY, egg int8)",
        "INSERT INTO travelbuddy.egg VALUES (1, 1), (2, NULL)",
        "INSERT INTO travelbuddy.hen VALUES (1, 1)",
    )
    family.legacy(
        "CREATE TABLE egg (id NUMBER PRIMARY KEY, hen NUMBER)",
        "CREATE TABLE hen (id NUMBER PRIMARY KEY, egg NUMBER REFERENCES egg (id))",
        "ALTER TABLE egg ADD CONSTRAINT egg_hen FOREIGN KEY (hen) REFERENCES hen (id)",
        "INSERT INTO egg VALUES (2, NULL)",
        "INSERT INTO hen VALUES (1, 2)",
    )
    family.agree("egg", [("id", "ID"), ("hen", "HEN")])
    family.agree("hen", [("id", "ID"), ("egg", "EGG")])
    script = _made(family, "egg", "hen")
    assert [(written.table, written.kind.value) for written in parse(script)] == [
        ("travelbuddy.hen", "changed")
    ]
    assert "foreign keys lead in a circle through TRAVELBUDDY.EGG, TRAVELBUDDY.HEN" in script
    (item,) = check_script(family.run, parse(script))
    assert item.effect is Effect.REFUSED
    assert "ORA-02291" in item.why


def test_sensitive_values_are_written_only_when_told_so(family: Box) -> None:
    _filled(
        family,
        ["INSERT INTO travelbuddy.agency VALUES (1, 'secret here'), (2, 'secret two')"],
        ["INSERT INTO agency VALUES (1, 'secret there')"],
    )
    family.agree("agency", [("id", "ID"), ("name", "NAME")], sensitive=("name",))
    try:
        report = family.report("agency")
        script = repair_script(family.run, report)
        assert "secret" not in script
        assert parse(script) == ()
        assert script.count("name is sensitive") == 2
        told = repair_script(family.run, report, with_sensitive=True)
        assert execute(family.oracle, told) == [1, 1]
        assert family.results("agency")[0].status is Status.EQUAL
    finally:
        family.agree("agency", [("id", "ID"), ("name", "NAME")])


def test_an_unreadable_side_is_not_judged(family: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    from reconciliation.errors import Unreadable

    _filled(
        family,
        ["INSERT INTO travelbuddy.agency VALUES (1, 'a')"],
        ["INSERT INTO agency VALUES (1, 'b')"],
    )
    script = _made(family, "agency")

    def gone(*_: object) -> None:
        raise Unreadable("Oracle h:1/XE as u: gone")

    monkeypatch.setattr(by_key, "read", gone)
    (item,) = check_script(family.run, parse(script))
    assert (item.effect, item.why) == (Effect.NOT_JUDGED, "Oracle h:1/XE as u: gone")


def test_an_enabled_trigger_is_named(family: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from reconciliation.model import Trigger

    _filled(
        family,
        ["INSERT INTO travelbuddy.agency VALUES (1, 'a')"],
        ["INSERT INTO agency VALUES (1, 'b')"],
    )
    name = "TRAVELBUDDY.AGENCY"
    triggers = (
        Trigger("TOUCH", "AGENCY", True, "BEFORE EACH ROW UPDATE"),
        Trigger("OFF", "AGENCY", False, "AFTER"),
    )
    catalogue = {
        **family.target_catalogue,
        name: replace(family.target_catalogue[name], triggers=triggers),
    }
    monkeypatch.setattr(family, "target_catalogue", catalogue)
    plan = planning.plan_repair(family.run, family.results("agency"))
    assert [note for note in plan.notes if "WARNING" in note] == [
        "WARNING: trigger TOUCH on TRAVELBUDDY.AGENCY is enabled (BEFORE EACH ROW UPDATE); it "
        "may change what these "
        "statements write"
    ]


def test_a_script_is_readable_by_its_owner_alone(family: Box, tmp_path: Path) -> None:
    from argparse import Namespace

    from reconciliation.cli.repair import write_script

    _filled(
        family,
        ["INSERT INTO travelbuddy.agency VALUES (1, 'a')"],
        ["INSERT INTO agency VALUES (1, 'b')"],
    )
    path = tmp_path / "repair.sql"
    path.write_text("an older script, readable by all")
    report = write_script(
        family.run, family.report("agency"), Namespace(repair=path, repair_with_sensitive=False)
    )
    assert report.notes[-1] == f"repair script: {path}, 1 statements, 0 by hand"
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(parse(path.read_text(encoding="utf-8"))) == 1
    assert list(tmp_path.iterdir()) == [path]


def test_a_trigger_that_gives_rows_other_keys_lets_nothing_be_added(family: Box) -> None:
    """Otherwise every execution of the script would add one more row, under one more key."""
    family.postgresql(
        "CREATE TABLE travelbuddy.ticket (id int8 PRIMARY KEY)",
        "INSERT INTO travelbuddy.ticket VALUES (1), (2)",
    )
    family.legacy(
        "CREATE TABLE ticket (id NUMBER PRIMARY KEY)",
        "INSERT INTO ticket VALUES (2)",
        "CREATE SEQUENCE ticket_numbers START WITH 70",
        "CREATE OR REPLACE TRIGGER ticket_touch BEFORE INSERT ON ticket FOR EACH ROW\n"
        "BEGIN\n  SELECT ticket_numbers.NEXTVAL INTO :NEW.id FROM DUAL;\nEND;",
    )
    family.agree("ticket", [("id", "ID")])
    script = _made(family, "ticket")
    assert "TICKET_TOUCH" in script
    (item,) = check_script(family.run, parse(script))
    assert (item.effect, item.why[:20]) == (Effect.REFUSED, "trigger TICKET_TOUCH")
    assert execute(family.oracle, script) == [0]
    assert execute(family.oracle, script) == [0]
    family.legacy("ALTER TRIGGER ticket_touch DISABLE")
    assert _effects(family, script) == [Effect.CHANGES]
    assert execute(family.oracle, script) == [1]
    assert family.results("ticket")[0].status is Status.EQUAL


def test_a_check_constraint_is_asked_beforehand(family: Box) -> None:
    family.postgresql(
        "CREATE TABLE travelbuddy.seat (id int8 PRIMARY KEY, place int4)",
        "INSERT INTO travelbuddy.seat VALUES (1, 0), (2, 5), (3, NULL), (4, -1)",
    )
    family.legacy(
        "CREATE TABLE seat (id NUMBER PRIMARY KEY, place NUMBER CONSTRAINT seat_place CHECK "
        "(place > 0), "
        "other NUMBER CONSTRAINT seat_other CHECK (other > 0))",
        "INSERT INTO seat VALUES (4, 7, 1)",
    )
    family.agree("seat", [("id", "ID"), ("place", "PLACE")])
    found = check_script(family.run, parse(_made(family, "seat")))
    refused = {item.statement.key[0]: item.why for item in found if item.effect is Effect.REFUSED}
    assert set(refused) == {1, 4}
    assert all(why.startswith("ORA-02290: SEAT_PLACE") for why in refused.values())
    assert [item.effect for item in found].count(Effect.CHANGES) == 2
