"""What keeps rows of a run from being made is found before one is written."""

from __future__ import annotations

import pytest

from reconciliation.agreed.profile import load_profile
from reconciliation.checks import examine
from reconciliation.errors import Unseen
from reconciliation.session import preflight
from reconciliation.session.opening import open_session

from .box import Box

SUBJECT = "the rows that a run writes"


@pytest.fixture
def three(box: Box) -> Box:
    """``bad`` has a condition that no value is found for, ``child`` refers to ``good``."""
    column = "id int8 PRIMARY KEY"
    for name, here in (
        ("good", column),
        ("bad", f"{column}, word text NOT NULL CHECK (md5(word) = '0')"),
        ("child", f"{column} REFERENCES {box.schema}.good"),
    ):
        word = ", word VARCHAR2(40)" if "word" in here else ""
        rows = [("1", "1")] if name == "good" else []
        box.table(name, here, f"id NUMBER(19) PRIMARY KEY{word}", rows)
        box.contract(name, ["id", "word"] if word else ["id"])
    return box


def test_a_table_no_row_can_be_made_for_is_a_finding_with_the_way_out(three: Box) -> None:
    with three.session() as session:
        examined = examine(session.parallel_run, SUBJECT)
        assert session.journal.noted(f"{three.schema}.good") == frozenset()
    [finding] = examined.findings
    assert (finding.check, finding.table) == ("row_not_makeable", f"{three.schema}.bad")
    assert "no values were found for word that CHECK" in finding.message
    assert f"give some as [values] in {three.root}/contracts/bad.toml" in finding.message
    assert examined.unjudged is None


def test_what_cannot_be_read_keeps_no_finding_from_being_told(
    three: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unseen(connection: object, table: str) -> Unseen | None:
        return Unseen("GRANT it") if table.endswith(".GOOD") else None

    monkeypatch.setattr(preflight.oracle, "rows_unseen", unseen)
    with three.session() as session:
        examined = examine(session.parallel_run, SUBJECT)
    assert [finding.table for finding in examined.findings] == [f"{three.schema}.bad"]
    assert str(examined.unjudged) == "GRANT it"


def test_a_run_that_only_reads_makes_no_rows(three: Box) -> None:
    three.session().close()  # writes the profile
    with open_session(load_profile("box", three.root)) as session:
        examined = examine(session.parallel_run, SUBJECT)
    assert (examined.findings, examined.unjudged) == ((), None)
