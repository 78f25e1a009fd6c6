"""Sweeping by the journal between two databases: keys of any kind, foreign keys, LOBs; what cannot
be removed is told and kept, and nobody else's row is touched.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from reconciliation.errors import Broken, Unseen
from reconciliation.model import Key
from reconciliation.session import markers, preflight, removal, sweeping
from reconciliation.session.marker import Marker
from reconciliation.session.places import Place
from reconciliation.session.session import Session
from reconciliation.session.sweep import SweepReport, sweep
from reconciliation.session.sweeping import Sweeping
from reconciliation.session.waiting import Arrival
from tests.oracle.fake_engine import USER

from .box import DATABASE, Box

LINE, THEIRS = "00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b"


def _raw(identifier: str) -> str:
    return f"HEXTORAW('{identifier.replace('-', '').upper()}')"


#: table -> columns here, there, and the own and the neighbour's row, here and there
TABLES: dict[str, tuple[str, str, tuple[str, str], tuple[str, str]]] = {
    "payment": (
        "merchant_id int4, payment_no varchar(20), note varchar(60), "
        "PRIMARY KEY (merchant_id, payment_no)",
        "MERCHANT_ID NUMBER(10), PAYMENT_NO VARCHAR2(20), NOTE VARCHAR2(60), "
        "PRIMARY KEY (MERCHANT_ID, PAYMENT_NO)",
        ("7, 'zz''1', 'own'", "7, 'zz''1', 'own'"),
        ("7, 'app', 'theirs'", "7, 'app', 'theirs'"),
    ),
    "line": (
        "line_id uuid PRIMARY KEY, merchant_id int4, payment_no varchar(20), note varchar(60), "
        "FOREIGN KEY (merchant_id, payment_no) REFERENCES {s}.payment",
        "LINE_ID RAW(16) PRIMARY KEY, MERCHANT_ID NUMBER(10), PAYMENT_NO VARCHAR2(20), "
        "NOTE VARCHAR2(60), FOREIGN KEY (MERCHANT_ID, PAYMENT_NO) "
        "REFERENCES PAYMENT (MERCHANT_ID, PAYMENT_NO)",
        (f"'{LINE}', 7, 'zz''1', 'own'", f"{_raw(LINE)}, 7, 'zz''1', 'own'"),
        (f"'{THEIRS}', 7, 'app', 'theirs'", f"{_raw(THEIRS)}, 7, 'app', 'theirs'"),
    ),
    "category": (
        "id char(3) PRIMARY KEY, parent char(3) REFERENCES {s}.category, note varchar(60)",
        "ID CHAR(3) PRIMARY KEY, PARENT CHAR(3) REFERENCES CATEGORY (ID), NOTE VARCHAR2(60)",
        ("'zz', 'zz', 'own'", "'zz', 'zz', 'own'"),
        ("'app', NULL, 'theirs'", "'app', NULL, 'theirs'"),
    ),
    "day": (
        "day date PRIMARY KEY, note text",
        "DAY DATE PRIMARY KEY, NOTE CLOB",
        ("'2900-01-01', 'own'", "DATE '2900-01-01', 'own'"),
        ("'2900-01-02', 'theirs'", "DATE '2900-01-02', 'theirs'"),
    ),
}
OWN: dict[str, Key] = {
    "payment": (7, "zz'1"),
    "line": (bytes.fromhex(LINE.replace("-", "")),),
    "category": ("zz",),
    "day": (datetime(2900, 1, 1),),
}
KEYS = {"payment": ["merchant_id", "payment_no"], "line": ["line_id"], "category": ["id"]}
COLUMNS = {
    "payment": ("merchant_id", "payment_no", "note"),
    "line": ("line_id", "merchant_id", "payment_no", "note"),
    "category": ("id", "parent", "note"),
    "day": ("day", "note"),
}


@pytest.fixture
def world(box: Box) -> Iterator[Box]:
    """Four tables with a neighbour's row each."""
    for name, (here, there, _, theirs) in TABLES.items():
        box.table(name, here, there, [theirs])
        key = str(KEYS.get(name, ["day"])).replace("'", '"')
        conversions = {"line_id": "uuid_raw"} if name == "line" else {}
        box.contract(name, COLUMNS[name], f"key = {key}", **conversions)
    yield box
    box.made.reverse()  # children go first


def _write(box: Box, session: Session, *sides: str) -> None:
    """The own rows, noted first."""
    for name, (_, _, own, _) in TABLES.items():
        session.journal.note(f"{box.schema}.{name}", [OWN[name]])
        if "here" in sides:
            box.here(f"INSERT INTO {{s}}.{name} VALUES ({own[0]})")
        if "there" in sides:
            box.there(f"INSERT INTO {name} VALUES ({own[1]})")


