"""The suite against the real parallel run in a box: what it may not write, what it must notice, what it must sweep."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg2
import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("features", "steps", "fixtures", "reconciliation", "lab", "contracts", "environments")
PARTS = (*ROOMS, "conftest.py", "pytest.ini")
INSERTS = "features/04-change-propagation/insert.feature"
UPDATES = "features/04-change-propagation/update.feature"
DELETES = "features/04-change-propagation/delete.feature"
COUNTERS = "SELECT sum(n_tup_ins), sum(n_tup_upd), sum(n_tup_del) FROM pg_stat_all_tables WHERE schemaname !~ '^pg_'"


class Place:
    """A copy of the project with a lab of its own, so that nobody's reports and labs are touched."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.environment = {**os.environ, "LAB_STATE_DIR": str(root / "labs")}

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *arguments]
        return subprocess.run(command, cwd=self.root, env=self.environment, capture_output=True, text=True, check=False)

    def lab(self, verb: str, *more: str) -> str:
        done = self.python("-m", "lab", verb, *more)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def features(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.python("-m", "pytest", *arguments, "-p", "no:cacheprovider")

    def connect(self, which: str) -> Any:
        """PostgreSQL as superuser: `postgres`, the source, or `store`, where the stand-in for Oracle keeps its rows."""
        state = json.loads((self.root / "labs/lab/state.json").read_text(encoding="utf-8"))[which]
        return psycopg2.connect(
            host=state["host"], port=state["port"], dbname=state["database"], user=state["user"],
            password=state["password"],
        )  # fmt: skip

    def ask(self, which: str, query: str) -> Any:
        connection = self.connect(which)
        try:
            with connection.cursor() as cursor:
                cursor.execute(query)
                return cursor.fetchall()
        finally:
            connection.close()

    def counters(self) -> list[Any]:
        """Rows inserted, updated and deleted so far, by the databases' own count, in the source and in the store."""
        return [self.ask(which, COUNTERS)[0] for which in ("postgres", "store")]

    def secrets(self) -> set[str]:
        """Every password of the lab."""
        found = set(re.findall(r'"password": "([^"]+)"', (self.root / "labs/lab/state.json").read_text("utf-8")))
        assert len(found) >= 2
        return found

    def everything_written(self) -> str:
        """All text below reports/."""
        files = [path for path in (self.root / "reports").rglob("*") if path.is_file()]
        assert len(files) > 10
        return "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in files)

    @property
    def verdict(self) -> Mapping[str, Any]:
        return json.loads((self.root / "reports/verdict.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One lab for all tests of this module."""
    root = tmp_path_factory.mktemp("project")
    for name in PARTS:
        source = ROOT / name
        ignore = shutil.ignore_patterns("__pycache__")
        (shutil.copytree(source, root / name, ignore=ignore) if source.is_dir() else shutil.copy(source, root / name))
    profile = root / "environments/lab.toml"
    patient = profile.read_text(encoding="utf-8")
    # what the faults keep from arriving is waited for in vain: shorter than in earnest
    profile.write_text(patient.replace("arrival_limit_seconds = 30", "arrival_limit_seconds = 6"), encoding="utf-8")
    assert profile.read_text(encoding="utf-8") != patient
    made = Place(root)
    made.lab("up", "--detach", "--json")
    yield made
    made.lab("down")


def test_a_nightly_run_holds_and_writes_nothing_on_either_side(place: Place) -> None:
    before = place.counters()
    done = place.features("features", "-m", "nightly")
    assert done.returncode == 0, done.stdout
    assert place.verdict["guarantees"]["passed"] > 20
    time.sleep(1.1)  # PostgreSQL publishes the counters of a session at most once a second
    assert place.counters() == before
    assert not (place.root / "reports/journal-lab.json").exists()


def test_the_counters_would_tell_a_single_write(place: Place) -> None:
    before = place.counters()
    connection = place.connect("postgres")
    with connection, connection.cursor() as cursor:
        cursor.execute("UPDATE travelbuddy.flightspecial SET body = body WHERE id = 1")
    connection.close()
    deadline = time.monotonic() + 10
    while any(now == then for now, then in zip(place.counters(), before, strict=True)):
        assert time.monotonic() < deadline, "the counters of one side did not move"
        time.sleep(0.2)


@pytest.mark.parametrize(
    ("name", "selected", "evidence"),
    [
        (
            "supplementary_character_lost",
            ("features/05-values",),
            ("seed ", "header -> HEADER  PostgreSQL", "the simplest ", "silently altered"),
        ),
        ("deletes_ignored", (DELETES, "-k", "disappears"), ("the row is extra in Oracle",)),
        ("duplicate_insert_refused", (INSERTS, "-k", "own_id or written_with"), ("dropped a change: ORA-00001",)),
        ("update_lost_every_nth", (UPDATES, "-k", "many_rows"), ("10 of 20 rows differ in Oracle", "'Busan'")),
    ],
)
def test_a_planted_fault_turns_the_guarantees_red_with_evidence(
    place: Place, name: str, selected: tuple[str, ...], evidence: tuple[str, ...]
) -> None:
    place.lab("fault", "on", name)
    try:
        done = place.features(*selected)
    finally:
        place.lab("fault", "off", name)
    assert done.returncode == 1, done.stdout
    messages = "\n".join(one["message"] for one in place.verdict["not_held"])
    for words in evidence:
        assert words in messages
    assert place.verdict["verdict"] == "NOT READY"
    shown = done.stdout + done.stderr + place.everything_written()
    assert not [secret for secret in place.secrets() if secret in shown]


def test_what_a_killed_run_left_is_swept_by_the_next_one(place: Place) -> None:
    run = subprocess.Popen(
        [sys.executable, "-m", "pytest", "features/04-change-propagation", "-p", "no:cacheprovider"],
        cwd=place.root, env=place.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    left = "SELECT count(*) FROM travelbuddy.flightspecial WHERE id BETWEEN 900000000 AND 900999999"
    deadline = time.monotonic() + 40
    while place.ask("postgres", left)[0][0] < 50 and time.monotonic() < deadline:
        time.sleep(0.2)
    run.send_signal(signal.SIGKILL)
    run.wait()
    assert place.ask("postgres", left)[0][0] >= 50
    assert (place.root / "reports/journal-lab.json").exists()
    done = place.features(INSERTS, "-k", "written_with")
    assert done.returncode == 0, done.stdout
    assert "of a run that was killed" in done.stdout
    assert place.ask("postgres", left)[0][0] == 0
    assert not (place.root / "reports/journal-lab.json").exists()
    whole = place.features("features/07-whole-tables")
    assert whole.returncode == 0, whole.stdout


def test_a_second_writing_run_is_refused_in_one_line(place: Place) -> None:
    holder = place.connect("postgres")
    try:
        with holder.cursor() as cursor:
            from reconciliation.runlock import lock_number

            cursor.execute("SELECT pg_advisory_lock(%s)", (lock_number("lab"),))
            done = place.features(INSERTS)
    finally:
        holder.close()
    assert done.returncode == 2, done.stdout
    assert place.verdict["reason"].startswith("another run holds environment 'lab'")
    assert "Traceback" not in done.stdout
