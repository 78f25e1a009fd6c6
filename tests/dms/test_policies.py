"""Which policy decides about which failure, when it escalates, and what a name that is not
documented does.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from lab.dms.agreed.settings import parse_settings
from lab.dms.apply.outcomes import StopOnError
from lab.dms.apply.policies import NO_ROWS, Failure, Policies
from lab.dms.databases.target import TargetError
from tests.dms.worlds import World, delete, insert, update

TABLE = ("travelbuddy", "flightspecial")
POLICIES = ("IGNORE_RECORD", "LOG_ERROR", "SUSPEND_TABLE", "STOP_TASK")
DUPLICATE = Failure("ORA-00001: unique constraint (A.B) violated", 1)


def errors(**settings: Any) -> dict[str, Any]:
    return {"settings": {"ErrorBehavior": settings}}


def policies(*switches: str, **settings: Any) -> Policies:
    return Policies(parse_settings({"ErrorBehavior": settings}).errors, *switches)


#: setting -> (operation, failure) it decides about
DECIDES = {
    "DataErrorPolicy": ("I", Failure("ORA-01722: invalid number", 1722)),
    "DataTruncationErrorPolicy": ("U", Failure("ORA-12899: value too large", 12899)),
    "ApplyErrorDeletePolicy": ("D", NO_ROWS),
    "ApplyErrorInsertPolicy": ("I", DUPLICATE),
    "ApplyErrorUpdatePolicy": ("U", NO_ROWS),
}


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("setting", DECIDES)
def test_every_policy_of_a_record(setting: str, policy: str) -> None:
    operation, failure = DECIDES[setting]
    others = dict.fromkeys(DECIDES, "LOG_ERROR")
    assert policies(**others | {setting: policy}).decide(operation, TABLE, failure) == policy


def test_the_defaults() -> None:
    found = {
        name: policies().decide(operation, TABLE, failure)
        for name, (operation, failure) in DECIDES.items()
    }
    assert found == {
        "DataErrorPolicy": "LOG_ERROR",
        "DataTruncationErrorPolicy": "LOG_ERROR",
        "ApplyErrorDeletePolicy": "IGNORE_RECORD",
        "ApplyErrorInsertPolicy": "LOG_ERROR",
        "ApplyErrorUpdatePolicy": "LOG_ERROR",
    }


@pytest.mark.parametrize("policy", ["SUSPEND_TABLE", "STOP_TASK"])
def test_errors_of_a_table_as_a_whole(policy: str) -> None:
    gone = Failure("ORA-00942: table or view does not exist", 942)
    assert policies(TableErrorPolicy=policy).decide("I", TABLE, gone) == policy
    assert policies().decide("I", TABLE, gone) == "SUSPEND_TABLE"
    escalating = policies(TableErrorEscalationCount=2)
    assert [escalating.decide("I", TABLE, gone) for _ in range(2)] == ["SUSPEND_TABLE", "STOP_TASK"]


@pytest.mark.parametrize("code", [1400, 1407, 2290, 2291, 2292, 12899, 1438, 1722, 1861])
def test_what_the_target_refuses_is_an_error_of_data(code: int) -> None:
    refused = Failure(f"ORA-{code:05}: ...", code)
    chosen = policies(DataErrorPolicy="SUSPEND_TABLE", DataTruncationErrorPolicy="SUSPEND_TABLE")
    assert chosen.decide("U", TABLE, refused) == "SUSPEND_TABLE"


def test_constraints_may_be_the_apply_policies_matter() -> None:
    refused = Failure("ORA-02291: integrity constraint violated", 2291)
    settings = {"ApplyErrorInsertPolicy": "STOP_TASK", "ApplyErrorUpdatePolicy": "SUSPEND_TABLE"}
    chosen = policies("apply", **settings)
    assert [chosen.decide(kind, TABLE, refused) for kind in "IUD"] == [
        "STOP_TASK",
        "SUSPEND_TABLE",
        "IGNORE_RECORD",
    ]
    assert policies("data", **settings).decide("I", TABLE, refused) == "LOG_ERROR"


@pytest.mark.parametrize("escalated", ["SUSPEND_TABLE", "STOP_TASK"])
def test_errors_of_data_escalate_per_table(escalated: str) -> None:
    chosen = policies(DataErrorEscalationCount=3, DataErrorEscalationPolicy=escalated)
    wrong = Failure("ORA-01722: invalid number", 1722)
    assert [chosen.decide("I", TABLE, wrong) for _ in range(4)] == [
        "LOG_ERROR",
        "LOG_ERROR",
        escalated,
        escalated,
    ]
    assert chosen.decide("I", ("travelbuddy", "other"), wrong) == "LOG_ERROR"
    never = policies(DataErrorEscalationCount=0, DataErrorEscalationPolicy=escalated)
    assert {never.decide("I", TABLE, wrong) for _ in range(50)} == {"LOG_ERROR"}


@pytest.mark.parametrize("escalated", ["LOG_ERROR", "SUSPEND_TABLE", "STOP_TASK"])
def test_conflicts_escalate_per_table(escalated: str) -> None:
    chosen = policies(ApplyErrorEscalationCount=2, ApplyErrorEscalationPolicy=escalated)
    assert [chosen.decide("U", TABLE, NO_ROWS) for _ in range(2)] == ["LOG_ERROR", escalated]
    assert policies(ApplyErrorEscalationCount=2).decide("I", TABLE, DUPLICATE) == "LOG_ERROR"


@pytest.mark.parametrize(
    ("settings", "change", "message"),
    [
        ({"DataErrorPolicy": "STOP_TASK"}, insert(cost=None), "ORA-01400"),
        ({"DataTruncationErrorPolicy": "STOP_TASK"}, insert(header="가" * 255), "ORA-12899"),
        ({"ApplyErrorInsertPolicy": "STOP_TASK"}, insert(header="again"), "ORA-00001"),
        ({"ApplyErrorUpdatePolicy": "STOP_TASK"}, update(id=9), "0 rows affected"),
        ({"ApplyErrorDeletePolicy": "STOP_TASK"}, delete(9), "0 rows affected"),
    ],
)
def test_stop_task_stops_at_the_record(
    tmp_path: Path, settings: dict[str, Any], change: Any, message: str
) -> None:
    world = World(tmp_path, **errors(**settings))
    world.apply(insert())
    with pytest.raises(StopOnError, match=message):
        world.apply(change, insert(id=3))


def test_a_table_that_is_gone_is_suspended_and_the_task_runs_on(tmp_path: Path) -> None:
    world = World(tmp_path)

    def refuse(sql: str) -> None:
        if sql.startswith("INSERT INTO") and '"FLIGHTSPECIAL"' in sql:
            raise TargetError(942, "ORA-00942: table or view does not exist")

    world.database.before = refuse
    done = world.apply(insert(), insert(id=2))
    assert (list(done.suspended), len(world.exceptions)) == ([TABLE], 1)


def test_full_load_ignore_conflicts_hides_nothing_in_a_cdc_task(tmp_path: Path) -> None:
    world = World(tmp_path, **errors(FullLoadIgnoreConflicts=True))
    world.apply(insert(), insert(header="again"), update(id=9))
    assert [row["ERROR"][:9] for row in world.exceptions] == ["ORA-00001", "0 rows af"]


SWAPPED = {"ApplyErrorInsertPolicy": "UPDATE_RECORD", "ApplyErrorUpdatePolicy": "INSERT_RECORD"}


def test_swapped_names_are_said_and_their_defaults_used(tmp_path: Path) -> None:
    world = World(tmp_path, **errors(**SWAPPED))
    world.apply(insert(), insert(header="newer"), update(id=2))
    assert [row["HEADER"] for row in world.rows] == ["London to Busan"]
    assert len(world.exceptions) == 2
    said = [line for line in world.log_lines if "which is none of" in line]
    assert [
        re.search(r"W:  (\w+) is '(\w+)'.*(its default is used)", line).groups() for line in said
    ] == [
        ("ApplyErrorInsertPolicy", "UPDATE_RECORD", "its default is used"),
        ("ApplyErrorUpdatePolicy", "INSERT_RECORD", "its default is used"),
    ]


def test_swapped_names_may_do_what_they_say(tmp_path: Path) -> None:
    world = World(tmp_path, **errors(**SWAPPED), switches={"undocumented_policy": "as_named"})
    world.apply(insert(), insert(header="newer"), update(id=2))
    assert [(row["ID"], row["HEADER"]) for row in world.rows] == [
        (1, "newer"),
        (2, "London to Busan"),
    ]
    assert world.exceptions == []
    assert any("used as it is named" in line for line in world.log_lines)


def test_insert_record_needs_a_duplicate_to_replace(tmp_path: Path) -> None:
    world = World(tmp_path, **errors(ApplyErrorInsertPolicy="INSERT_RECORD"))
    world.apply(insert(), insert(header="newer"))
    written = [
        text.split(" ", 1)[0] for text in world.database.statements if '"FLIGHTSPECIAL"' in text
    ]
    # insert, on conflict delete what is there, insert again
    assert written == ["INSERT", "INSERT", "DELETE", "INSERT"]


def test_update_record_deletes_and_inserts_what_is_missing(tmp_path: Path) -> None:
    world = World(tmp_path, **errors(ApplyErrorUpdatePolicy="UPDATE_RECORD"))
    done = world.apply(update(header="arrived"))
    written = [
        text.split(" ", 1)[0] for text in world.database.statements if '"FLIGHTSPECIAL"' in text
    ]
    assert written == ["UPDATE", "DELETE", "INSERT"]
    assert done.counts == {(*TABLE, "applied_updates"): 1}
