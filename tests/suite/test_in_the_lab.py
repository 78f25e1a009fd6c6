"""The suite against the real parallel run in a box: what it may not write, what it must notice,
what it must sweep.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext

import pytest

from tests.children import lab_in_the_foreground, start_child
from tests.judge_io.denied import Administrators
from tests.suite.place import Place
from tests.waiting import wait_for

INSERTS = "features/04-change-propagation/insert.feature"
UPDATES = "features/04-change-propagation/update.feature"
DELETES = "features/04-change-propagation/delete.feature"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One lab for all tests of this module."""
    made = Place.copy_to(tmp_path_factory.mktemp("project"))
    with lab_in_the_foreground("lab", made.root, made.environment):
        yield made


def test_a_nightly_run_holds_and_writes_nothing_on_either_side(place: Place) -> None:
    before = place.counters()
    done = place.features("features", "-m", "nightly")
    assert done.returncode == 0, done.stdout
    assert place.verdict["guarantees"]["passed"] > 20
    assert (place.verdict["verdict"], place.verdict["scope"]) == ("READY", "reading")
    assert "06-interruption" in place.verdict["out_of_scope"]
    assert place.counters() == before
    assert not (place.root / "reports/journal-lab.jsonl").exists()


def test_a_feature_file_is_waited_for_once_at_most(place: Place) -> None:
    done = place.features("features")
    assert done.returncode == 0, done.stdout
    assert place.waits_are_few()


#: a write at the end of a run that only reads, through the judge's own connection
PLANTED_WRITE = """
import pytest
from sqlalchemy import text

def pytest_runtest_teardown(item, nextitem):
    if nextitem is None:
        from fixtures.run import run_of
        with run_of(item.config).judge.writers.source.begin() as connection:
            connection.execute(text("UPDATE travelbuddy.flightspecial SET body = body WHERE id = 1"))
"""  # noqa: E501


def test_the_counters_tell_a_single_write_of_such_a_run(place: Place) -> None:
    (place.root / "planted_write.py").write_text(PLANTED_WRITE, encoding="utf-8")
    before = place.counters()
    done = place.features("features/07-whole-tables", "-m", "nightly", "-p", "planted_write")
    assert done.returncode == 0, done.stdout
    # the replication carries it over in a session that stays open: the store's count comes late
    wait_for(
        lambda: (
            [now != then for now, then in zip(place.counted(), before, strict=True)] == [True, True]
        )
    )


#: what these keep from arriving is waited for to the end of the limit, several times
KEEPING_BACK = ("deletes_ignored", "transaction_lost_every_nth --option n=1")


