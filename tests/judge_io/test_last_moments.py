"""An interruption behind the last table, while everything is closed: what was proven by then is
reported.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from exit_codes import ExitCode
from reconciliation import __main__ as command
from reconciliation.compare.resume.store import Checkpoints
from reconciliation.compare.segments.workers import Workers
from reconciliation.compare.start import Resume
from tests.clusters import Cluster, temporary_cluster

from .box import Box

TOLD = "reconciliation: interrupted by SIGTERM; reported is what was judged before\n"
ENDING = [(Workers, "close"), (Engine, "dispose"), (Resume, "finish"), (Checkpoints, "_unlock")]


def _hit(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
    """SIGTERM comes at the end of the first call of ``owner``'s ``name``."""
    plain, hits = getattr(owner, name), iter([signal.SIGTERM])

    def called(*given: Any, **named: Any) -> Any:
        found = plain(*given, **named)
        for number in hits:
            os.kill(os.getpid(), number)
        return found

    monkeypatch.setattr(owner, name, called)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with temporary_cluster() as started:
        started.execute("CREATE SCHEMA s")
        for name in ("one", "same", "other", "empty"):
            started.execute(f"CREATE TABLE s.{name} (id int8 PRIMARY KEY, a text)")
        for name, word in (("one", "a"), ("same", "a"), ("other", "b")):
            started.execute(f"INSERT INTO s.{name} VALUES (1, '{word}')")
        yield started


@pytest.mark.parametrize(("owner", "name"), ENDING)
@pytest.mark.parametrize(
    ("pair", "verdict", "code"),
    [
        ("s.one=s.other", "DIFFERENT", ExitCode.BROKEN),
        ("s.empty=s.empty", "NOT JUDGED", ExitCode.INTERRUPTED),
        ("s.one=s.same", "EQUAL", ExitCode.DONE),
    ],
)
def test_copies_are_reported(
    cluster: Cluster,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    owner: Any,
    name: str,
    pair: str,
    verdict: str,
    code: ExitCode,
) -> None:
    monkeypatch.setattr(command, "ROOT", tmp_path)
    _hit(monkeypatch, owner, name)
    url = f"postgresql://{cluster.user}@{cluster.host}:{cluster.port}/postgres"
    status = command.main(
        ["copies", "--source", url, "--target", url, "--no-history", "--json", "--table", pair]
    )
    told = capsys.readouterr()
    assert (status, told.err) == (code, TOLD)
    assert json.loads(told.out)["verdict"] == verdict


@pytest.mark.parametrize(
    ("there", "verdict", "code"),
    [
        ("b", "DIFFERENT", ExitCode.BROKEN),
        (None, "NOT JUDGED", ExitCode.INTERRUPTED),
        ("a", "EQUAL", ExitCode.DONE),
    ],
)
def test_tables_are_reported(box: Box, there: str | None, verdict: str, code: ExitCode) -> None:
    rows = [("1, 'a'", f"1, '{there}'")] if there else []
    box.table(
        "t", "id int8 PRIMARY KEY, note text", "id NUMBER(19) PRIMARY KEY, note VARCHAR2(9)", rows
    )
    box.contract("t", ["id", "note"])
    _hit(box.monkeypatch, Workers, "close")
    outcome = box.run()
    assert (outcome.status, outcome.err) == (code, TOLD)
    assert outcome.report["verdict"] == verdict
