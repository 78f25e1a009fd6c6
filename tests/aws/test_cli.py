"""The AWS CLI on the running lab, as a migration engineer looks at a replication: what it prints is
what counts.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.aws.building import describe_task, until
from tests.aws.chain import Chain, running_chain
from tests.components import ROOT
from tests.waiting import LONG_SECONDS

#: the program of requirements.txt, not one that happens to be on the path
AWS = Path(sys.executable).parent / "aws"
WIDE = "한" * 100  # 300 bytes for VARCHAR2(255 BYTE)


class Terminal:
    """Runs ``aws`` against an endpoint and gives what it printed."""

    def __init__(self, endpoint_url: str, home: Path) -> None:
        self._endpoint_url = endpoint_url
        self._environ: Mapping[str, str] = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "AWS_ACCESS_KEY_ID": "lab",
            "AWS_SECRET_ACCESS_KEY": "lab",
            "AWS_DEFAULT_REGION": "ap-northeast-2",
            "AWS_MAX_ATTEMPTS": "1",
            "COLUMNS": "400",
            "PYTHONUTF8": "1",
        }

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [str(AWS), *words, "--endpoint-url", self._endpoint_url]
        return subprocess.run(
            command, capture_output=True, text=True, env=self._environ, timeout=LONG_SECONDS
        )

    def __call__(self, *words: str) -> str:
        done = self.run(*words)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return done.stdout.strip()


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """A replication that has applied one change and could not apply another."""
    with running_chain(tmp_path_factory.mktemp("chain")) as running:
        running.change_header("London to Busan")
        until(running.legacy_header, lambda header: header == "London to Busan")
        running.change_header(WIDE)
        until(lambda: exceptions(running), bool)
        yield running


@pytest.fixture
def aws(chain: Chain, tmp_path: Path) -> Terminal:
    return Terminal(chain.endpoint_url, tmp_path)


@pytest.fixture(scope="module")
def arn(chain: Chain) -> str:
    """The replication's task, while it is the only one."""
    return describe_task(chain.client("dms"))["ReplicationTaskArn"]


def exceptions(chain: Chain) -> int:
    with chain.legacy.cursor() as cursor:
        ((count,),) = cursor.execute('select count(*) from "awsdms_apply_exceptions"').fetchall()
    chain.legacy.rollback()
    return int(count)


def test_the_task_is_listed(aws: Terminal, arn: str) -> None:
    columns = (
        "ReplicationTasks[].[ReplicationTaskIdentifier,Status,MigrationType,ReplicationTaskArn]"
    )
    line = aws(
        "dms",
        "describe-replication-tasks",
        "--without-settings",
        "--query",
        columns,
        "--output",
        "text",
    )
    assert line.split("\t") == [
        "flightspecials-postgresql-to-oracle-rsync-task",
        "running",
        "cdc",
        arn,
    ]
    table = aws("dms", "describe-replication-tasks", "--without-settings", "--output", "table")
    cells = [
        [cell.strip() for cell in line.split("|") if cell.strip()] for line in table.splitlines()
    ]
    assert ["DescribeReplicationTasks"] in cells
    assert ["Status", "running"] in cells
    assert ["TablesLoaded", "1"] in cells
    aws(
        "dms",
        "wait",
        "replication-task-running",
        "--filters",
        f"Name=replication-task-arn,Values={arn}",
    )


def test_its_statistics_show_what_was_applied(aws: Terminal, arn: str) -> None:
    names = "SchemaName,TableName,Updates,AppliedUpdates,TableState,ValidationState"
    query = f"TableStatistics[].[{names}]"
    command = ("dms", "describe-table-statistics", "--replication-task-arn", arn)
    wanted = ["travelbuddy", "flightspecial", "2", "1", "Table completed", "Not enabled"]
    until(
        lambda: aws(*command, "--query", query, "--output", "text").split("\t"),
        lambda found: found == wanted,
    )
    table = aws(
        *command,
        "--output",
        "table",
        "--query",
        "TableStatistics[].{Table:TableName,Applied:AppliedUpdates}",
    )
    assert ["1", "flightspecial"] in [re.findall(r"[^|\s]+", line) for line in table.splitlines()]
    failed = (
        "--filters",
        "Name=table-state,Values=Table error",
        "--query",
        "length(TableStatistics)",
    )
    assert aws(*command, *failed) == "0"


def test_its_errors_and_warnings_are_in_its_log(aws: Terminal, arn: str) -> None:
    stream = f"dms-task-{arn.rsplit(':', 1)[1]}"
    command = (
        "logs",
        "filter-log-events",
        "--log-group-name",
        "dms-tasks-dmsworkshop-target-dmsrepl",
    )
    command += ("--log-stream-names", stream, "--query", "events[].[message]", "--output", "text")

    def lines(pattern: str) -> list[str]:
        return aws(*command, "--filter-pattern", pattern).splitlines()

    # lines come in batches: what one change has left may come in two
    left = (
        "ORA-12899",
        "Failed to execute statement: ",
        "[TARGET_APPLY    ]W:  Oracle error code is '12899'",
    )
    both = until(
        lambda: lines('?"]E:" ?"]W:"'),
        lambda found: all(any(words in line for line in found) for words in left),
    )
    errors = lines('"]E:"')
    assert any("[TARGET_APPLY    ]E:  " in line and "ORA-12899" in line for line in errors)
    assert any(
        'Failed to execute statement: \'UPDATE "TRAVELBUDDY"."FLIGHTSPECIAL"' in line
        for line in errors
    )
    assert set(errors) < set(both)
    assert any(left[2] in line for line in both)
    assert not any("]I:" in line for line in both)