@pytest.mark.parametrize(
    ("name", "selected", "evidence"),
    [
        (
            "supplementary_character_lost",
            ("features/05-values",),
            ("seed ", "header -> HEADER  PostgreSQL", "the simplest ", "silently altered"),
        ),
        ("deletes_ignored", (DELETES, "-k", "disappears"), ("the row is extra in Oracle",)),
        (
            "duplicate_insert_refused",
            (INSERTS, "-k", "written_with"),
            ("dropped a change: INSERT of ID 9", "ORA-00001"),
        ),
        (
            "update_lost_every_nth",
            (UPDATES, "-k", "many_rows"),
            ("10 of 20 rows differ in Oracle", "header -> HEADER  PostgreSQL 'verify-"),
        ),
        # every one of them: of every second one it depends on chance whether the change or its
        # marker is lost
        (
            "transaction_lost_every_nth --option n=1",
            (DELETES, "-k", "disappears"),
            ("nothing arrives in Oracle: ",),
        ),
        (
            "first_transaction_lost_on_resume",
            ("features/06-interruption",),
            ("200 of 501 rows differ in Oracle", "is missing in Oracle"),
        ),
        pytest.param(
            "triggers_enabled --table TRAVELBUDDY.FLIGHTSPECIAL; table_suspended --table "
            "travelbuddy.flightspecial",
            ("features/02-replication-set-up",),
            (
                (
                    "trigger FLIGHTSPECIAL_TRIGGER (BEFORE EACH ROW INSERT) on "
                    "TRAVELBUDDY.FLIGHTSPECIAL is enabled"
                ),
                "table travelbuddy.flightspecial is in state 'Table error'",
            ),
            id="triggers_and_suspension",
        ),
        (
            "transaction_half_applied",
            ("features/04-change-propagation/transaction.feature", "-k", "leaves_no_trace"),
            ("the row is extra in Oracle",),
        ),
        (
            "statistics_frozen --table travelbuddy.flightspecial",
            ("features/04-change-propagation/accounting.feature", "-k", "table_statistics"),
            ("the statistics grew by {'inserts': 0, 'updates': 0, 'deletes': 0}",),
        ),
        (
            "applied_counted_twice --table travelbuddy.flightspecial",
            ("features/04-change-propagation/accounting.feature", "-k", "table_statistics"),
            ("'updates': 4, 'deletes': 6} were applied",),
        ),
    ],
)
def test_a_planted_fault_turns_the_guarantees_red_with_evidence(
    place: Place, name: str, selected: tuple[str, ...], evidence: tuple[str, ...]
) -> None:
    less = place.expecting_less() if name in KEEPING_BACK else nullcontext()
    with place.faulty(*name.split(";")), less:
        done = place.features(*selected)
    assert done.returncode == 1, done.stdout
    messages = "\n".join(one["message"] for one in place.verdict["not_held"])
    for words in evidence:
        assert words in messages
    assert place.verdict["verdict"] == "NOT READY"
    shown = done.stdout + done.stderr + place.everything_written()
    assert not [secret for secret in place.secrets() if secret in shown]


OF_TABLE = tuple(
    f"{privilege} ON TRAVELBUDDY.FLIGHTSPECIAL" for privilege in ("SELECT", "DELETE", "FLASHBACK")
)


def test_a_trigger_that_cannot_be_seen_is_not_judged_and_the_rest_is(place: Place) -> None:
    administrators = Administrators(place.state)
    with administrators.only_any_table(*OF_TABLE):
        done = place.features("features/02-replication-set-up", "features/03-column-mapping")
    assert done.returncode == 2, done.stdout
    assert place.verdict["verdict"] == "NOT JUDGED"
    (hidden,) = place.verdict["not_held"]
    assert hidden["scenario"] == "No trigger changes what is replicated into a mapped table"
    assert "GRANT SELECT ON SYS.DBA_TRIGGERS TO VERIFIER" in hidden["message"]
    assert place.verdict["guarantees"]["passed"] > 10


def test_a_table_that_may_not_be_seen_ends_the_run_with_the_grant(place: Place) -> None:
    with Administrators(place.state).without(*OF_TABLE):
        done = place.features("features/02-replication-set-up")
    assert done.returncode == 2, done.stdout
    assert "GRANT SELECT ON TRAVELBUDDY.FLIGHTSPECIAL TO VERIFIER" in place.verdict["reason"]
    assert "Traceback" not in done.stdout


