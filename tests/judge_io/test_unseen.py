"""What cannot be seen is neither broken nor in order: the check says so, and names the grant that
is missing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from reconciliation import __main__ as command
from reconciliation.agreed.profile import Profile
from reconciliation.checks import examine
from reconciliation.cli.runs import check_run
from reconciliation.errors import Unreadable, Unseen
from reconciliation.replication import apply_exceptions
from reconciliation.session.opening import open_session
from reconciliation.session.session import Session
from reconciliation.verdict import Verdict

from .denied import Administrators, refused

LEGACY = "TRAVELBUDDY.FLIGHTSPECIAL"
EXCEPTIONS = 'TRAVELBUDDY."awsdms_apply_exceptions"'
OF_TABLE = tuple(f"{what} ON {LEGACY}" for what in ("SELECT", "DELETE", "FLASHBACK"))
TRIGGERS, RECORDS = "the triggers of the legacy tables", "the records of dropped changes"

Taken = Callable[[Administrators, Session], AbstractContextManager[object]]


@pytest.fixture(scope="module")
def administrators(labs: None) -> Administrators:
    return Administrators(Path(os.environ["LAB_STATE_DIR"]) / "lab" / "state.json")


# ------------------------------------------------------------------ one check cannot see, the
# others can


def _renamed(name: str) -> Taken:
    """The control table under another name, which is what its absence looks like."""
    there, back = (
        f"ALTER TABLE TRAVELBUDDY.{old} RENAME TO {new}"
        for old, new in (('"awsdms_apply_exceptions"', name), (name, '"awsdms_apply_exceptions"'))
    )
    return lambda administrators, _: administrators.exchanged("oracle", there, back)


@contextmanager
def _stream_gone(_: Administrators, session: Session) -> Iterator[None]:
    run, task = session.parallel_run, session.parallel_run.task
    logging = {**task.settings["Logging"], "CloudWatchLogStream": "dms-task-GONE"}
    changed = replace(task, settings={**task.settings, "Logging": logging})
    session.parallel_run = replace(run, task=changed)
    yield
    session.parallel_run = run


def _refused(client: str, operation: str, action: str) -> Taken:
    return lambda _, session: refused(getattr(session.parallel_run.aws, client), operation, action)


WAYS: dict[str, tuple[Taken, str, str]] = {
    "only SELECT ANY TABLE": (
        lambda administrators, _: administrators.only_any_table(*OF_TABLE),
        TRIGGERS,
        "GRANT SELECT ON SYS.DBA_TRIGGERS TO VERIFIER",
    ),
    "exceptions not granted": (
        lambda administrators, _: administrators.without(f"SELECT ON {EXCEPTIONS}"),
        RECORDS,
        f"may not be read; once the task has made it: GRANT SELECT ON {EXCEPTIONS} TO VERIFIER",
    ),
    "exceptions neither granted nor known": (
        lambda administrators, _: administrators.without(
            f"SELECT ON {EXCEPTIONS}", "SELECT ON SYS.DBA_TABLES"
        ),
        RECORDS,
        (
            "is not in schema TRAVELBUDDY, or may not be seen; once the task has made it: GRANT "
            "SELECT ON"
        ),
    ),
    "exceptions absent": (
        _renamed("PUT_ASIDE"),
        RECORDS,
        f"is not in schema TRAVELBUDDY; once the task has made it: "
        f"GRANT SELECT ON {EXCEPTIONS} TO VERIFIER",
    ),
    "settings hidden": (
        lambda administrators, _: administrators.exchanged(
            "postgresql",
            "REVOKE pg_read_all_settings FROM verifier",
            "GRANT pg_read_all_settings TO verifier",
        ),
        "the pglogical extension",
        "shared_preload_libraries; GRANT pg_read_all_settings TO verifier",
    ),
    "log stream absent": (_stream_gone, RECORDS, "there is no log stream"),
    "log refused": (
        _refused("logs", "FilterLogEvents", "logs:FilterLogEvents"),
        RECORDS,
        "logs:FilterLogEvents",
    ),
    "log refused, its streams already": (
        _refused("logs", "DescribeLogStreams", "logs:DescribeLogStreams"),
        RECORDS,
        "logs:DescribeLogStreams",
    ),
    "connection tests refused": (
        _refused("dms", "DescribeConnections", "dms:DescribeConnections"),
        "the source connection",
        "dms:DescribeConnections",
    ),
    "endpoints refused": (
        _refused("dms", "DescribeEndpoints", "dms:DescribeEndpoints"),
        "the target endpoint",
        "dms:DescribeEndpoints",
    ),
    "parameters refused": (
        _refused("rds", "DescribeDBParameters", "rds:DescribeDBParameters"),
        "the logical decoding",
        "rds:DescribeDBParameters",
    ),
    "statistics refused": (
        _refused("dms", "DescribeTableStatistics", "dms:DescribeTableStatistics"),
        "the state of the mapped tables",
        "dms:DescribeTableStatistics",
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_check_that_cannot_see_names_the_grant_and_leaves_the_others_judged(
    way: str, administrators: Administrators, session: Session
) -> None:
    taken, subject, words = WAYS[way]
    with taken(administrators, session):
        report = check_run(session)
    assert report.findings == ()
    assert report.verdict is Verdict.NOT_JUDGED
    (reason,) = {one.reason for one in report.unjudged if one.subject == subject}
    assert words in reason
    assert "\n" not in reason
    assert all(words in one.reason for one in report.unjudged)  # and nothing else is out of sight
    assert examine(session.parallel_run, subject).unjudged is None


def test_exceptions_are_found_in_capitals_too(
    administrators: Administrators, session: Session
) -> None:
    with _renamed('"AWSDMS_APPLY_EXCEPTIONS"')(administrators, session):
        assert examine(session.parallel_run, RECORDS).unjudged is None
        assert apply_exceptions(session.parallel_run) == []


def test_a_finding_stays_one_beside_what_cannot_be_seen(
    administrators: Administrators, session: Session
) -> None:
    profile = session.parallel_run.profile
    profile = replace(profile, agreed=replace(profile.agreed, data_validation=True))
    session.parallel_run = replace(session.parallel_run, profile=profile)
    with administrators.without("SELECT ON SYS.DBA_TRIGGERS", *OF_TABLE):
        report = check_run(session)
    assert report.verdict is Verdict.NOT_READY
    assert [finding.check for finding in report.findings] == ["task_settings"]
    assert TRIGGERS in {one.subject for one in report.unjudged}


# ------------------------------------------------------------------ a table cannot be read


def _rows_hidden(administrators: Administrators) -> AbstractContextManager[None]:
    return administrators.exchanged(
        "postgresql",
        "ALTER TABLE travelbuddy.flightspecial ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE travelbuddy.flightspecial DISABLE ROW LEVEL SECURITY",
    )


TABLES: dict[str, tuple[Callable[[Administrators], AbstractContextManager[None]], str]] = {
    "target not granted": (
        lambda administrators: administrators.without(*OF_TABLE),
        f"VERIFIER may not see {LEGACY}; GRANT SELECT ON {LEGACY} TO VERIFIER",
    ),
    "target neither granted nor known": (
        lambda administrators: administrators.without("SELECT ON SYS.DBA_TABLES", *OF_TABLE),
        (
            f"table {LEGACY} is not there, or VERIFIER may not see it; check its name, or GRANT "
            f"SELECT ON {LEGACY}"
        ),
    ),
    "target without SELECT": (
        lambda administrators: administrators.without(OF_TABLE[0]),
        f"VERIFIER may not read {LEGACY}; GRANT SELECT ON {LEGACY} TO VERIFIER",
    ),
    "target without DELETE": (
        lambda administrators: administrators.without(OF_TABLE[1]),
        f"VERIFIER may not remove from {LEGACY} what a run leaves there; GRANT DELETE ON "
        f"{LEGACY} TO VERIFIER",
    ),
    "source without SELECT": (
        lambda administrators: administrators.exchanged(
            "postgresql",
            "REVOKE SELECT ON travelbuddy.flightspecial FROM verifier",
            "GRANT SELECT ON travelbuddy.flightspecial TO verifier",
        ),
        "GRANT SELECT ON travelbuddy.flightspecial TO verifier",
    ),
    "source schema closed": (
        lambda administrators: administrators.exchanged(
            "postgresql",
            "REVOKE USAGE ON SCHEMA travelbuddy FROM verifier",
            "GRANT USAGE ON SCHEMA travelbuddy TO verifier",
        ),
        "GRANT USAGE ON SCHEMA travelbuddy TO verifier",
    ),
    "rows hidden by a policy of Oracle's": (
        lambda administrators: administrators.policy("TRAVELBUDDY", "FLIGHTSPECIAL"),
        (
            f"policy ONLY_OWN of {LEGACY} may hide rows from VERIFIER; GRANT EXEMPT ACCESS "
            f"POLICY TO "
            f"VERIFIER"
        ),
    ),
    "rows hidden by a policy": (
        _rows_hidden,
        "row level security of travelbuddy.flightspecial may hide rows from "
        "verifier; ALTER ROLE verifier BYPASSRLS",
    ),
}


@pytest.mark.parametrize("way", TABLES)
def test_a_table_that_cannot_be_read_is_not_judged_in_either_door(
    way: str, administrators: Administrators, profile: Profile, capsys: pytest.CaptureFixture[str]
) -> None:
    taken, words = TABLES[way]
    with taken(administrators):
        # as pytest features opens the session: the whole run ends with the line
        with pytest.raises(Unseen) as caught:
            open_session(profile)
        for name in ("run", "check"):
            assert command.main([name, "--environment", "lab", "--json", "--no-history"]) == 2
            report = json.loads(capsys.readouterr().out)
            assert report["verdict"] == "NOT JUDGED"
            assert any(words in line for line in report["not_judged"])
            assert report["findings"] == []
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_contract_is_drafted_for_a_table_that_may_be_hidden(
    administrators: Administrators, capsys: pytest.CaptureFixture[str]
) -> None:
    taken, words = TABLES["target neither granted nor known"]
    with taken(administrators):
        assert command.main(["contract", "--environment", "lab"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert words in told.err
    assert command.main(["contract", "--environment", "lab"]) == 0


def test_all_that_is_missing_on_tables_is_said_at_once(
    administrators: Administrators, profile: Profile
) -> None:
    with (
        administrators.without(OF_TABLE[0]),
        TABLES["source without SELECT"][0](administrators),
        pytest.raises(Unseen) as caught,
    ):
        open_session(profile)
    assert TABLES["source without SELECT"][1] in str(caught.value)
    assert TABLES["target without SELECT"][1] in str(caught.value)


# ------------------------------------------------------------------ with what the documentation
# lists


def test_with_the_documented_grants_the_trigger_of_the_documented_lab_is_found(
    documented: Session,
) -> None:
    examined = examine(documented.parallel_run, TRIGGERS)
    assert examined.unjudged is None
    assert ["FLIGHTSPECIAL_TRIGGER" in finding.message for finding in examined.findings] == [True]
    (trigger,) = documented.parallel_run.target_catalogue[LEGACY].triggers
    assert (trigger.name, documented.parallel_run.target_catalogue[LEGACY].hidden_triggers) == (
        "FLIGHTSPECIAL_TRIGGER",
        None,
    )


def test_what_is_broken_stays_broken_where_its_trigger_is_hidden(documented: Session) -> None:
    there = Administrators(Path(os.environ["LAB_STATE_DIR"]) / "lab-as-documented" / "state.json")
    with there.without("SELECT ON SYS.DBA_TRIGGERS", *OF_TABLE):
        examined = examine(documented.parallel_run, TRIGGERS)
        report = check_run(documented)
    assert (examined.findings, type(examined.unjudged)) == ((), Unseen)
    assert report.verdict is Verdict.NOT_READY
    assert isinstance(examined.unjudged, Unreadable)
