"""The guards of a repair script that cannot see claim nothing: not that a statement does its work,
nor that it may.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import oracledb
import pytest

from reconciliation.databases.connections import target_engine
from reconciliation.databases.sight import oracle
from reconciliation.repair import constraints
from reconciliation.repair.check import Effect, check_script
from reconciliation.repair.script import parse
from tests.oracle.fake_engine import USER

from .repair_box import Box, box, effects, script_for
from .sqlplus import execute

READER = "READER"
TABLES = ("agency", "trip")


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """A parent and its child; an account that may log in and nothing else."""
    with box(tmp_path_factory.mktemp("unseen")) as made:
        made.postgresql(
            "CREATE TABLE travelbuddy.agency (id int8 PRIMARY KEY)",
            "CREATE TABLE travelbuddy.trip (id int8 PRIMARY KEY, agency int8)",
        )
        made.legacy(
            "CREATE TABLE agency (id NUMBER PRIMARY KEY)",
            "CREATE TABLE trip (id NUMBER PRIMARY KEY, agency NUMBER CONSTRAINT trip_agency "
            "REFERENCES agency)",
            f"CREATE USER {READER} IDENTIFIED BY secret",
            f"GRANT CREATE SESSION TO {READER}",
        )
        made.agree("agency", [("id", "ID")])
        yield made


@pytest.fixture
def reader(databases: Box, monkeypatch: pytest.MonkeyPatch) -> Iterator[Box]:
    """The judge as that account, once a test has granted it what it may read."""
    databases.postgresql("TRUNCATE travelbuddy.agency, travelbuddy.trip")
    databases.legacy("DELETE FROM trip", "DELETE FROM agency")
    engine = target_engine(replace(databases.target_credentials, user=READER, password="secret"))
    monkeypatch.setattr(databases, "target", engine)
    yield databases
    engine.dispose()


def _granted(judge: Box, *privileges: str) -> None:
    judge.legacy(*(f"GRANT {privilege} TO {READER}" for privilege in privileges))
    judge.agree("agency", [("id", "ID")])


def _revoked(judge: Box, *privileges: str) -> None:
    judge.legacy(*(f"REVOKE {privilege} FROM {READER}" for privilege in privileges))


def test_an_insert_is_not_judged_where_triggers_are_hidden(reader: Box) -> None:
    reader.postgresql("INSERT INTO travelbuddy.agency VALUES (1)")
    _granted(reader, "SELECT ANY TABLE")
    script = script_for(reader, "agency")
    assert f"GRANT SELECT ON SYS.DBA_TRIGGERS TO {READER}" in " ".join(
        script.replace("\n--", "").split()
    )
    (item,) = check_script(reader.run, parse(script))
    assert item.effect is Effect.NOT_JUDGED
    assert item.why.endswith(f"GRANT SELECT ON SYS.DBA_TRIGGERS TO {READER}")
    reader.legacy(f"GRANT SELECT ON SYS.DBA_TRIGGERS TO {READER}")
    assert effects(reader, script) == [Effect.CHANGES]
    _revoked(reader, "SELECT ON SYS.DBA_TRIGGERS", "SELECT ANY TABLE")


def test_a_blind_executor_adds_nothing_and_the_owner_does(reader: Box) -> None:
    """Executed by whom all_triggers hides triggers from, the script cannot
    tell that there is none.
    """
    reader.postgresql("INSERT INTO travelbuddy.agency VALUES (1)")
    _granted(reader, "SELECT ANY TABLE", "INSERT ANY TABLE")
    script = script_for(reader, "agency")
    there = reader.target_credentials
    dsn = f"{there.host}:{there.port}/{there.database}"
    with oracledb.connect(user=READER, password="secret", dsn=dsn) as blind:
        assert execute(blind, script) == [0]
    reader.legacy(f"GRANT SELECT ON {USER}.agency TO {READER}")
    with oracledb.connect(user=READER, password="secret", dsn=dsn) as seeing:
        assert execute(seeing, script) == [1]
    reader.legacy("DELETE FROM agency")
    assert execute(reader.oracle, script) == [1]
    _revoked(reader, "SELECT ANY TABLE", "INSERT ANY TABLE", f"SELECT ON {USER}.agency")


def test_a_delete_is_not_judged_where_children_are_hidden(reader: Box) -> None:
    reader.legacy("INSERT INTO agency VALUES (1)", "INSERT INTO trip VALUES (7, 1)")
    _granted(reader, f"SELECT ON {USER}.agency")
    script = script_for(reader, "agency")
    views = [
        f"GRANT SELECT ON SYS.{view} TO {READER}"
        for view in ("DBA_CONSTRAINTS", "DBA_CONS_COLUMNS")
    ]
    assert all(view in " ".join(script.replace("\n--", "").split()) for view in views)
    (item,) = check_script(reader.run, parse(script))
    assert item.effect is Effect.NOT_JUDGED
    assert item.why.endswith("; ".join(views))

    reader.legacy(*views)  # now the child is known, but its rows are not
    (item,) = check_script(reader.run, parse(script))
    assert item.effect is Effect.NOT_JUDGED
    assert (
        item.why
        == f"rows of {USER}.TRIP cannot be counted; GRANT SELECT ON {USER}.TRIP TO {READER}"
    )

    reader.legacy(f"GRANT SELECT ON {USER}.trip TO {READER}")
    (item,) = check_script(reader.run, parse(script))
    assert (item.effect, item.why) == (
        Effect.REFUSED,
        f"ORA-02292: TRIP_AGENCY: rows of {USER}.TRIP point to it",
    )
    reader.legacy("DELETE FROM trip")
    assert effects(reader, script) == [Effect.CHANGES]
    _revoked(
        reader,
        *(f"SELECT ON {USER}.{table}" for table in TABLES),
        "SELECT ON SYS.DBA_CONSTRAINTS",
        "SELECT ON SYS.DBA_CONS_COLUMNS",
    )


def test_a_check_about_a_column_outside_the_contract_is_not_judged(databases: Box) -> None:
    databases.postgresql(
        "CREATE TABLE travelbuddy.stay (id int8 PRIMARY KEY, nights int4)",
        "INSERT INTO travelbuddy.stay VALUES (1, 3)",
    )
    databases.legacy(
        "CREATE TABLE stay (id NUMBER PRIMARY KEY, nights NUMBER, most NUMBER DEFAULT 9, "
        "CONSTRAINT stay_nights CHECK (nights < most))"
    )
    databases.agree("stay", [("id", "ID"), ("nights", "NIGHTS")])
    (item,) = check_script(databases.run, parse(script_for(databases, "stay")))
    assert item.effect is Effect.NOT_JUDGED
    assert item.why.startswith("STAY_NIGHTS (nights < most) cannot be asked for")


@pytest.fixture(scope="module")
def foreign_parent(databases: Box) -> Box:
    """A child whose parent stands in another schema and has no rows."""
    databases.postgresql(
        "CREATE TABLE travelbuddy.stop (id int8 PRIMARY KEY, place int8)",
        "INSERT INTO travelbuddy.stop VALUES (1, 5), (2, NULL)",
    )
    databases.legacy(
        "CREATE USER ATLAS IDENTIFIED BY secret",
        "GRANT CREATE SESSION, CREATE TABLE, UNLIMITED TABLESPACE TO ATLAS",
    )
    there = databases.target_credentials
    dsn = f"{there.host}:{there.port}/{there.database}"
    with (
        oracledb.connect(user="ATLAS", password="secret", dsn=dsn) as owner,
        owner.cursor() as cursor,
    ):
        cursor.execute("CREATE TABLE place (id NUMBER PRIMARY KEY)")
        cursor.execute(f"GRANT SELECT, REFERENCES ON place TO {USER}")
    databases.legacy(
        "CREATE TABLE stop (id NUMBER PRIMARY KEY, place NUMBER CONSTRAINT stop_place REFERENCES "
        "atlas.place)"
    )
    databases.agree("stop", [("id", "ID"), ("place", "PLACE")])
    return databases


def test_a_parent_in_another_schema_is_looked_for(
    foreign_parent: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = script_for(foreign_parent, "stop")
    refused, fits = check_script(foreign_parent.run, parse(script))
    assert refused.why == "ORA-02291: STOP_PLACE: there is no such row in ATLAS.PLACE"
    assert fits.effect is Effect.CHANGES

    # a parent that is not shown
    monkeypatch.setattr(constraints, "_PARENT", f"{constraints._PARENT} AND 1 = 0")
    warned = " ".join(script_for(foreign_parent, "stop").replace("\n--", "").split())
    assert f"STOP_PLACE of {USER}.STOP points to a table that is hidden" in warned
    unknown, fits = check_script(foreign_parent.run, parse(script))
    assert unknown.effect is Effect.NOT_JUDGED
    assert unknown.why.startswith(f"STOP_PLACE of {USER}.STOP points to a table that is hidden")
    assert fits.effect is Effect.CHANGES


def test_a_table_of_another_schema_that_can_be_read_is_not_said_to_lack_a_grant(
    foreign_parent: Box,
) -> None:
    unseen = oracle.table_unseen(foreign_parent.target, "ATLAS.PLACE")
    assert "ATLAS.PLACE can be read, but is no table of a schema" in str(unseen)
    assert oracle.table_unseen(foreign_parent.target, "ATLAS.NOWHERE") is None
