"""kill -9 at any moment of a run over many tables: the next sweep leaves not one of its rows on
either side, and every other row as it was.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from reconciliation.agreed.profile import Profile, load_profile
from reconciliation.databases.quoting import text_quoted_table
from reconciliation.session.lab_state import with_running_lab
from reconciliation.session.opening import open_session
from reconciliation.session.session import Session
from reconciliation.session.sweep import sweep
from tests.children import lab_in_the_foreground

from .samples import ROOT

#: ten seconds each; MOMENTS=20 for a longer look
MOMENTS = int(os.environ.get("MOMENTS", "5"))
#: seconds: from the first sweep of a run to its third or fourth turn
LONGEST_LIFE = 7.0
#: seconds in which what is still under way would arrive
LATER = 1.5

VICTIM = """
import random, sys
from dataclasses import replace
from pathlib import Path
from reconciliation.agreed.profile import load_profile
from reconciliation.making import Delete, Insert, Update
from reconciliation.replication import describe_task, start_task, stop_task
from reconciliation.session import markers
from reconciliation.session.acts import act
from reconciliation.session.lab_state import with_running_lab
from reconciliation.session.opening import open_session
from reconciliation.session.sweep import sweep

random.seed(int(sys.argv[2]))
profile = with_running_lab(load_profile("lab-payments", Path.cwd()))
session = open_session(replace(profile, root=Path(sys.argv[1])))
print("begins", flush=True)
sweep(session)
while True:
    tables = session.maker.tables
    rows = {table: session.maker.rows(table, random.randint(1, 6)) for table in tables}
    act(session, [Insert(own) for several in rows.values() for own in several])
    if random.random() < 0.5:
        markers.wait(session, markers.write(session, rows))
    if describe_task(session.parallel_run).status == "running" and random.random() < 0.3:
        stop_task(session.parallel_run)
    own = {table: several[-1:] for table, several in rows.items()}
    changes = {table: session.maker.change(one) for table, [one] in own.items()}
    changes = {table: values for table, values in changes.items() if values}
    act(session, [Update(table, (own[table][0].key,), it) for table, it in changes.items()])
    if random.random() < 0.5:
        act(session, [Delete(table, (one.key,)) for table, [one] in reversed(own.items())])
    if random.random() < 0.2:
        sweep(session)
    if describe_task(session.parallel_run).status == "stopped" and random.random() < 0.4:
        start_task(session.parallel_run)
"""


@pytest.fixture(scope="module")
def payments(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Profile]:
    """The running lab's profile; journals go elsewhere than to the project."""
    directory = Path(tempfile.mkdtemp(prefix="killed-runs-"))
    directory.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAB_STATE_DIR", str(directory))
        try:
            with lab_in_the_foreground("lab-payments", ROOT, os.environ):
                profile = with_running_lab(load_profile("lab-payments", ROOT))
                yield replace(profile, root=tmp_path_factory.mktemp("killed-runs"))
        finally:
            shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="module")
def before(payments: Profile) -> dict[str, list[str]]:
    with open_session(payments) as session:
        return _rows(session)


def _rows(session: Session) -> dict[str, list[str]]:
    """Every row of every table on both sides, but for what DMS keeps for itself."""
    run, found = session.parallel_run, dict[str, list[str]]()
    for catalogue, engine in zip(run.catalogues, (run.source, run.target), strict=True):
        for name, table in catalogue.items():
            if "awsdms" in name.lower():
                continue
            with engine.connect() as connection:
                rows = connection.execute(text(f"SELECT * FROM {text_quoted_table(table)}"))
                found[name] = sorted(repr([_plain(value) for value in row]) for row in rows)
    return found


def _plain(value: object) -> object:
    return bytes(value) if isinstance(value, memoryview) else value


@pytest.mark.parametrize("moment", range(MOMENTS))
def test_nothing_stays_of_a_run_killed_at_any_moment(
    payments: Profile, before: dict[str, list[str]], moment: int
) -> None:
    victim = subprocess.Popen(
        [sys.executable, "-c", VICTIM, str(payments.root), str(moment)],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
    )
    assert victim.stdout is not None
    assert victim.stdout.readline() == "begins\n"
    # one moment in each part of a run's life
    life = LONGEST_LIFE * (moment + random.Random(moment).random()) / MOMENTS
    time.sleep(life)
    assert victim.poll() is None
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    victim.stdout.close()
    with open_session(payments) as session:
        report = sweep(session, final=True)
        assert report.left == ()
        time.sleep(LATER)  # nothing comes after either
        assert _rows(session) == before
    assert list((payments.root / "reports").iterdir()) == []
