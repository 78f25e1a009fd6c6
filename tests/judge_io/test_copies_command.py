"""``python -m reconciliation copies``: what it prints, how it ends, and what it refuses before it
connects.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.clusters import Cluster, temporary_cluster
from tests.waiting import LONG_SECONDS

from .samples import ROOT

SECRET = "s3cret-of-the-copy"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with temporary_cluster() as started:
        started.execute("CREATE SCHEMA s")
        started.execute(
            "CREATE TABLE s.one AS SELECT i AS id, 'row ' || i AS t FROM generate_series(1, "
            "3000) AS i"
        )
        started.execute("ALTER TABLE s.one ADD PRIMARY KEY (id)")
        started.execute("CREATE TABLE s.same AS TABLE s.one")
        started.execute("CREATE TABLE s.other AS TABLE s.one")
        started.execute("UPDATE s.other SET t = 'ROW 17' WHERE id = 17")
        started.execute("DELETE FROM s.other WHERE id = 18")
        yield started


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "reconciliation", "copies", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LONG_SECONDS,
        env=os.environ | {"SOURCE_PASSWORD": SECRET, "TARGET_PASSWORD": SECRET},
        check=False,
    )


def _on(cluster: Cluster, *arguments: str) -> subprocess.CompletedProcess[str]:
    url = f"postgresql://{cluster.user}@{cluster.host}:{cluster.port}/postgres"
    return _run("--source", url, "--target", url, *arguments)


def test_an_equal_copy_ends_with_0(cluster: Cluster) -> None:
    done = _on(cluster, "--table", "s.one=s.same")
    assert (done.returncode, done.stderr) == (0, "")
    assert "EQUAL" in done.stdout
    assert "3,000" in done.stdout


def test_a_different_copy_ends_with_1_and_names_what_differs(cluster: Cluster) -> None:
    done = _on(cluster, "--table", "s.one=s.other", "--table", "s.one=s.same")
    assert done.returncode == 1
    assert (
        "s.one id=17  t -> t  source 'row 17' (text)  target 'ROW 17' (text)  rule text  case"
        in done.stdout
    )
    assert "s.one id=18  the row is missing in target s.other" in done.stdout
    assert "Oracle" not in done.stdout + done.stderr


def test_the_same_as_json(cluster: Cluster) -> None:
    document = json.loads(_on(cluster, "--table", "s.one=s.other", "--json").stdout)
    (table,) = document["tables"]
    assert document["verdict"] == "DIFFERENT"
    assert (table["source_rows"], table["target_rows"], table["equal_rows"]) == (3000, 2999, 2998)
    assert (table["sides"], table["method"]) == (
        ["source", "target"],
        "the bytes both servers send",
    )


def test_digests_can_be_asked_for_and_find_the_same(cluster: Cluster) -> None:
    done = _on(cluster, "--table", "s.one=s.other", "--compare", "digests", "--json")
    (table,) = json.loads(done.stdout)["tables"]
    assert done.returncode == 1
    assert (table["source_rows"], table["target_rows"], table["equal_rows"]) == (3000, 2999, 2998)
    assert table["method"].startswith("digests: rows are equal by 128-bit digests (MD5)")
    assert table["method"].endswith("; as asked for")
    refused = _on(cluster, "--table", "s.one=s.other", "--compare", "sums")
    assert refused.returncode == 4
    assert "invalid choice: 'sums'" in refused.stderr


def test_parameters_of_a_url_are_obeyed_or_refused_by_name(cluster: Cluster) -> None:
    url = f"postgresql://{cluster.user}@{cluster.host}:{cluster.port}/postgres"

    def copied(query: str) -> subprocess.CompletedProcess[str]:
        return _run("--source", url, "--target", f"{url}?{query}", "--table", "s.one=s.same")

    assert copied("sslmode=disable&gssencmode=disable").returncode == 0
    # the server speaks no TLS
    trusting = copied("sslmode=verify-full&sslrootcert=/nowhere/root.crt")
    assert trusting.returncode == 2, trusting.stdout
    assert "server does not support SSL, but SSL was required" in trusting.stderr
    for query, words in (
        (
            "application_name=x",
            "--target: the parameter application_name is not obeyed; known are ",
        ),
        ("options=-c%20geqo=off", "--target: the parameter options is not obeyed"),
        ("sslmode=disable&sslmode=require", "--target: the parameter sslmode stands twice"),
        ("sslmode=yes", "--target: sslmode=yes is none of disable, allow"),
    ):
        refused = copied(query)
        assert refused.returncode == 4, refused.stdout
        assert words in refused.stderr


def test_a_table_that_is_not_there_ends_with_2(cluster: Cluster) -> None:
    done = _on(cluster, "--table", "s.nothing")
    assert done.returncode == 2
    assert "there is no table s.nothing" in done.stdout


def test_a_server_that_is_not_there_ends_with_2_in_one_line() -> None:
    url = "postgresql://someone@127.0.0.1:1/nowhere"
    done = _run("--source", url, "--target", url, "--table", "a.b")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "PostgreSQL 127.0.0.1:1/nowhere as someone: the connection was refused" in done.stderr
    assert SECRET not in done.stderr


@pytest.mark.parametrize(
    ("source", "rest", "message"),
    [
        (
            "postgresql://me:hidden@h/d",
            [],
            "--source holds a password, which every process list shows; set SOURCE_",
        ),
        ("mysql://me@h/d", [], "--source is not of the form postgresql://user@host:port/database"),
        ("postgresql://db.example/app?user=u&password=hidden", [], "--source holds a password"),
        ("postgresql://me@h/d?password=hidden", [], "set SOURCE_PASSWORD instead"),
        (
            "mysql://me@h/d?passwd=hidden",
            [],
            "--source is not of the form postgresql://user@host:port/database",
        ),
        (
            "postgresql://me@h?secret=hidden",
            [],
            "--source is not of the form postgresql://user@host:port/database",
        ),
        (
            "postgresql://me/hidden@h/d",
            [],
            "--source is not of the form postgresql://user@host:port/database",
        ),
        ("postgresql://me@h:hidden/d", [], "--source is no URL"),
        (
            "postgresql://me@h/d?sslmode=require;password=hidden",
            [],
            "--source: sslmode is none of disable, allow",
        ),
        (
            "postgresql://me@h/d?sslpassword=hidden",
            [],
            "--source: the parameter sslpassword is not obeyed",
        ),
        ("postgresql://me@h", [], "is not of the form postgresql://user@host:port/database"),
        ("no url", [], "--source is no URL"),
        (
            "postgresql://me@h/d",
            ["--table", "plain"],
            "--table 'plain' is not of the form schema.table",
        ),
        ("postgresql://me@h/d", ["--table", "a.b=c"], "--table 'a.b=c' is not of the form"),
    ],
)
def test_wrong_usage_ends_with_4_before_anything_connects(
    source: str, rest: list[str], message: str
) -> None:
    done = _run(
        "--source", source, "--target", "postgresql://me@127.0.0.1:1/d", "--table", "a.b", *rest
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (4, "", 1)
    assert message in done.stderr
    assert "hidden" not in done.stderr


@pytest.mark.parametrize("given", ["-1", "nan", "inf", "1e9"])
def test_a_recheck_that_would_never_end_is_refused(given: str) -> None:
    url = "postgresql://me@127.0.0.1:1/d"
    done = _run("--source", url, "--target", url, "--table", "a.b", "--recheck", given)
    assert (done.returncode, done.stdout) == (4, "")
    assert f"argument --recheck: '{given}' is no number of seconds from 0 to 86400" in done.stderr


def test_what_only_oracle_and_aws_need_is_not_imported_between_two_postgresql() -> None:
    program = (
        "import sys, reconciliation.__main__; print({'oracledb', 'boto3', 'botocore'} & "
        "set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"
