"""The judge against whole parallel runs in a box, reached like any other environment: by ports and
secrets only.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from reconciliation import __main__ as command
from reconciliation.agreed.profile import Profile
from reconciliation.checks import subjects
from reconciliation.cli.runs import check_run, compare_run
from reconciliation.compare import by_key
from reconciliation.compare.tables import compare_tables
from reconciliation.databases.connections import Credentials, source_engine, target_engine
from reconciliation.errors import Broken, ContractError, EnvironmentFault, MappingError, Unreadable
from reconciliation.making.model import Insert, OwnRow
from reconciliation.model import Status, TableResult
from reconciliation.replication import (
    apply_exceptions,
    describe_task,
    log_warnings,
    start_task,
    stop_task,
)
from reconciliation.session import markers, opening
from reconciliation.session.acts import act
from reconciliation.session.journal import journal_path
from reconciliation.session.marker import Marker
from reconciliation.session.opening import open_session
from reconciliation.session.session import Session
from reconciliation.session.sweep import sweep
from reconciliation.session.waiting import Arrival, eventually
from reconciliation.verdict import Verdict
from tests import waiting
from tests.settled import settled
from tests.waiting import LONG_SECONDS

from .conftest import of_replication, profile_of
from .samples import ROOT

TABLE = "travelbuddy.flightspecial"


def _written(session: Session) -> Marker:
    [marker] = markers.write(session, [TABLE])
    assert not marker.refused
    return marker


def _marked(session: Session) -> Arrival:
    """A marker that was written and waited for."""
    return markers.wait(session, [_written(session)])[TABLE]


# ------------------------------------------------------------------ reading


def test_the_corrected_lab_is_equal_and_has_no_finding(session: Session) -> None:
    report = compare_run(session)
    assert report.verdict is Verdict.READY
    assert (report.tables[0].status, report.tables[0].equal_rows) == (Status.EQUAL, 11)
    found = check_run(session)
    assert [finding.message for finding in found.findings] == []
    assert found.verdict is Verdict.READY
    assert len(subjects()) >= 19


def test_preflight_says_what_it_found(session: Session) -> None:
    lines = "\n".join(session.preflight.lines)
    for words in (
        "PostgreSQL 127.0.0.1:",
        "Oracle 127.0.0.1:",
        "1 tables, all columns exist",
        "running",
        "active",
    ):
        assert words in lines
    assert abs(session.preflight.clock_difference_seconds) < 5
    assert session.preflight.seconds > 0


def test_the_documented_lab_differs_and_says_where(documented: Session) -> None:
    profile = documented.parallel_run.profile
    short = replace(profile.replication, arrival_limit_seconds=1)
    hasty = replace(documented.parallel_run, profile=replace(profile, replication=short))

    def told() -> TableResult | None:
        """None while nothing can be told: a busy machine may keep the replication behind longer
        than that limit.
        """
        (result,) = compare_tables(hasty)
        return None if result.status is Status.IN_FLIGHT else result

    result = waiting.wait_for(told)
    assert result.status is Status.DIVERGENT
    assert (result.missing_rows, result.extra_rows) == (1, 1)
    assert {item.source_column for item in result.differences} == {"cost", "header", None}
    checks = {finding.check for finding in check_run(documented).findings}
    assert {
        "trigger_enabled",
        "rule_names_nothing",
        "rules_fight",
        "column_not_reached",
        "type_cannot_hold",
        "value_refused",
    } <= checks


def test_values_of_oracle_are_exact(session: Session) -> None:
    _, rows = by_key.read(session.parallel_run, TABLE, [(1,), (2,), (424_242,)])
    assert set(rows) == {(1,), (2,)}
    assert isinstance(rows[(1,)]["COST"], Decimal)
    assert isinstance(rows[(1,)]["HEADER"], str)
    with session.parallel_run.target.connect() as connection:
        many = connection.execute(
            text("SELECT 0.1, 12345678901234567890123456789012345678, NULL FROM DUAL")
        ).one()
    assert many == (Decimal("0.1"), Decimal("12345678901234567890123456789012345678"), None)


def test_reading_writes_nothing_at_all(profile: Profile) -> None:
    counters = """SELECT sum(n_tup_ins + n_tup_upd + n_tup_del + n_tup_hot_upd), count(*),
                         (SELECT count(*) FROM pg_class), (SELECT last_value
                           FROM travelbuddy.flightspecial_id_seq)
                    FROM pg_stat_user_tables"""

    # the suite's own user does not see the sequence
    everything = source_engine(of_replication("postgres"))

    def count() -> Any:
        with everything.connect() as connection:
            return connection.execute(text(counters)).one()

    before = settled(count)
    with open_session(replace(profile, mutations=False)) as session:
        for _ in range(2):
            compare_run(session)
            check_run(session)
        with pytest.raises(EnvironmentFault, match="is read-only"):
            session.transactions.begin().__enter__()
        with pytest.raises(EnvironmentFault, match="is read-only"):
            sweep(session)
    time.sleep(0.3)  # a session hands its counts in when it ends, which the server does by itself
    assert count() == before
    everything.dispose()


def test_oracle_refuses_to_write_for_a_reader(session: Session) -> None:
    # a delete by the session, whose user may sweep; an update by the grants
    refusals = (
        ("DELETE FROM TRAVELBUDDY.FLIGHTSPECIAL", "01456"),
        ("UPDATE TRAVELBUDDY.FLIGHTSPECIAL SET COST = 0", "01031"),
    )
    for statement, code in refusals:
        with (
            pytest.raises(Unreadable, match=f"ORA-{code}"),
            session.parallel_run.target.begin() as connection,
        ):
            connection.execute(text(statement))
    assert compare_tables(session.parallel_run)[0].status is Status.EQUAL


# ------------------------------------------------------------------ markers and sweeping


def test_a_marker_measures_the_lag_and_the_sweep_removes_it(session: Session) -> None:
    assert sweep(session).removed == 0
    assert journal_path(session.parallel_run.profile.root, "lab").exists()
    began = time.monotonic()
    arrival = _marked(session)
    assert arrival.arrived
    assert arrival.found_key == arrival.marker.key
    assert 0 < arrival.lag_seconds < time.monotonic() - began
    keys = [arrival.marker.key]
    assert session.journal.noted(TABLE) >= set(keys)
    assert by_key.compare_keys(session.parallel_run, TABLE, keys).differences == ()
    report = sweep(session, final=True)
    assert report.tables[TABLE].source_rows == 1
    assert not report.after_killed_run
    assert not journal_path(session.parallel_run.profile.root, "lab").exists()
    assert [len(rows) for rows in by_key.read(session.parallel_run, TABLE, keys)] == [0, 0]


def test_a_renumbered_marker_is_found_and_swept_under_its_other_key(documented: Session) -> None:
    sweep(documented)
    with documented.parallel_run.target.connect() as connection:
        before = (
            connection.execute(text("SELECT ID FROM TRAVELBUDDY.FLIGHTSPECIAL ORDER BY ID"))
            .scalars()
            .all()
        )
    arrival = _marked(documented)
    assert arrival.arrived
    assert arrival.found_key != arrival.marker.key
    assert sweep(documented, final=True).tables[TABLE].orphans >= 1
    with documented.parallel_run.target.connect() as connection:
        after = (
            connection.execute(text("SELECT ID FROM TRAVELBUDDY.FLIGHTSPECIAL ORDER BY ID"))
            .scalars()
            .all()
        )
    assert after == before


def test_under_batch_apply_a_second_marker_comes_behind_the_first(session: Session) -> None:
    sweep(session)
    run = session.parallel_run
    settings = {"TargetMetadata": {"BatchApplyEnabled": True}}
    session.parallel_run = replace(run, task=replace(run.task, settings=settings))
    arrival = _marked(session)
    first, second = arrival.marker, arrival.second
    assert second is not None
    assert second.committed > first.committed + arrival.lag_seconds
    assert len(by_key.read(run, TABLE, [first.key, second.key])[1]) == 2
    assert sweep(session, final=True).tables[TABLE].source_rows == 2


VICTIM = """
import os, sys, time
from dataclasses import replace
from pathlib import Path
from reconciliation.session.opening import open_session
from reconciliation.session.session import Session
from reconciliation.session.lab_state import with_running_lab
from reconciliation.session import markers
from reconciliation.agreed.profile import load_profile
from reconciliation.replication import stop_task
from reconciliation.session.sweep import sweep
root, name, stop = Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "stop"
session = open_session(replace(with_running_lab(load_profile(name, Path.cwd())), root=root))
sweep(session)
markers.write(session, ["travelbuddy.flightspecial"])
time.sleep(1.5)
if stop:
    stop_task(session.parallel_run)