def test_what_a_killed_run_left_is_swept_by_the_next_one(place: Place) -> None:
    run = start_child(
        [
            sys.executable,
            "-m",
            "pytest",
            "features/04-change-propagation",
            "-p",
            "no:cacheprovider",
        ],
        cwd=place.root,
        env=place.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    left = "SELECT count(*) FROM travelbuddy.flightspecial WHERE id BETWEEN 900000000 AND 900999999"

    def stands_still_with_rows() -> bool:
        """It sweeps its rows away in the end: what was seen of one that goes on is gone when it is
        killed late.
        """
        run.send_signal(signal.SIGSTOP)
        found = place.ask("postgres", left)[0][0] >= 50
        if not found:
            run.send_signal(signal.SIGCONT)
        return found

    try:
        wait_for(stands_still_with_rows)
    finally:
        run.kill()
        run.wait()
    assert place.ask("postgres", left)[0][0] >= 50
    assert (place.root / "reports/journal-lab.jsonl").exists()
    done = place.features(INSERTS, "-k", "written_with")
    assert done.returncode == 0, done.stdout
    assert "of a run that was killed" in done.stdout
    assert place.ask("postgres", left)[0][0] == 0
    assert not (place.root / "reports/journal-lab.jsonl").exists()
    whole = place.features("features/07-whole-tables")
    assert whole.returncode == 0, whole.stdout


#: the process is gone at once when it is about to delete one of the rows it has just written to
#: the unmapped table
KILLED_BETWEEN = """
import os, signal

def pytest_collection_finish():
    from reconciliation.making import Delete
    from reconciliation.session import acts

    act = acts.act

    def killed(session, changes, *more):
        if any(one.table.endswith("hotelspecial") and isinstance(one, Delete) for one in changes):
            os.kill(os.getpid(), signal.SIGKILL)
        return act(session, changes, *more)

    acts.act = killed
"""


def test_a_row_of_a_killed_run_in_an_unmapped_table_is_swept_too(place: Place) -> None:
    (place.root / "killed_between.py").write_text(KILLED_BETWEEN, encoding="utf-8")
    hotels = "SELECT id FROM travelbuddy.hotelspecial ORDER BY id"
    before = place.ask("postgres", hotels)
    killed = place.features(
        "features/04-change-propagation/accounting.feature", "-p", "killed_between"
    )
    assert killed.returncode == -signal.SIGKILL
    assert len(place.ask("postgres", hotels)) == len(before) + 2
    done = place.features(INSERTS, "-k", "written_with")
    assert done.returncode == 0, done.stdout
    assert place.ask("postgres", hotels) == before


#: a replication that carries a table it does not map: what is written there is written to Oracle,
#: too
LEAKING = """
import json, os
from pathlib import Path

INSERT = "INSERT INTO TRAVELBUDDY.HOTELSPECIAL (ID, HOTEL, COST) VALUES (:1, 'x', 1)"
DELETE = "DELETE FROM TRAVELBUDDY.HOTELSPECIAL WHERE ID = :1"

def carry(statement, table, key):
    if table.endswith("hotelspecial"):
        import oracledb

        state = json.loads((Path(os.environ["LAB_STATE_DIR"]) / "lab/state.json").read_text("utf-8"))["oracle"]
        dsn = f"{state['host']}:{state['port']}/{state['service']}"
        with oracledb.connect(user=state["user"], password=state["password"], dsn=dsn) as connection:
            connection.cursor().execute(statement, [key])
            connection.commit()

def pytest_collection_finish():
    from reconciliation.making import Insert
    from reconciliation.session import acts

    act = acts.act

    def leaking(session, changes, *more):
        for one in changes:
            inserts = isinstance(one, Insert)
            for key in [one.own.key] if inserts else one.keys:
                carry(INSERT if inserts else DELETE, one.table, key[0])
        return act(session, changes, *more)

    acts.act = leaking
"""  # noqa: E501


def test_a_change_of_an_unmapped_table_that_arrives_breaks_the_guarantee(place: Place) -> None:
    (place.root / "leaking.py").write_text(LEAKING, encoding="utf-8")
    hotels = "SELECT id FROM travelbuddy.hotelspecial ORDER BY id"
    before = place.ask("postgres", hotels)
    done = place.features(
        "features/04-change-propagation/accounting.feature", "-k", "stays_out", "-p", "leaking"
    )
    assert done.returncode == 1, done.stdout
    [broken] = place.verdict["not_held"]
    assert "travelbuddy.hotelspecial is not mapped" in broken["message"]
    assert "1 x the row that was written, travelbuddy.hotelspecial 9" in broken["message"]
    assert "stands in TRAVELBUDDY.HOTELSPECIAL" in broken["message"]
    assert "the row that was deleted" not in broken["message"]
    assert place.ask("postgres", hotels) == before


def test_a_second_writing_run_is_refused_in_one_line(place: Place) -> None:
    holder = place.connect("postgres")
    try:
        with holder.cursor() as cursor:
            from reconciliation.session.lock import lock_number

            cursor.execute("SELECT pg_advisory_lock(%s)", (lock_number("lab"),))
            done = place.features(INSERTS)
    finally:
        holder.close()
    assert done.returncode == 2, done.stdout
    assert place.verdict["reason"].startswith("another run holds environment 'lab'")
    assert "Traceback" not in done.stdout
