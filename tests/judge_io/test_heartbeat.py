"""A heartbeat in the place of a marker in every table: whose marker it is, where it is refused."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from reconciliation.agreed.contract import agreed_contract
from reconciliation.errors import ContractMistake, EnvironmentFault
from reconciliation.session import heartbeat
from reconciliation.session.preflight import Preflight

from . import samples
from .box import capitals
from .samples import TABLE, lab_profile

BEAT, OTHER, ELSEWHERE = TABLE.source, "travelbuddy.hotelspecial", "travelbuddy.outbox"


def _named(name: str | None) -> Any:
    profile = lab_profile()
    return replace(profile, replication=replace(profile.replication, heartbeat=name))


def _session(
    mapped: tuple[str, ...] = (BEAT, OTHER),
    threads: int = 0,
    others: dict[str, str] | None = None,
    unfit: dict[str, str] | None = None,
    unwritable: dict[str, str] | None = None,
    name: str | None = BEAT,
) -> Any:
    tasks = {"rsync-task": "not read", **(others or {})}
    pages = [{"ReplicationTasks": [_task(*one) for one in tasks.items()]}]
    run = samples.parallel_run(
        profile=_named(name),
        resolved=SimpleNamespace(tables=[SimpleNamespace(source=one) for one in mapped]),
        task=samples.task(settings={"TargetMetadata": {"ParallelApplyThreads": threads}}),
        aws=_Aws(pages),
        unfit=unfit or {},
    )
    maker = SimpleNamespace(hindrance=lambda table: f"{table}: column id takes 1 alone")
    preflight = Preflight((), unwritable=unwritable or {})
    return SimpleNamespace(parallel_run=run, preflight=preflight, maker=maker)


def _task(identifier: str, mapping: str) -> dict[str, str]:
    return {"ReplicationTaskIdentifier": identifier, "TableMappings": mapping}


class _Aws:
    region = "here"

    def __init__(self, pages: list[Any]) -> None:
        paginator = SimpleNamespace(paginate=lambda: pages)
        self.dms = SimpleNamespace(get_paginator=lambda name: paginator)

    def asking(self, what: str) -> Any:
        return nullcontext()


def _selecting(table: str) -> str:
    document = capitals("travelbuddy")
    document["rules"][0]["object-locator"]["table-name"] = table
    return json.dumps(document)


# ------------------------------------------------------------------ whose marker it is


def test_its_marker_is_that_of_every_table_of_the_task() -> None:
    run = _session().parallel_run
    assert heartbeat.carriers(run, [OTHER, ELSEWHERE, BEAT]) == {
        OTHER: BEAT,
        ELSEWHERE: ELSEWHERE,  # another task may be behind this one
        BEAT: BEAT,
    }


def test_without_one_each_table_has_its_own() -> None:
    run = _session(name=None).parallel_run
    assert heartbeat.carriers(run, [OTHER, BEAT]) == {OTHER: OTHER, BEAT: BEAT}


# ------------------------------------------------------------------ where it is refused


def test_one_that_proves_what_it_should_is_taken() -> None:
    heartbeat.check(_session(others={"elsewhere": _selecting("outbox")}))


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"mapped": (OTHER,)}, "the task rsync-task does not map it"),
        ({"threads": 4}, "the task rsync-task has ParallelApplyThreads = 4"),
        ({"others": {"second": _selecting("%")}}, "the task second selects it as well"),
        ({"others": {"second": "no JSON"}}, "the task second selects it as well"),
        ({"unfit": {BEAT: f"{BEAT} has no column x"}}, f"{BEAT} has no column x"),
        ({"unwritable": {BEAT: "GRANT INSERT"}}, "GRANT INSERT"),
    ],
    ids=["unmapped", "threads", "two tasks", "a task nobody can read", "unfit", "no grant"],
)
def test_one_that_proves_nothing_or_is_closed_is_refused_by_name(
    wrong: dict[str, Any], why: str
) -> None:
    with pytest.raises(EnvironmentFault) as caught:
        heartbeat.check(_session(**wrong))
    assert str(caught.value).startswith(f"[replication] heartbeat is {BEAT!r}, and {why}")
    assert str(caught.value).endswith(
        "; without heartbeat in the profile each table has a marker of its own"
    )
    heartbeat.check(_session(**wrong, name=None))


def test_one_that_takes_no_row_is_refused_by_name() -> None:
    with pytest.raises(EnvironmentFault, match="column id takes 1 alone; without heartbeat"):
        heartbeat.check_rows(_session())
    heartbeat.check_rows(_session(name=None))


def test_one_without_a_contract_is_refused_before_anything_connects() -> None:
    with pytest.raises(ContractMistake) as caught:
        agreed_contract(_named(OTHER))
    assert str(caught.value) == (
        "environments/lab.toml: [replication] heartbeat 'travelbuddy.hotelspecial' has no "
        "contract; tables that may be written to: travelbuddy.flightspecial"
    )
    assert agreed_contract(_named(BEAT)) == agreed_contract(_named(None))


def test_one_that_its_contract_closes_is_refused_before_anything_connects(tmp_path: Path) -> None:
    text = (samples.ROOT / "contracts/flightspecial.toml").read_text(encoding="utf-8")
    excuse = '[excuse]\nreason = "closed"\nowner = "somebody"\nexpires = 2099-12-31\n'
    closed = text.replace("[table]\n", f"{excuse}[table]\nwrite = false\n")
    (tmp_path / "flightspecial.toml").write_text(closed, encoding="utf-8")
    profile = replace(_named(BEAT), contract_directory=tmp_path, accepted=None)
    with pytest.raises(ContractMistake, match="has write = false in its contract, and markers"):
        agreed_contract(profile)
    assert agreed_contract(replace(profile, replication=_named(None).replication)).tables