def test_its_latency_is_in_cloudwatch(aws: Terminal, arn: str) -> None:
    now = datetime.now(UTC)
    dimensions = (
        "Name=ReplicationInstanceIdentifier,Value=dmsworkshop-target-dmsrepl",
        f"Name=ReplicationTaskIdentifier,Value={arn.rsplit(':', 1)[1]}",
    )
    listing = (
        "cloudwatch",
        "list-metrics",
        "--namespace",
        "AWS/DMS",
        "--query",
        "Metrics[].[MetricName]",
    )
    wanted = {"CDCLatencySource", "CDCLatencyTarget", "CDCIncomingChanges"}
    # they are taken in one after the other
    listed = until(
        lambda: aws(*listing, "--output", "text").split(), lambda found: wanted <= set(found)
    )
    assert len(listed) == len(set(listed))
    command = (
        "cloudwatch",
        "get-metric-statistics",
        "--namespace",
        "AWS/DMS",
        "--metric-name",
        "CDCLatencyTarget",
    )
    command += ("--dimensions", *dimensions, "--statistics", "Minimum", "Maximum", "--period", "60")
    command += ("--start-time", f"{now - timedelta(minutes=10):%Y-%m-%dT%H:%M:%SZ}")
    command += ("--end-time", f"{now + timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}")
    query = "[length(Datapoints), min(Datapoints[].Minimum), max(Datapoints[].Maximum)]"
    count, least, most = aws(*command, "--query", query, "--output", "text").split()
    assert int(count) >= 1
    assert 0 <= float(least) <= float(most) < 600


def test_its_events_tell_when_it_started(aws: Terminal) -> None:
    command = (
        "dms",
        "describe-events",
        "--source-type",
        "replication-task",
        "--query",
        "Events[].[Message]",
    )
    assert aws(*command, "--output", "text").splitlines() == [
        "The replication task has been created.",
        "Replication task started, with flag, fresh start",
    ]


def test_a_task_is_assessed_on_the_real_databases(aws: Terminal, chain: Chain, arn: str) -> None:
    """A second task on the same endpoints, that has a table without a key and LOBs, and an enabled
    trigger.
    """
    chain.source.execute("create table travelbuddy.keyless (note text, tags int[])", "dso")
    with chain.legacy.cursor() as cursor:
        cursor.execute("create sequence SPECIALS")
        cursor.execute(
            "create or replace trigger NEXT_SPECIAL before insert on FLIGHTSPECIAL for each row "
            "begin :new.ID := SPECIALS.nextval; end;"
        )
    columns = "ReplicationTasks[0].[SourceEndpointArn,TargetEndpointArn,ReplicationInstanceArn]"
    source, target, instance = aws(
        "dms", "describe-replication-tasks", "--query", columns, "--output", "text"
    ).split()
    mapping = json.loads((ROOT / "environments" / "mappings" / "corrected.json").read_text())
    for rule in mapping["rules"]:
        if rule["rule-type"] == "selection":
            rule["object-locator"]["table-name"] = "%"
    words = (
        "--source-endpoint-arn",
        source,
        "--target-endpoint-arn",
        target,
        "--replication-instance-arn",
        instance,
    )
    words += (
        "--replication-task-identifier",
        "second",
        "--migration-type",
        "cdc",
        "--output",
        "text",
    )
    words += (
        "--table-mappings",
        json.dumps(mapping),
        "--query",
        "ReplicationTask.ReplicationTaskArn",
    )
    second = aws("dms", "create-replication-task", *words)
    words = (
        "--service-access-role-arn",
        "arn:aws:iam::000000000000:role/dms",
        "--result-location-bucket",
        "results",
    )
    words += ("--assessment-run-name", "before", "--replication-task-arn", second)
    aws("dms", "start-replication-task-assessment-run", *words)
    only = ("--filters", f"Name=replication-task-arn,Values={second}")
    runs = ("dms", "describe-replication-task-assessment-runs", *only, "--output", "text")
    status = ("--query", "ReplicationTaskAssessmentRuns[0].Status")
    assert (
        until(lambda: aws(*runs, *status), lambda state: state not in ("starting", "running"))
        == "failed"
    )
    columns = "ReplicationTaskIndividualAssessments[].[IndividualAssessmentName,Status]"
    lines = aws(
        "dms",
        "describe-replication-task-individual-assessments",
        *only,
        "--query",
        columns,
        "--output",
        "text",
    )
    found = dict(line.split("\t") for line in lines.splitlines())
    assert found["oracle-target-triggers-are-enabled"] == "failed"
    assert found["postgres-check-pk"] == "failed"
    assert found["postgres-check-table-with-array"] == "failed"
    assert found["table-with-lob-but-without-primary-key-or-unique-constraint"] == "failed"
    assert found["target-table-has-unique-key-or-primary-key-for-cdc"] == "failed"
    assert found["postgres-check-walsenderstimeout"] == "passed"
    assert found["postgres-check-pglogical"] == "passed"
    assert found["postgres-batch-apply-lob-mode"] == "skipped"
    assert "error" not in found.values()


def test_a_refusal_is_one_line_with_the_code(aws: Terminal, arn: str) -> None:
    for words, code in (
        (
            ("start-replication-task", "--start-replication-task-type", "start-replication"),
            "InvalidResourceStateFault",
        ),
        (("delete-replication-task",), "InvalidResourceStateFault"),
    ):
        refused = aws.run("dms", *words, "--replication-task-arn", arn)
        assert refused.returncode != 0
        assert f"An error occurred ({code}) when calling the" in refused.stderr
    refused = aws.run("dms", "describe-recommendations")
    assert (
        "(InvalidOperationFault) when calling the DescribeRecommendations operation"
        in refused.stderr
    )