def _notes(box: Box) -> dict[str, tuple[list[str], list[str]]]:
    """Whose rows stand, here and there."""
    found = {}
    for name in TABLES:
        with closing(box.cluster.connect(DATABASE)) as connection, connection.cursor() as cursor:
            cursor.execute(f"SELECT note FROM {box.schema}.{name}")
            here = sorted(row[0] for row in cursor.fetchall())
        with box.oracle.cursor() as cursor:
            cursor.execute(f"SELECT note FROM {name}")
            there = sorted(str(row[0]) for row in cursor.fetchall())
        found[name] = (here, there)
    return found


UNTOUCHED = {name: (["theirs"], ["theirs"]) for name in TABLES}


@contextmanager
def _killed(box: Box, *sides: str, **changes: Any) -> Iterator[None]:
    """A run that wrote its rows, and was killed."""
    with box.session(**changes) as session:
        sweep(session)
        _write(box, session, *sides)
    yield


def _swept(box: Box, **changes: Any) -> SweepReport:
    with box.session(**changes) as session:
        return sweep(session, final=True)


def _journals(box: Box) -> list[str]:
    return sorted(path.name for path in (box.root / "reports").iterdir())


@pytest.mark.parametrize("sides", [("here", "there"), ("here",), ("there",), ()], ids=str)
def test_nothing_of_a_killed_run_stays_on_either_side(world: Box, sides: tuple[str, ...]) -> None:
    with _killed(world, *sides):
        report = _swept(world)
    assert report.after_killed_run
    assert report.left == ()
    assert _notes(world) == UNTOUCHED
    rows = ("here" in sides, "there" in sides)
    assert {
        name: (table.source_rows, table.target_rows) for name, table in report.tables.items()
    } == {f"{world.schema}.{name}": rows for name in TABLES}
    assert _journals(world) == []


@pytest.mark.parametrize(
    ("kind", "written"), [("VARCHAR2(36)", "'{}'"), ("RAW(16)", "HEXTORAW(REPLACE('{}', '-'))")]
)
def test_a_row_of_a_table_that_is_not_mapped_is_known_by_its_uuid(
    world: Box, kind: str, written: str
) -> None:
    rows = [(f"'{one}', 'x'", f"{written.format(one)}, 'x'") for one in (LINE, THEIRS)]
    world.table("stray", "id uuid PRIMARY KEY, x text", f"ID {kind} PRIMARY KEY, X CLOB", rows)
    with _killed(world, sweep_target_orphans=True), world.session() as session:
        sweep(session)
        session.journal.note(f"{world.schema}.stray", [(LINE,)])
    report = _swept(world, sweep_target_orphans=True)
    assert report.left == ()
    swept = report.tables[f"{world.schema}.stray"]
    assert (swept.source_rows, swept.target_rows) == (1, 1)
    assert _journals(world) == []


