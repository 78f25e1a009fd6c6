"""The command line against two real databases, with a replication task that exists on paper only.

Every box has a PostgreSQL schema of its own and drops its Oracle tables in the end; the task's
mapping selects every table of the schema and writes all names in capitals, unless a test gives
another one.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from reconciliation import __main__ as command
from reconciliation.agreed.profile import load_profile
from reconciliation.cli import runs
from reconciliation.compare import contracted
from reconciliation.replication import TaskFacts
from reconciliation.session import opening, sweeping
from reconciliation.session.opening import open_session
from reconciliation.session.session import Session
from tests.clusters import Cluster
from tests.oracle.conftest import WireServer
from tests.oracle.fake_engine import PASSWORD, SERVICE, USER

from . import samples

DATABASE = "dso"
TASK = "rsync-task"


def capitals(schema: str, *more: Mapping[str, Any]) -> dict[str, Any]:
    """A mapping that replicates a whole schema into Oracle's user, all names in capitals."""
    where = {"schema-name": schema, "table-name": "%"}
    rules: list[dict[str, Any]] = [
        {"rule-type": "selection", "rule-action": "include", "object-locator": where},
        {
            "rule-type": "transformation",
            "rule-target": "schema",
            "rule-action": "rename",
            "value": USER,
            "object-locator": {"schema-name": schema},
        },
        {
            "rule-type": "transformation",
            "rule-target": "table",
            "rule-action": "convert-uppercase",
            "object-locator": where,
        },
    ]
    rules += [dict(rule) for rule in more]
    rules.append(
        {
            "rule-type": "transformation",
            "rule-target": "column",
            "rule-action": "convert-uppercase",
            "object-locator": {**where, "column-name": "%"},
        }
    )
    for number, rule in enumerate(rules, 1):
        rule |= {"rule-id": str(number), "rule-name": str(number)}
    return {"rules": rules}


PROFILE = """
[environment]
name = "box"
title = "two databases and a task on paper"
kind = "live"
mutations = false
reserved_keys = [900000000, 900999999]
sweep_target_orphans = false
control_task = false
[source]
host = "{host}"
port = {port}
database = "{database}"
user_env = "BOX_USER"
password_env = "BOX_PASSWORD"
schema = "{schema}"
[target]
host = "127.0.0.1"
port = {oracle}
database = "{service}"
user_env = "BOX_ORACLE_USER"
password_env = "BOX_ORACLE_PASSWORD"
schema = "{target}"
[aws]
region = "ap-northeast-2"
task = "{task}"
[api]
header_path = "/x/{{id}}"
list_path = "/x"
[replication]
column_rule_policy = "lower_rule_id_wins"
arrival_limit_seconds = 0.2
agreed_lag_seconds = 5
control_schema = "{target}"
[contract]
directory = "contracts"
{accepted}
[values]
rows = 10
[agreed]
rds_instance = "x"
replication_instance = "x"
source_endpoint = "x"
target_endpoint = "x"
migration_type = "cdc"
target_table_preparation = "DO_NOTHING"
lob_mode = "limited"
lob_max_size_kb = 32
data_validation = false
cloudwatch_logs = true
slot_plugin = "pglogical_output"
slot_retained_limit_mb = 100
"""


@dataclass(frozen=True)
class Outcome:
    """What one command said: exit status, both outputs, and the report where it was asked for as
    JSON.
    """

    status: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        return json.loads(self.out)

    def table(self, name: str) -> dict[str, Any]:
        """A table of the report by its name without schema."""
        return next(one for one in self.report["tables"] if one["table"].endswith(f".{name}"))


