"""An error nobody foresaw keeps one table, or one check, from being judged: what was proven beside
it stays proven.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from exit_codes import ExitCode
from reconciliation import __main__ as command
from reconciliation.compare import copies, tables
from reconciliation.errors import CannotResume, Stuck
from reconciliation.process import unforeseen
from tests.clusters import Cluster, temporary_cluster

from .box import Box

MISTAKE = "unforeseen ZeroDivisionError: a mistake (traceback: {}); this is a mistake in the suite"


@pytest.fixture
def three(box: Box) -> Box:
    """Three tables, of which the last one differs."""
    for name, there in (("first", "1, 'a'"), ("second", "1, 'a'"), ("third", "1, 'b'")):
        box.table(
            name,
            "id int8 PRIMARY KEY, note text",
            "id NUMBER(19) PRIMARY KEY, note VARCHAR2(100)",
            [("1, 'a'", there)],
        )
        box.contract(name, ["id", "note"])
    return box


def _failing(
    monkeypatch: pytest.MonkeyPatch, module: Any, names: tuple[str, ...], error: Exception
) -> None:
    """Comparing these tables ends with ``error``."""
    name = "compare_contracted" if module is tables else "_compare"
    compare = getattr(module, name)

    def compared(*given: Any) -> Any:
        if any(getattr(one, "source", None) in names for one in given):
            raise error
        return compare(*given)

    monkeypatch.setattr(module, name, compared)


def test_a_table_with_an_unforeseen_error_is_not_judged_and_the_others_are(three: Box) -> None:
    names = (f"{three.schema}.first", f"{three.schema}.second")
    _failing(three.monkeypatch, tables, names, ZeroDivisionError("a mistake"))
    outcome = three.run()
    assert outcome.status == ExitCode.BROKEN, outcome.out + outcome.err
    kept = three.root / "reports/traceback.txt"
    for name in ("first", "second"):
        assert (outcome.table(name)["status"], outcome.table(name)["reason"]) == (
            "not judged",
            MISTAKE.format(kept),
        )
    assert outcome.table("third")["status"] == "divergent"
    assert "in compared" in kept.read_text(encoding="utf-8")


def test_every_traceback_of_a_run_is_kept_and_none_of_the_run_before(tmp_path: Path) -> None:
    kept = tmp_path / unforeseen.NAME
    kept.write_text("of the run before", encoding="utf-8")
    for error in (ZeroDivisionError("the first"), KeyError("the second")):
        assert str(kept) in unforeseen.told(error, tmp_path)
    text = kept.read_text(encoding="utf-8")
    assert text.index("ZeroDivisionError: the first\n") < text.index("KeyError: 'the second'\n")
    assert "of the run before" not in text


def test_what_looks_for_the_reason_may_fail_too(three: Box) -> None:
    """The words for a table come from the database, which answers what nobody foresaw."""
    _failing(
        three.monkeypatch,
        tables,
        (f"{three.schema}.first",),
        tables.CompareError("the keys are none"),
    )
    three.monkeypatch.setattr(tables, "key_trouble", lambda *_: 1 / 0)
    outcome = three.run()
    assert outcome.status == ExitCode.BROKEN, outcome.out + outcome.err
    assert "unforeseen ZeroDivisionError: division by zero" in outcome.table("first")["reason"]


def test_without_a_difference_it_is_2(three: Box) -> None:
    three.there("UPDATE third SET note = 'a'")
    _failing(three.monkeypatch, tables, (f"{three.schema}.first",), ZeroDivisionError("a mistake"))
    outcome = three.run()
    assert (outcome.status, outcome.report["verdict"]) == (ExitCode.NOT_JUDGED, "NOT JUDGED")


@pytest.mark.parametrize(
    ("error", "status"), [(CannotResume("something else"), 4), (Stuck("nothing moves"), 2)]
)
def test_what_ends_the_run_on_purpose_ends_it(three: Box, error: Exception, status: int) -> None:
    _failing(three.monkeypatch, tables, (f"{three.schema}.first",), error)
    outcome = three.run()
    assert (outcome.status, outcome.out) == (status, "")
    assert str(error) in outcome.err


# ------------------------------------------------------------------ copies


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with temporary_cluster() as started:
        started.execute("CREATE SCHEMA s")
        for name in ("one", "other"):
            started.execute(f"CREATE TABLE s.{name} (id int8 PRIMARY KEY, a text)")
            started.execute(f"INSERT INTO s.{name} VALUES (1, '{name}')")
        yield started


def _copies(cluster: Cluster, root: Path, monkeypatch: pytest.MonkeyPatch, *pairs: str) -> int:
    monkeypatch.setattr(command, "ROOT", root)
    url = f"postgresql://{cluster.user}@{cluster.host}:{cluster.port}/postgres"
    named = [word for pair in pairs for word in ("--table", pair)]
    return command.main(["copies", "--source", url, "--target", url, "--no-history", *named])


def test_a_copy_with_an_unforeseen_error_is_not_judged_and_the_others_are(
    cluster: Cluster,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _failing(monkeypatch, copies, ("s.other",), ZeroDivisionError("a mistake"))
    status = _copies(cluster, tmp_path, monkeypatch, "s.other=s.one", "s.one=s.other")
    told = capsys.readouterr()
    assert status == ExitCode.BROKEN, told
    assert MISTAKE.format(tmp_path / "reports/traceback.txt") in " ".join(told.out.split())
    assert "s.one id=1" in told.out
