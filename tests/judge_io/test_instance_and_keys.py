"""The RDS instance and the keys of mapped tables, held against what was agreed."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from reconciliation.checks import keys, rds
from reconciliation.model import MULTISET, CatalogueTable, Contract, Excuse

from . import samples
from .fake_aws import FakeAws, FakeClient
from .world_as_agreed import AGREED


def _rds(
    status: str = "available", apply: str = "in-sync", identifier: str = AGREED.rds_instance
) -> FakeAws:
    instance = {
        "DBInstanceIdentifier": identifier,
        "DBInstanceStatus": status,
        "DBParameterGroups": [{"DBParameterGroupName": "pg", "ParameterApplyStatus": apply}],
    }
    return FakeAws(rds=FakeClient(describe_db_instances={"DBInstances": [instance]}))


@pytest.mark.parametrize(
    ("aws", "expected"),
    [
        (_rds(), []),
        (_rds(status="rebooting"), ["is rebooting, not available"]),
        (
            _rds(apply="pending-reboot"),
            ["is pending-reboot, so changed parameters are not in force"],
        ),
        (_rds(identifier="other"), ["there is no RDS instance 'flightspecials-test-postgres-db'"]),
    ],
)
def test_the_rds_instance(aws: FakeAws, expected: list[str]) -> None:
    findings = rds.check_rds_instance(samples.parallel_run(aws=aws))
    assert len(findings) == len(expected)
    assert all(words in finding.message for words, finding in zip(expected, findings, strict=True))


def _resolved(source: CatalogueTable, target: CatalogueTable, **contract: Any) -> Any:
    table = SimpleNamespace(source=samples.TABLE.source, target=samples.TABLE.target)
    return samples.parallel_run(
        contract=Contract((replace(samples.TABLE, **contract),)),
        resolved=SimpleNamespace(tables=(table,)),
        source_catalogue={samples.TABLE.source: source},
        target_catalogue={samples.TABLE.target: target},
    )


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ({}, {}, []),
        ({"primary_key": ()}, {}, ["its updates and deletes are not replicated"]),
        ({"replica_identity": "nothing"}, {}, ["REPLICA IDENTITY NOTHING"]),
        ({"replica_identity": "full"}, {}, ["pglogical does not support"]),
        ({}, {"primary_key": ()}, ["TRAVELBUDDY.FLIGHTSPECIAL has no primary key"]),
        (
            {},
            {"primary_key": (), "disabled_key": "FLIGHT_KEY"},
            ["FLIGHT_KEY of TRAVELBUDDY.FLIGHTSPECIAL is disabled"],
        ),
        ({"primary_key": ("header",)}, {}, ["the contract's key is id, the primary key is header"]),
    ],
)
def test_keys_of_mapped_tables(
    source: dict[str, Any], target: dict[str, Any], expected: list[str]
) -> None:
    run = _resolved(
        replace(samples.SOURCE_TABLE, **source), replace(samples.TARGET_TABLE, **target)
    )
    findings = keys.check_mapped_table_keys(run)
    assert len(findings) == len(expected)
    assert all(words in finding.message for words, finding in zip(expected, findings, strict=True))


EXCUSE = Excuse("is only ever appended to", "payments", dt.date(2999, 1, 1))
EXCUSED = {"key": (), "rows": MULTISET, "write": False, "excuse": EXCUSE}


@pytest.mark.parametrize(
    ("contract", "source", "target", "expected"),
    [
        (EXCUSED, {}, {}, []),
        (
            EXCUSED | {"excuse": replace(EXCUSE, expires=dt.date(2026, 1, 31))},
            {},
            {},
            [
                "travelbuddy.flightspecial has no primary key on either side, which payments "
                "answered for until 2026-01-31: is only ever appended to; add one, or renew the "
                "[excuse]"
            ],
        ),
        # what a run would write to has to have one
        (
            EXCUSED | {"write": True, "excuse": None},
            {},
            {},
            ["answer for it", "has no primary key"],
        ),
        # so has what is compared by one
        (EXCUSED | {"rows": "keyed"}, {}, {}, ["answer for it in its contract", "no primary key"]),
        # a key on one side alone is not what was answered for
        (EXCUSED, {"primary_key": ("id",)}, {}, ["the contract's key is none", "no primary key"]),
        (EXCUSED, {}, {"primary_key": ("ID",)}, ["its updates and deletes are not replicated"]),
        (EXCUSED, {}, {"disabled_key": "KEY"}, ["are not replicated", "KEY of TRAVELBUDDY"]),
        (EXCUSED, {"replica_identity": "nothing"}, {}, ["REPLICA IDENTITY NOTHING"]),
    ],
)
def test_a_table_without_a_key_is_accepted_by_name(
    contract: dict[str, Any], source: dict[str, Any], target: dict[str, Any], expected: list[str]
) -> None:
    bare = {"primary_key": ()}
    run = _resolved(
        replace(samples.SOURCE_TABLE, **bare | source),
        replace(samples.TARGET_TABLE, **bare | target),
        **contract,
    )
    findings = keys.check_mapped_table_keys(run)
    assert len(findings) == len(expected)
    assert all(words in finding.message for words, finding in zip(expected, findings, strict=True))
    assert {finding.table for finding in findings} <= {"travelbuddy.flightspecial"}
