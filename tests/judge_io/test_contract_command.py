"""``python -m reconciliation contract`` against two databases: what it drafts can be reviewed,
loaded and run.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconciliation.agreed.contract import load_contract
from reconciliation.agreed.profile import load_profile
from reconciliation.checks.mapping import MAPPING
from reconciliation.checks.registry import examine
from reconciliation.cli import contract as contract_command
from reconciliation.errors import EnvironmentFault
from reconciliation.session.opening import open_session
from tests.oracle.fake_engine import USER

from . import samples
from .box import TASK, Box, capitals


@pytest.fixture(autouse=True)
def _a_task_on_paper(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    def found(aws: Any, name: str) -> Any:
        if name != TASK:
            raise EnvironmentFault(f"there is no replication task {name!r}")
        return samples.task(
            identifier=TASK, table_mappings=json.dumps(box.mapping or capitals(box.schema))
        )

    monkeypatch.setattr(contract_command, "find_task", found)


def test_a_draft_is_printed_written_reviewed_and_run(box: Box) -> None:
    box.table(
        "t",
        "id int8 PRIMARY KEY, note text, at timestamptz",
        "id NUMBER(19) PRIMARY KEY, note VARCHAR2(100), at NUMBER(19), legacy DATE",
        [("1, 'a', '1970-01-01 00:00:01+00'", "1, 'a', 1000, NULL")],
    )
    printed = box.run("--task", TASK, name="contract", json_report=False)
    assert printed.status == 0, printed.err
    assert f'source = "{box.schema}.t"' in printed.out
    assert f"{box.schema}.t: 2 pairs, 2 to be decided" in printed.err
    drafted = box.root / "contracts" / "t.toml"
    written = box.run("--write", str(box.root / "contracts"), name="contract", json_report=False)
    assert (written.status, written.out) == (0, "")
    assert drafted.read_text(encoding="utf-8") == printed.out
    again = box.run("--write", str(box.root / "contracts"), name="contract", json_report=False)
    assert again.status == 0
    assert f"t.toml is the contract of {box.schema}.t: left as it is" in again.err
    assert drafted.read_text(encoding="utf-8") == printed.out
    refused = box.run()
    assert refused.status == 4
    assert "t.toml: not decided: at -> AT, LEGACY." in refused.err
    text = drafted.read_text(encoding="utf-8")
    text = text.replace("[[undecided]]\n", '[[column]]\nconversion = "epoch_millis"\n', 1)
    drafted.write_text(
        text.replace("[[undecided]]\n", '[[not_compared]]\nreason = "a batch"\n'), encoding="utf-8"
    )
    outcome = box.run()
    assert outcome.status == 0, outcome.out + outcome.err
    assert outcome.table("t")["rules"]["at -> AT"] == "epoch_millis"


def test_wrong_names_are_refused(box: Box) -> None:
    box.table("t", "id int8 PRIMARY KEY", "id NUMBER(19) PRIMARY KEY")
    unknown = box.run("--table", "nobody.x", name="contract", json_report=False)
    assert unknown.status == 4
    assert (
        unknown.err
        == f"reconciliation: the task does not replicate nobody.x; it replicates {box.schema}.t\n"
    )
    task = box.run("--task", "nobody", name="contract", json_report=False)
    assert (task.status, task.err) == (2, "reconciliation: there is no replication task 'nobody'\n")


def test_rules_that_name_nothing_are_told_on_the_way(box: Box) -> None:
    box.table("t", "id int8 PRIMARY KEY", "id NUMBER(19) PRIMARY KEY")
    where = {"schema-name": box.schema, "table-name": "t", "column-name": "idd"}
    idle = {
        "rule-type": "transformation",
        "rule-target": "column",
        "rule-action": "rename",
        "value": "IDX",
        "object-locator": where,
    }
    box.mapping = capitals(box.schema, idle)
    outcome = box.run(name="contract", json_report=False)
    assert outcome.status == 0
    assert "names nothing that is replicated" in outcome.err


def test_from_two_databases_to_a_check_without_a_task(box: Box) -> None:
    """A mapping, contracts and what has to be accepted are drafted, and together they are clean."""
    box.table(
        "trip",
        "id int8 PRIMARY KEY, origin_code varchar(20) NOT NULL, note varchar(60), gone int4",
        "id NUMBER(19) PRIMARY KEY, origincode VARCHAR2(20) NOT NULL, note VARCHAR2(60) NOT NULL",
    )
    file, contracts = box.root / "mapping.json", box.root / "contracts"
    mapped = box.run("--write", str(file), name="mapping", json_report=False)
    assert (mapped.status, mapped.out) == (0, ""), mapped.err
    assert f"{box.schema}.trip.gone (int4): {USER}.TRIP has no such column; it is" in mapped.err
    assert "tables selected: 1" in mapped.err
    box.mapping = json.loads(file.read_text(encoding="utf-8"))
    there = ("--mapping", str(file), "--write", str(contracts))
    accept = ("--accept", str(contracts / "accepted.toml"))
    drafted = box.run(*there, name="contract", json_report=False)
    assert drafted.status == 0, drafted.err
    trip = contracts / "trip.toml"
    left_out = '[[not_compared]]\nreason = "of the new system only"\n'
    text = trip.read_text(encoding="utf-8").replace("[[undecided]]\n", left_out)
    trip.write_text(text, encoding="utf-8")
    entries = box.run("--mapping", str(file), *accept, name="contract", json_report=False)
    assert "to be decided" not in entries.err  # of contracts that are there it has been
    assert entries.status == 0, entries.err
    refused = box.run(name="check", json_report=False)
    assert (refused.status, "reason and owner still say TODO" in refused.err) == (4, True)
    signed = contracts / "accepted.toml"
    signed.write_text(signed.read_text(encoding="utf-8").replace("TODO", "me"), encoding="utf-8")
    again = box.run(*there, *accept, name="contract", json_report=False)
    assert (again.status, "holds entries already" in again.err) == (4, True)
    table = load_contract(contracts, signed).tables[0]
    assert {one.rule: one.columns for one in table.accepted} == {
        "refused_null": ("note",),
        "refused_empty_string": ("origin_code", "note"),
        "refused_byte_length": ("origin_code", "note"),
    }
    with open_session(load_profile("box", box.root), each_table=True) as session:
        subjects = (MAPPING, "the capacity of the legacy columns", "the accepted differences")
        for subject in subjects:
            assert examine(session.parallel_run, subject).findings == ()


def test_a_mapping_is_drafted_of_one_schema_and_never_over_another(box: Box) -> None:
    box.table("t", "id int8 PRIMARY KEY", "id NUMBER(19) PRIMARY KEY")
    printed = box.run("--schema", box.schema, name="mapping", json_report=False)
    assert printed.status == 0
    assert json.loads(printed.out)["rules"][0]["object-locator"] == {
        "schema-name": box.schema,
        "table-name": "t",
    }
    other = box.run("--schema", "nobody", name="mapping", json_report=False)
    assert (other.status, other.err) == (
        4,
        f"reconciliation: --schema nobody is none of the schemas of [source]: {box.schema}\n",
    )
    file = box.root / "mapping.json"
    file.write_text("mine", encoding="utf-8")
    refused = box.run("--write", str(file), name="mapping", json_report=False)
    assert (refused.status, "is there already" in refused.err) == (4, True)
    assert file.read_text(encoding="utf-8") == "mine"


def test_a_mapping_of_nothing_is_not_drafted(box: Box) -> None:
    box.here("CREATE TABLE {s}.lonely (id int8 PRIMARY KEY)")
    outcome = box.run(name="mapping", json_report=False)
    assert (outcome.status, outcome.out) == (2, "")
    assert "has one of its name in" in outcome.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--mapping", "nowhere.json"), "--mapping nowhere.json cannot be read: No such file"),
        (("--accept", "."), "is a directory; name a file"),
    ],
)
def test_options_that_cannot_be_meant_are_refused(
    box: Box, arguments: tuple[str, ...], words: str
) -> None:
    box.table("t", "id int8 PRIMARY KEY", "id NUMBER(19) PRIMARY KEY")
    outcome = box.run(*arguments, name="contract", json_report=False)
    assert (outcome.status, words in outcome.err) == (4, True), outcome.err


def test_a_mapping_and_a_task_are_not_both_meant(box: Box) -> None:
    with pytest.raises(SystemExit) as ended:
        box.run("--mapping", "x", "--task", "y", name="contract", json_report=False)
    assert ended.value.code == 4
