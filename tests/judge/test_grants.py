"""What a profile's accounts are given, as statements: enough for the judge, nothing for anybody
else's tables.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from reconciliation import __main__ as command
from reconciliation.agreed.contract import load_contract
from reconciliation.agreed.profile import Profile, load_profile
from reconciliation.databases import grants
from reconciliation.model import Contract

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/grants.md").read_text(encoding="utf-8")


def _profile(**changes: object) -> Profile:
    return replace(load_profile("lab", ROOT), **changes)


CONTRACT = load_contract(ROOT / "contracts", None)


def _handed_out(statement: str) -> set[tuple[str, str]]:
    """(privilege, rest) of a GRANT, lists taken apart."""
    privileges, objects, user = re.fullmatch(
        r"GRANT (.+?)(?: ON (.+))? TO (\S+)", statement
    ).groups()
    return {
        (privilege.strip(), f"{thing.strip()} {user}")
        for privilege in privileges.split(",")
        for thing in (objects or "").split(",")
    }


@pytest.mark.parametrize("mutations", [True, False])
def test_the_page_for_administrators_has_every_statement(mutations: bool) -> None:
    profile = _profile(mutations=mutations)
    blocks = "".join(re.findall(r"<!-- SUITE_\w+ -->\n```sql\n(.*?)```", PAGE, re.DOTALL))
    there = set().union(*map(_handed_out, blocks.split(";\n")[:-1]))
    needed = [
        *grants.oracle_statements(profile, CONTRACT, "VERIFIER"),
        *grants.oracle_looks(CONTRACT, "VERIFIER"),
        *grants.postgresql_statements(profile, CONTRACT, "verifier"),
    ]
    assert len(needed) > 8
    for statement in needed:
        assert _handed_out(statement) <= there, statement


def test_only_a_run_that_writes_is_given_more_than_reading() -> None:
    reading = _profile(mutations=False, control_task=False)
    lines = [
        *grants.oracle_statements(reading, CONTRACT, "V"),
        *grants.postgresql_statements(reading, CONTRACT, "v"),
    ]
    assert not [line for line in lines if re.search("INSERT|UPDATE|DELETE|ANY", line)]
    assert "dms:StopReplicationTask" not in grants.aws_policy(reading)
    assert "dms:StopReplicationTask" in grants.aws_policy(_profile())
    rebooting = replace(_profile(), interruptions=("stop", "reboot-source"))
    assert "rds:RebootDBInstance" in grants.aws_policy(rebooting)
    assert "rds:RebootDBInstance" not in grants.aws_policy(replace(rebooting, interruptions=()))
    assert "GRANT SELECT, INSERT, UPDATE, DELETE ON travelbuddy.flightspecial TO v" in list(
        grants.postgresql_statements(_profile(), CONTRACT, "v")
    )


def test_a_table_nothing_is_written_to_is_only_read() -> None:
    (table,) = CONTRACT.tables
    excused = Contract((replace(table, write=False),))
    lines = [
        *grants.oracle_statements(_profile(), excused, "V"),
        *grants.postgresql_statements(_profile(), excused, "v"),
    ]
    assert "GRANT SELECT ON travelbuddy.flightspecial TO v" in lines
    assert "GRANT SELECT ON TRAVELBUDDY.FLIGHTSPECIAL TO V" in lines
    assert not [line for line in lines if "DELETE" in line]


def test_an_owner_needs_no_grant_on_its_own_tables() -> None:
    lines = list(grants.oracle_statements(_profile(), CONTRACT, "TRAVELBUDDY"))
    lines += grants.oracle_looks(CONTRACT, "TRAVELBUDDY")
    assert not [line for line in lines if " TRAVELBUDDY." in line]


@pytest.mark.parametrize(
    ("name", "oracle", "postgresql"),
    [
        ("FLIGHT", "FLIGHT", '"FLIGHT"'),
        ("ORDER", '"ORDER"', '"ORDER"'),
        ("COMMENT", '"COMMENT"', '"COMMENT"'),
        ("flight", '"flight"', "flight"),
        ('a"b c', '"a""b c"', '"a""b c"'),
    ],
)
def test_names_are_quoted_where_they_have_to_be(name: str, oracle: str, postgresql: str) -> None:
    assert (grants.in_oracle(name), grants.in_postgresql(name)) == (oracle, postgresql)


def test_the_command_prints_what_each_administrator_is_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command.main(["grants", "--environment", "aws-example", "--user", "nightly"]) == 0
    out = capsys.readouterr().out
    assert 'GRANT SELECT ON TRAVELBUDDY."awsdms_apply_exceptions" TO NIGHTLY;' in out
    assert "GRANT SELECT ON travelbuddy.flightspecial TO nightly;" in out
    assert command.main(["grants", "--environment", "lab", "--for", "oracle"]) == 0
    out = capsys.readouterr().out
    assert "\n-- better with: " in out
    assert "GRANT EXECUTE ON SYS.DBMS_FLASHBACK TO VERIFIER;" in out
    assert "GRANT FLASHBACK ON TRAVELBUDDY.FLIGHTSPECIAL TO VERIFIER;" in out
    assert command.main(["grants", "--environment", "lab", "--for", "postgresql"]) == 0
    assert (
        "SELECT, INSERT, DELETE on one table of the source schema that the task does not"
        in capsys.readouterr().out
    )
    assert command.main(["grants", "--environment", "aws-example", "--for", "aws"]) == 0
    (statement,) = json.loads(capsys.readouterr().out)["Statement"]
    assert "logs:FilterLogEvents" in statement["Action"]
    assert command.main(["grants", "--environment", "nowhere"]) == 4
