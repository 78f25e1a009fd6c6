"""``python -m reconciliation contract`` against two databases: what it drafts can be reviewed,
loaded and run.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconciliation.cli import contract as contract_command
from reconciliation.errors import EnvironmentFault

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
    assert again.status == 4
    assert "has t.toml already; nothing is overwritten" in again.err
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