def test_rows_are_removed_in_small_transactions_and_together_where_they_have_to_be(
    world: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each refused part is tried again: the row of another part that referred to it is gone by
    then, and a ring goes as a whole.
    """
    world.here(
        "ALTER TABLE {s}.category ALTER CONSTRAINT category_parent_fkey DEFERRABLE INITIALLY "
        "DEFERRED"
    )
    monkeypatch.setattr(removal, "ROWS_PER_TRANSACTION", 2)
    transactions, act = list[int](), removal.act

    def counted(session: Session, acts: Any) -> Any:
        transactions.append(sum(len(one.keys) for one in acts))
        return act(session, acts)

    monkeypatch.setattr(removal, "act", counted)
    keys = ("za", "zb", "zc", "zd", "ze")
    parents = ("za", "ze", "zb", "zc", "zb")  # zb and ze refer to each other
    with world.session() as session:
        sweep(session)
        session.journal.note(f"{world.schema}.category", [(key,) for key in keys])
        rows = ", ".join(f"('{k}', '{p}', 'own')" for k, p in zip(keys, parents, strict=True))
        world.here(f"INSERT INTO {{s}}.category VALUES {rows}")
    transactions.clear()
    report = _swept(world)
    assert report.left == ()
    assert report.tables[f"{world.schema}.category"].source_rows == 5
    assert _notes(world) == UNTOUCHED
    assert transactions[:3] == [2, 2, 1]
    assert sum(transactions) > 5  # what was refused at first


def test_a_row_somebody_refers_to_stays_told_and_known(world: Box) -> None:
    world.here(
        "CREATE TABLE {s}.app (merchant_id int4, payment_no varchar(20), "
        "FOREIGN KEY (merchant_id, payment_no) REFERENCES {s}.payment)"
    )
    with _killed(world, "here", "there"):
        world.here("INSERT INTO {s}.app VALUES (7, 'zz''1')")
        report = _swept(world)
    [line] = report.left
    assert line.startswith(f"{world.schema}.payment: rows under 1 keys of this run may stay (")
    assert 'still referenced from table "app"' in line
    assert _notes(world) == {**UNTOUCHED, "payment": (["own", "theirs"], ["theirs"])}
    assert _journals(world) == ["journal-box.jsonl"]
    world.here("DELETE FROM {s}.app")
    report = _swept(world)
    assert (report.after_killed_run, report.left) == (False, ())
    assert _notes(world) == UNTOUCHED
    assert _journals(world) == []


def test_what_oracle_keeps_is_listed_with_a_script(world: Box) -> None:
    world.there(
        "CREATE TABLE APP (MERCHANT_ID NUMBER(10), PAYMENT_NO VARCHAR2(20), FOREIGN KEY "
        "(MERCHANT_ID, PAYMENT_NO) REFERENCES PAYMENT (MERCHANT_ID, PAYMENT_NO))"
    )
    world.made.append("APP")
    with _killed(world, "here", "there"):
        world.there("INSERT INTO APP VALUES (7, 'zz''1')")
        report = _swept(world)
    [line] = report.left
    assert f"{USER}.PAYMENT" in line
    assert "ORA-02292" in line
    assert line.endswith("left-in-oracle-box.sql removes those in Oracle")
    assert _notes(world) == {**UNTOUCHED, "payment": (["theirs"], ["own", "theirs"])}
    script = (world.root / "reports" / "left-in-oracle-box.sql").read_text(encoding="utf-8")
    [statement] = [one for one in script.splitlines() if one.startswith("DELETE")]
    world.there("DELETE FROM APP", statement.rstrip(";"))
    assert _notes(world) == UNTOUCHED
    assert _swept(world).left == ()
    assert _journals(world) == []


def test_a_key_that_was_left_is_never_used_again(world: Box) -> None:
    with _killed(world, "there"):
        world.there("CREATE TABLE APP (ID CHAR(3) REFERENCES CATEGORY (ID))")
        world.made.append("APP")
        world.there("INSERT INTO APP VALUES ('zz')")
        assert len(_swept(world).left) == 1
    with world.session() as session:
        sweep(session)
        assert session.journal.noted(f"{world.schema}.category") == {("zz",)}
    world.there("DELETE FROM APP")
    _swept(world)


def test_a_locked_table_does_not_keep_the_others_from_being_swept(world: Box) -> None:
    with _killed(world, "here", "there"), closing(world.cluster.connect(DATABASE)) as holder:
        holder.autocommit = False
        with holder.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {world.schema}.day IN SHARE MODE")
            report = _swept(world)
    [line] = report.left
    assert line.startswith(f"{world.schema}.day: ")
    assert "a lock of somebody else kept the statement waiting" in line
    assert _notes(world) == {**UNTOUCHED, "day": (["own", "theirs"], ["theirs"])}
    assert _swept(world).left == ()
    assert _notes(world) == UNTOUCHED


def test_orphans_of_any_key_are_removed_in_a_lab_and_nowhere_else(world: Box) -> None:
    for is_lab in (False, True):
        with _killed(world, sweep_target_orphans=is_lab):
            world.there("INSERT INTO PAYMENT VALUES (7, 'renumbered', 'own')")
            report = _swept(world, sweep_target_orphans=is_lab)
        assert report.tables[f"{world.schema}.payment"].orphans == is_lab
        assert _notes(world)["payment"][1] == (["theirs"] if is_lab else ["own", "theirs"])
        world.there("DELETE FROM PAYMENT WHERE PAYMENT_NO = 'renumbered'")
    assert _notes(world) == UNTOUCHED


def test_orphans_stay_for_whoever_looks_at_oracle_before_the_last_sweep(world: Box) -> None:
    with world.session(sweep_target_orphans=True) as session:
        sweep(session)
        world.there("INSERT INTO PAYMENT VALUES (7, 'by a stranger', 'own')")
        assert sweep(session, orphans=False).removed == 0
        assert sweep(session, orphans=False).removed == 0
        assert _notes(world)["payment"][1] == ["own", "theirs"]
        assert sweep(session, final=True).tables[f"{world.schema}.payment"].orphans == 1
    assert _notes(world) == UNTOUCHED
    assert _journals(world) == []


def _marker_brings(monkeypatch: pytest.MonkeyPatch, change: Callable[[], None]) -> None:
    """A task that runs: with each marker ``change`` arrives, too."""

    def wait(_: object, written: Sequence[Marker], limit: float) -> Mapping[str, Arrival]:
        change()
        return {one.table: Arrival(True, 0, 0, None, one) for one in written}

    monkeypatch.setattr(markers, "wait", wait)


@pytest.mark.parametrize("is_late", [True, False], ids=["somebody's delete is late", "an orphan"])
def test_somebody_elses_row_whose_delete_is_on_its_way_is_no_orphan(
    world: Box, monkeypatch: pytest.MonkeyPatch, is_late: bool
) -> None:
    gone = "DELETE FROM PAYMENT WHERE PAYMENT_NO = 'new'"
    _marker_brings(monkeypatch, lambda: world.there(gone) if is_late else None)
    with world.session(sweep_target_orphans=True) as session:
        sweep(session)
        world.there("INSERT INTO PAYMENT VALUES (7, 'new', 'theirs, deleted by now')")
        task = replace(session.parallel_run.task, status="running")
        monkeypatch.setattr(sweeping, "describe_task", lambda _: task)
        report = sweep(session, final=True)
    assert report.tables[f"{world.schema}.payment"].orphans == (not is_late)
    assert _notes(world) == UNTOUCHED


def test_an_orphan_whose_key_somebody_takes_stays(
    world: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete_all = removal._delete_all

    def taken(connection: Any, side: Any, keys: frozenset[Key]) -> int:
        if (7, "taken") in keys:
            world.here("INSERT INTO {s}.payment VALUES (7, 'taken', 'theirs')")
        return delete_all(connection, side, keys)

    monkeypatch.setattr(removal, "_delete_all", taken)
    with world.session(sweep_target_orphans=True) as session:
        sweep(session)
        world.there("INSERT INTO PAYMENT VALUES (7, 'taken', 'theirs')")
        world.there("INSERT INTO PAYMENT VALUES (7, 'an orphan', 'a stranger')")
        assert sweep(session, final=True).tables[f"{world.schema}.payment"].orphans == 1
    assert _notes(world)["payment"] == (["theirs", "theirs"], ["theirs", "theirs"])


@pytest.mark.parametrize(
    ("came", "kept", "silent", "waited_for"),
    [
        (TABLES.keys(), (), (), TABLES.keys()),
        (TABLES.keys(), ("day",), (), TABLES.keys()),
        (TABLES.keys() - {"line"}, (), (), TABLES.keys() - {"line"}),
        (TABLES.keys(), (), ("line",), TABLES.keys() - {"line"}),
        ((), ("day",), (), TABLES.keys()),  # nothing comes at all: it may be late
        ((), (), TABLES.keys(), TABLES.keys()),
    ],
    ids=[
        "all arrive",
        "a delete is lost",
        "a table is silent",
        "a table was silent",
        "everything is late",
        "everything was late",
    ],
)
def test_deletes_that_a_marker_has_overtaken_are_not_waited_for(
    world: Box,
    monkeypatch: pytest.MonkeyPatch,
    came: Collection[str],
    kept: Sequence[str],
    silent: Collection[str],
    waited_for: Collection[str],
) -> None:
    def wait(_: object, written: Sequence[Marker], limit: float) -> Mapping[str, Arrival]:
        arrived = {one.table: one.table.partition(".")[2] in came for one in written}
        assert not {name.partition(".")[2] for name in arrived} & set(silent)
        return {one.table: Arrival(arrived[one.table], 0, 0, None, one) for one in written}

    asked: list[set[str]] = []
    late: list[str] = []
    await_empty = Sweeping._await_empty

    def awaited(self: Sweeping, expected: Sequence[Place], limit: float) -> None:
        asked.append({place.name.partition(".")[2] for place in expected})
        await_empty(self, expected, limit)

    def look_once(check: Callable[[], None], *_: object, **__: object) -> None:
        try:
            check()
        except Broken as broken:
            late.append(str(broken))

    monkeypatch.setattr(markers, "wait", wait)
    monkeypatch.setattr(Sweeping, "_await_empty", awaited)
    monkeypatch.setattr(sweeping, "eventually", look_once)
    with _killed(world, "here"):
        for name in kept:
            world.there(f"INSERT INTO {name} VALUES ({TABLES[name][2][1]})")
        with world.session() as session:
            task = replace(session.parallel_run.task, status="running")
            monkeypatch.setattr(sweeping, "describe_task", lambda _: task)
            names = [f"{world.schema}.{name}" for name in silent]
            report = sweep(session, final=True, silent=names)
    assert asked == [set(waited_for)]
    # a row that stays behind a marker that has come is not waited for
    assert late == [
        f"rows of the run in {world.schema}.{name} in Oracle" for name in kept if not came
    ]
    assert report.left == ()
    assert _notes(world) == UNTOUCHED


def test_a_table_that_is_gone_keeps_its_keys_and_the_others_are_swept(world: Box) -> None:
    with _killed(world, "here", "there"):
        world.here("ALTER TABLE {s}.day RENAME TO other_day")
        (world.root / "contracts" / "day.toml").unlink()
        report = _swept(world)
        [line] = report.left
        assert line.startswith(f"{world.schema}.day: ")
        world.here("ALTER TABLE {s}.other_day RENAME TO day")
    assert {name: rows for name, rows in _notes(world).items() if name != "day"} == {
        name: rows for name, rows in UNTOUCHED.items() if name != "day"
    }
    world.contract("day", COLUMNS["day"], 'key = ["day"]')
    assert _swept(world).left == ()
    assert _notes(world) == UNTOUCHED


@pytest.mark.parametrize("tables", [("CATEGORY", "DAY"), tuple(name.upper() for name in TABLES)])
def test_a_table_a_run_could_not_be_removed_from_is_not_written_to(
    world: Box, monkeypatch: pytest.MonkeyPatch, tables: tuple[str, ...]
) -> None:
    def refused(connection: object, table: str) -> Unseen | None:
        return Unseen(f"GRANT DELETE ON {table}") if table.partition(".")[2] in tables else None

    monkeypatch.setattr(preflight.oracle, "delete_refused", refused)
    if len(tables) == len(TABLES):  # nothing is left that a run could do
        with pytest.raises(Unseen, match=f"GRANT DELETE ON {USER}.CATEGORY; GRANT"):
            world.session()
        return
    with world.session() as session:
        sweep(session)
        names = [f"{world.schema}.{name}" for name in TABLES]
        told = {marker.table: marker.refused for marker in markers.write(session, names)}
        sweep(session, final=True)
    assert told == {
        name: f"GRANT DELETE ON {USER}.{name.partition('.')[2].upper()}"
        if name.partition(".")[2].upper() in tables
        else ""
        for name in names
    }
    assert _notes(world) == UNTOUCHED


@pytest.mark.parametrize(
    ("kept", "silent", "waited_for"),
    [((), (), {"payment", "day"}), (("payment",), (), {"day"}), ((), ("day",), {"payment"})],
    ids=["its marker arrives", "a delete is lost", "it was silent"],
)
def test_a_heartbeat_is_written_behind_the_deletes_of_other_tables(
    world: Box,
    monkeypatch: pytest.MonkeyPatch,
    kept: Sequence[str],
    silent: Collection[str],
    waited_for: Collection[str],
) -> None:
    written: list[str] = []

    def wait(_: object, some: Sequence[Marker], limit: float) -> Mapping[str, Arrival]:
        written.extend(one.table.partition(".")[2] for one in some)
        return {one.table: Arrival(True, 0, 0, one.key, one) for one in some}

    asked: list[set[str]] = []

    def await_empty(this: Sweeping, expected: Sequence[Place], limit: float) -> None:
        stay = this._standing(expected, this._keys())
        waited = [one for one in expected if not this._is_lost(one, stay[one.name])]
        asked.append({place.name.partition(".")[2] for place in waited})

    monkeypatch.setattr(markers, "wait", wait)
    monkeypatch.setattr(Sweeping, "_await_empty", await_empty)
    with world.session() as session:
        sweep(session)
        session.journal.note(f"{world.schema}.payment", [OWN["payment"]])
    for name in kept:
        world.there(f"INSERT INTO {name} VALUES ({TABLES[name][2][1]})")
    with world.session() as session:
        run = session.parallel_run
        section = replace(run.profile.replication, heartbeat=f"{world.schema}.day")
        session.parallel_run = replace(run, profile=replace(run.profile, replication=section))
        task = replace(run.task, status="running")
        monkeypatch.setattr(sweeping, "describe_task", lambda _: task)
        sweep(session, final=True, silent=[f"{world.schema}.{name}" for name in silent])
    assert written == ([] if silent else ["day"])
    assert asked == [set(waited_for)]
    assert _notes(world) == UNTOUCHED