for _ in range(5):
    markers.write(session, ["travelbuddy.flightspecial"])
print("written", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize(
    ("name", "stop"), [("lab", "run"), ("lab", "stop"), ("lab-as-documented", "run")]
)
def test_nothing_of_a_killed_run_remains_on_either_side(
    labs: None, tmp_path: Path, name: str, stop: str
) -> None:
    profile = profile_of(name, tmp_path)
    sides = (
        "SELECT id FROM travelbuddy.flightspecial ORDER BY id",
        "SELECT ID FROM TRAVELBUDDY.FLIGHTSPECIAL ORDER BY ID",
    )

    def keys(session: Session) -> list[list[Any]]:
        found = []
        for engine, statement in zip(
            (session.parallel_run.source, session.parallel_run.target), sides, strict=True
        ):
            with engine.connect() as connection:
                found.append(list(connection.execute(text(statement)).scalars()))
        return found

    with open_session(profile) as session:
        before = keys(session)
    victim = subprocess.Popen(
        [sys.executable, "-c", VICTIM, str(tmp_path), name, stop],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
    )
    assert victim.stdout is not None
    assert victim.stdout.readline() == "written\n"
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    victim.stdout.close()
    with open_session(profile) as session:
        report = sweep(session)
        assert report.after_killed_run
        assert report.restarted_task is (stop == "stop")
        assert describe_task(session.parallel_run).status == "running"
        assert keys(session) == before
        sweep(session, final=True)
        time.sleep(1.5)  # nothing comes after either
        assert keys(session) == before


def test_two_mutating_runs_do_not_mix(profile: Profile, session: Session) -> None:
    sweep(session)
    with (
        open_session(profile) as second,
        pytest.raises(EnvironmentFault, match="another run holds environment 'lab'"),
    ):
        sweep(second)
    sweep(session, final=True)
    session.close()
    with open_session(profile) as third:
        assert sweep(third, final=True).removed == 0


def test_a_refused_row_shows_in_the_exceptions_and_in_the_log(session: Session) -> None:
    sweep(session)
    since = _written(session).committed_at
    [made] = session.maker.rows(TABLE, 1)
    own = OwnRow(TABLE, made.key, {"id": made.key[0], "header": "가" * 200, "cost": 1})
    assert act(session, [Insert(own)]).rows == {TABLE: 1}
    assert _marked(session).arrived

    def shown() -> None:
        if not any(
            "ORA-12899" in item.error for item in apply_exceptions(session.parallel_run, since)
        ):
            raise Broken("no ORA-12899 yet")
        if not any("12899" in line.message for line in log_warnings(session.parallel_run, since)):
            raise Broken("no log line yet")

    eventually(shown, LONG_SECONDS, "the refusal")
    assert [item.task for item in apply_exceptions(session.parallel_run, since)] == [
        session.parallel_run.task.resource_id
    ]
    comparison = by_key.compare_keys(session.parallel_run, TABLE, [own.key])
    assert comparison.differences == ()  # somebody accepted it
    assert comparison.accepted_rows == 1
    sweep(session, final=True)


def test_the_task_stops_and_starts(session: Session) -> None:
    assert stop_task(session.parallel_run).status == "stopped"
    assert start_task(session.parallel_run).status == "running"


# ------------------------------------------------------------------ what can be wrong before a
# verdict


def _refused(profile: Profile, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words) as caught:
        open_session(profile)
    assert "\n" not in str(caught.value)


def test_an_unknown_task_lists_the_tasks(profile: Profile) -> None:
    _refused(
        replace(profile, aws=replace(profile.aws, task="other")),
        EnvironmentFault,
        r"there is no replication task 'other'.*flightspecials-postgresql-to-oracle-rsync-task",
    )


def test_an_unknown_secret_is_named(profile: Profile) -> None:
    _refused(
        replace(profile, source=replace(profile.source, secret="nope")),
        EnvironmentFault,
        "the secret 'nope'",
    )


def _by_environment(
    monkeypatch: pytest.MonkeyPatch, session: Session, side: str, password: str, **changes: Any
) -> Any:
    credentials = getattr(session.parallel_run, f"{side}_credentials")
    monkeypatch.setenv("SOME_USER", credentials.user)
    monkeypatch.setenv("SOME_PASSWORD", password)
    values = {
        "secret": None,
        "host": credentials.host,
        "port": credentials.port,
        "database": credentials.database,
        "user_env": "SOME_USER",
        "password_env": "SOME_PASSWORD",
    } | changes
    return replace(
        session.parallel_run.profile,
        **{side: replace(getattr(session.parallel_run.profile, side), **values)},
    )


@pytest.mark.parametrize("side", ["source", "target"])
def test_a_wrong_password_is_one_line_without_it(
    session: Session, side: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = _by_environment(monkeypatch, session, side, "not-the-password")
    with pytest.raises(EnvironmentFault, match="wrong user name or password") as caught:
        open_session(changed)
    assert "not-the-password" not in str(caught.value)
    assert "as verifier" in str(caught.value)


def test_right_credentials_from_the_environment_do(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = _by_environment(
        monkeypatch, session, "target", session.parallel_run.target_credentials.password
    )
    with open_session(changed) as opened:
        assert opened.parallel_run.target_credentials.user == "verifier"


@pytest.mark.parametrize(
    ("side", "changes", "words"),
    [
        ("source", {"port": 1}, "the connection was refused"),
        ("target", {"port": 1}, "the connection was refused"),
        ("source", {"database": "nope"}, "no such database"),
        ("target", {"database": "NOPE"}, "no such service or SID"),
    ],
)
def test_a_wrong_address_is_one_line(
    session: Session,
    side: str,
    changes: dict[str, Any],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    password = getattr(session.parallel_run, f"{side}_credentials").password
    _refused(
        _by_environment(monkeypatch, session, side, password, **changes), EnvironmentFault, words
    )


def test_a_contract_with_an_absent_column_is_refused_by_name(
    profile: Profile, tmp_path: Path
) -> None:
    contracts = tmp_path / "contracts"
    shutil.copytree(ROOT / "contracts", contracts)
    path = contracts / "flightspecial.toml"
    path.write_text(
        path.read_text(encoding="utf-8").replace('target = "BODY"', 'target = "BODDY"'),
        encoding="utf-8",
    )
    _refused(replace(profile, contract_directory=contracts, accepted=None), ContractError, "BODDY")


def test_a_mapping_that_is_not_json_is_refused(
    profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = opening.find_task
    monkeypatch.setattr(
        opening, "find_task", lambda *a: replace(real(*a), table_mappings='{"rules": [,]}')
    )
    _refused(profile, MappingError, "is not JSON")


def test_an_unknown_oracle_user_is_one_line_without_the_password(session: Session) -> None:
    there = session.parallel_run.target_credentials
    engine = target_engine(
        Credentials("Oracle", there.host, there.port, there.database, "NOBODY", "s3cret")
    )
    with pytest.raises(EnvironmentFault, match="ORA-01017") as caught, engine.connect():
        pass
    assert "s3cret" not in str(caught.value)


def test_the_command_line_end_to_end(
    labs: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["run", "--environment", "lab", "--json", "--html", str(tmp_path)]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["verdict"], document["subject"], document["scope"]) == (
        "EQUAL",
        "tables",
        "full",
    )
    assert document["tables"][0]["equal_rows"] == 11
    text_of_all = json.dumps(document) + (tmp_path / "reconciliation.html").read_text(
        encoding="utf-8"
    )
    state = json.loads(
        (Path(os.environ["LAB_STATE_DIR"]) / "lab" / "state.json").read_text(encoding="utf-8")
    )
    for side in ("postgres", "oracle"):
        assert state[side]["password"] not in text_of_all
    assert command.main(["run", "--environment", "lab", "--table", "travelbuddy.nope"]) == 4
    assert "there is no contract for table 'travelbuddy.nope'" in capsys.readouterr().err
