"""Repair of tables that point to each other, and what stands in the way of a statement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from reconciliation.cli.repair import repair_script
from reconciliation.compare import by_key
from reconciliation.model import Status
from reconciliation.repair import plan as planning
from reconciliation.repair.check import Effect, check_script
from reconciliation.repair.script import parse

from .repair_box import Box, box, effects, script_for
from .sqlplus import execute


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
    script = script_for(judge, *names)
    assert effects(judge, script) == [Effect.CHANGES] * len(parse(script))
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
    script = script_for(family, "node")
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
    only_trips = check_script(family.run, parse(script_for(family, "trip")))
    assert [item.statement.key for item in only_trips] == [(5,), (1,)]
    assert [item.effect for item in only_trips] == [Effect.CHANGES, Effect.REFUSED]
    assert only_trips[1].why.startswith("ORA-02291: TRIP_AGENCY")
    only_agencies = check_script(family.run, parse(script_for(family, "agency")))
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
    script = script_for(family, "egg", "hen")
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
    script = script_for(family, "agency")

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
    script = script_for(family, "ticket")
    assert "TICKET_TOUCH" in script
    (item,) = check_script(family.run, parse(script))
    assert (item.effect, item.why[:20]) == (Effect.REFUSED, "trigger TICKET_TOUCH")
    assert execute(family.oracle, script) == [0]
    assert execute(family.oracle, script) == [0]
    family.legacy("ALTER TRIGGER ticket_touch DISABLE")
    assert effects(family, script) == [Effect.CHANGES]
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
    found = check_script(family.run, parse(script_for(family, "seat")))
    refused = {item.statement.key[0]: item.why for item in found if item.effect is Effect.REFUSED}
    assert set(refused) == {1, 4}
    assert all(why.startswith("ORA-02290: SEAT_PLACE") for why in refused.values())
    assert [item.effect for item in found].count(Effect.CHANGES) == 2
