"""A table that may not be read keeps no other from being judged; where none is left the run ends
with everything that is missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from reconciliation.agreed.profile import load_profile
from reconciliation.errors import Unseen
from reconciliation.model import Contract, TableContract
from reconciliation.session import fitness, preflight
from reconciliation.session.opening import open_session
from reconciliation.session.sweep import sweep
from tests.judge_io import samples

from .box import USER, Box

TABLES = ("t", "u")


@pytest.fixture
def two(box: Box) -> Iterator[Box]:
    """Two tables that agree, read in PostgreSQL by a user who needs grants."""
    reader = f"{box.schema}_reader"
    for name in TABLES:
        box.table(name, "id int8 PRIMARY KEY", "id NUMBER(19) PRIMARY KEY", [("1", "1")])
        box.contract(name, ["id"])
    box.here(
        f"CREATE ROLE {reader} LOGIN",
        f"GRANT USAGE ON SCHEMA {{s}} TO {reader}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {{s}} TO {reader}",
    )
    box.monkeypatch.setenv("BOX_USER", reader)
    yield box
    box.here(f"DROP OWNED BY {reader}", f"DROP ROLE {reader}")


def _revoke(box: Box, what: str, *tables: str) -> None:
    for name in tables:
        box.here(f"REVOKE {what} ON {{s}}.{name} FROM {box.schema}_reader")


def _unread_in_oracle(monkeypatch: pytest.MonkeyPatch, *tables: str) -> None:
    """The owner, as whom a box asks, may read everything."""

    def unseen(connection: object, table: str) -> Unseen | None:
        return Unseen(f"GRANT SELECT ON {table}") if table.partition(".")[2] in tables else None

    monkeypatch.setattr(preflight.oracle, "rows_unseen", unseen)


def test_a_table_that_may_not_be_read_in_postgresql_leaves_the_other(two: Box) -> None:
    _revoke(two, "SELECT", "u")
    with two.session() as session:
        unfit = session.parallel_run.unfit
    assert list(unfit) == [f"{two.schema}.u"]
    assert f"GRANT SELECT ON {two.schema}.u TO {two.schema}_reader" in unfit[f"{two.schema}.u"]
    assert "contract: 2 tables, 1 of them are not as agreed" in "\n".join(session.preflight.lines)


def test_a_table_that_may_not_be_read_in_oracle_leaves_the_other(
    two: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    _unread_in_oracle(monkeypatch, "U")
    with two.session() as session:
        assert session.parallel_run.unfit == {f"{two.schema}.u": f"GRANT SELECT ON {USER}.U"}


def test_a_table_that_may_be_hidden_leaves_the_other(
    two: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    two.there("ALTER TABLE u RENAME TO put_aside")
    monkeypatch.setattr(fitness.oracle, "table_unseen", lambda engine, table: Unseen("GRANT it"))
    with two.session() as session:
        assert session.parallel_run.unfit == {f"{two.schema}.u": "GRANT it"}
    two.there("ALTER TABLE put_aside RENAME TO u")


def test_where_no_table_can_be_read_all_that_is_missing_is_one_line(
    two: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    _revoke(two, "SELECT", "t")
    _unread_in_oracle(monkeypatch, "U")
    with pytest.raises(Unseen) as caught:
        two.session()
    line = str(caught.value)
    assert f"GRANT SELECT ON {two.schema}.t" in line
    assert f"GRANT SELECT ON {USER}.U" in line
    assert "\n" not in line


def test_what_can_be_read_and_not_written_to_is_no_table_left_to_a_run_that_writes(
    two: Box,
) -> None:
    _revoke(two, "SELECT", "t")
    _revoke(two, "DELETE", "u")
    with pytest.raises(Unseen, match=rf"GRANT SELECT ON {two.schema}\.t .*GRANT DELETE ON"):
        two.session()
    with open_session(load_profile("box", two.root)) as session:  # it only reads
        assert list(session.parallel_run.unfit) == [f"{two.schema}.t"]


def test_a_table_without_any_right_is_told_once_with_all_of_it(two: Box) -> None:
    _revoke(two, "ALL", "u")
    with two.session() as session:
        assert session.preflight.unwritable == {}
        assert list(session.parallel_run.unfit) == [f"{two.schema}.u"]


def test_rows_of_a_killed_run_in_a_table_that_may_not_be_read_are_told_with_the_grant(
    two: Box,
) -> None:
    name = f"{two.schema}.u"
    with two.session() as killed:
        sweep(killed)
        killed.journal.note(name, [(900000001,)])
    _revoke(two, "SELECT", "u")
    with two.session() as session:
        [line] = sweep(session).left
        assert session.journal.noted(name) == {(900000001,)}
    assert line.startswith(f"{name}: rows under 1 keys of this run may stay ({name}: ")
    assert f"GRANT SELECT ON {name} TO {two.schema}_reader" in line


def test_a_row_that_needs_one_of_a_table_that_may_not_be_read_names_it_and_the_grant(
    two: Box,
) -> None:
    two.here("ALTER TABLE {s}.u ADD FOREIGN KEY (id) REFERENCES {s}.t")
    _revoke(two, "SELECT", "t")
    with two.session() as session:
        told = str(session.maker.hindrance(f"{two.schema}.u"))
    assert f"{two.schema}.t, which id refers to, is not judged: " in told
    assert f"GRANT SELECT ON {two.schema}.t TO {two.schema}_reader" in told
    assert "\n" not in told


def test_an_agreed_table_that_postgresql_does_not_have_has_to_be_judged() -> None:
    gone = TableContract("travelbuddy.gone", "TRAVELBUDDY.GONE", ("id",), (), None)
    run = samples.parallel_run(
        contract=Contract((samples.TABLE, gone)),
        resolved=SimpleNamespace(tables=[SimpleNamespace(source=samples.TABLE.source)]),
    )
    assert run.due == (samples.TABLE.source, gone.source)