@dataclass
class Box:
    root: Path
    cluster: Cluster
    oracle: Any  # a python-oracledb connection
    server: WireServer
    monkeypatch: pytest.MonkeyPatch
    schema: str
    mapping: dict[str, Any] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)

    def here(self, *statements: str) -> None:
        """Statements for PostgreSQL; ``{s}`` stands for the schema."""
        for statement in statements:
            self.cluster.execute(statement.replace("{s}", self.schema), DATABASE)

    def there(self, *statements: str) -> None:
        """Statements for Oracle, committed."""
        with self.oracle.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        self.oracle.commit()

    def table(self, name: str, here: str, there: str, rows: Sequence[tuple[str, str]] = ()) -> None:
        """A table on both sides and its rows, as the values of an INSERT here and there; '' leaves
        a side out.
        """
        self.here(f"CREATE TABLE {{s}}.{name} ({here})")
        self.there(f"CREATE TABLE {name} ({there})")
        self.made.append(name)
        for ours, theirs in rows:
            if ours:
                self.here(f"INSERT INTO {{s}}.{name} VALUES ({ours})")
            if theirs:
                self.there(f"INSERT INTO {name} VALUES ({theirs})")

    def contract(
        self, name: str, columns: Sequence[str], options: str = 'key = ["id"]', **conversions: str
    ) -> None:
        """A contract of equally named columns; the last one is the mark column."""
        text = (
            f'[table]\nsource = "{self.schema}.{name}"\ntarget = "{USER}.{name.upper()}"\n'
            f'mark_column = "{columns[-1]}"\n{options}\n'
        )
        for column in columns:
            text += f'[[column]]\nsource = "{column}"\ntarget = "{column.upper()}"\n'
            text += f'conversion = "{conversions[column]}"\n' if column in conversions else ""
        (self.root / "contracts" / f"{name}.toml").write_text(text, encoding="utf-8")

    def accept(self, table: str, columns: str, rule: str, expires: str = "2099-12-31") -> None:
        with (self.root / "contracts" / "accepted.toml").open("a", encoding="utf-8") as file:
            file.write(
                f'[[accepted]]\ntable = "{self.schema}.{table}"\ncolumns = {columns}\nrule = '
                f'"{rule}"\n'
                f'reason = "agreed"\nowner = "somebody"\nexpires = {expires}\n'
            )

    def write_profile(self) -> None:
        """The environment's file, and a task that exists on paper."""
        accepted = (
            'accepted = "contracts/accepted.toml"'
            if (self.root / "contracts/accepted.toml").exists()
            else ""
        )
        profile = PROFILE.format(
            host=self.cluster.host,
            port=self.cluster.port,
            database=DATABASE,
            schema=self.schema,
            oracle=self.server.port,
            service=SERVICE,
            target=USER,
            task=TASK,
            accepted=accepted,
        )
        (self.root / "environments" / "box.toml").write_text(profile, encoding="utf-8")
        mapping = json.dumps(self.mapping or capitals(self.schema))
        task = samples.task(identifier=TASK, table_mappings=mapping)
        self.monkeypatch.setattr(opening, "find_task", lambda aws, name: task)

    def session(self, **changes: Any) -> Session:
        """A session that may write, with no replication behind it; ``changes`` of the profile."""
        self.write_profile()
        self.monkeypatch.setattr(
            sweeping, "describe_task", lambda run: replace(run.task, status="stopped")
        )
        profile = load_profile("box", self.root)
        return open_session(replace(profile, mutations=True, **changes), writes_to=profile.name)

    def run(self, *arguments: str, name: str = "run", json_report: bool = True) -> Outcome:
        """One command of ``python -m reconciliation``."""
        self.write_profile()
        facts = TaskFacts(TASK, "running", "cdc")
        self.monkeypatch.setattr(runs, "task_facts", lambda session: facts)
        self.monkeypatch.setattr(
            contracted, "Delivery", lambda *_: SimpleNamespace(behind=lambda anew=True: None)
        )
        self.monkeypatch.setattr(command, "ROOT", self.root)
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            status = command.main(
                [name, "--environment", "box", *arguments, *(["--json"] if json_report else [])]
            )
        return Outcome(status, out.getvalue(), err.getvalue())

    def close(self) -> None:
        self.cluster.execute(f"DROP SCHEMA {self.schema} CASCADE", DATABASE)
        for name in self.made:
            self.there(f"DROP TABLE {name} PURGE")


def boxes(
    cluster: Cluster,
    server: WireServer,
    oracle: Any,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
) -> Iterator[Box]:
    """One box, gone afterwards."""
    for directory in ("environments", "contracts"):
        (root / directory).mkdir()
    for name, value in (
        ("BOX_USER", cluster.user),
        ("BOX_PASSWORD", "any"),
        ("BOX_ORACLE_USER", USER),
        ("BOX_ORACLE_PASSWORD", PASSWORD),
    ):
        monkeypatch.setenv(name, value)
    box = Box(root, cluster, oracle, server, monkeypatch, f"box{number}")
    box.here("CREATE SCHEMA {s}")
    try:
        yield box
    finally:
        box.close()
