"""Where other tools say "success": two PostgreSQL tables on the command line, with its output and
its exit status.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.clusters import Cluster, temporary_cluster
from tests.waiting import LONG_SECONDS

from .samples import ROOT

#: table -> its columns, its rows, and how the copy is changed; what must be found then
_WIDE = [f"c{number}" for number in range(120)]
TABLES: Mapping[str, tuple[str, str, list[str], set[tuple[str, tuple[Any, ...], str | None]]]] = {
    "shift": (
        "id int8 PRIMARY KEY, a text, b text, n numeric",
        (
            "(1, 'ab', 'c', -0.19), (2, 'x', '', 0.71), (3, NULL, '<null>', 1e-20), (4, 'same', "
            "NULL, NULL)"
        ),
        [
            "UPDATE {} SET a = 'a', b = 'bc' WHERE id = 1",
            "UPDATE {} SET b = NULL, n = 0.710 WHERE id = 2",
            "UPDATE {} SET a = '<null>', b = NULL, n = 2e-20 WHERE id = 3",
            (
                "UPDATE {} SET a = 'DEFAULT_REPLACEMENT_STRING', b = 'DEFAULT_REPLACEMENT_STRING' "
                "WHERE id = 4"
            ),
        ],
        {
            ("changed", (1,), "a"),
            ("changed", (1,), "b"),
            ("changed", (2,), "b"),
            ("changed", (3,), "a"),
            ("changed", (3,), "b"),
            ("changed", (3,), "n"),
            ("changed", (4,), "a"),
            ("changed", (4,), "b"),
        },
    ),
    "small_steps": (
        "id int8 PRIMARY KEY, t timestamptz, v varchar(20), c char(5), f float8, d numeric(20, 4)",
        "(1, '2026-03-01 12:34:56.789012+00', 'a', 'a', 1.0001, 1234567890123), "
        "(2, '2026-03-01 00:00:00+00', 'a ', 'b', 0.1, 12), (3, '2026-03-01 00:00:00+00', 'A', "
        "'b', 0.1, 12), "
        "(4, '2026-03-01 00:00:00+00', 'é', 'b', 0.1, 12)",
        [
            "UPDATE {} SET t = t + interval '1 microsecond', d = d + 1 WHERE id = 1",
            "UPDATE {} SET v = 'a', t = t + interval '1 millisecond' WHERE id = 2",
            "UPDATE {} SET v = 'a', f = 0.1 + 1e-16 WHERE id = 3",
            "UPDATE {} SET v = E'e\\u0301', c = 'b ' WHERE id = 4",
        ],
        {
            ("changed", (1,), "t"),
            ("changed", (1,), "d"),
            ("changed", (2,), "v"),
            ("changed", (2,), "t"),
            ("changed", (3,), "v"),
            ("changed", (3,), "f"),
            ("changed", (4,), "v"),
        },
    ),
    "text_keys": (
        'k text COLLATE "und-x-icu" PRIMARY KEY, v int4',
        "('서울-1', 1), ('B.2', 2), ('é 3', 3), ('b2', 4), ('b-2', 5), ('B2', 6), ('o''brien', 7), "
        "('\"q\"', 8), "
        "('_', 9)",
        [
            "UPDATE {} SET v = 0 WHERE k = '서울-1'",
            "UPDATE {} SET v = NULL WHERE k = 'o''brien'",
            "DELETE FROM {} WHERE k = 'b-2'",
            "INSERT INTO {} VALUES ('B-2', 5)",
        ],
        {
            ("changed", ("서울-1",), "v"),
            ("changed", ("o'brien",), "v"),
            ("missing", ("b-2",), None),
            ("extra", ("B-2",), None),
        },
    ),
    "composite": (
        "a text, b timestamptz, v int4, PRIMARY KEY (a, b)",
        "('1', '2026-03-01 00:00:00.000001+00', 1), ('1', '2026-03-01 00:00:00.000002+00', 2), "
        "('11', '2026-03-01 00:00:00.000001+00', 3)",
        ["UPDATE {} SET v = 9 WHERE b = '2026-03-01 00:00:00.000002+00'"],
        {("changed", ("1", "2026-03-01T00:00:00.000002+00:00"), "v")},
    ),
    "wide": (
        "id int8 PRIMARY KEY, " + ", ".join(f"{name} text" for name in _WIDE),
        ", ".join(f"({key}, {', '.join(f'{name!r}' for name in _WIDE)})" for key in (1, 2, 3)),
        ["UPDATE {} SET c119 = NULL WHERE id = 2", "UPDATE {} SET c51 = c51 || ' ' WHERE id = 3"],
        {("changed", (2,), "c119"), ("changed", (3,), "c51")},
    ),
}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with temporary_cluster() as started:
        started.execute("CREATE SCHEMA s")
        for name, (columns, rows, changes, _) in TABLES.items():
            for table in (name, f"{name}_same", f"{name}_other"):
                started.execute(f"CREATE TABLE s.{table} ({columns})")
                started.execute(f"INSERT INTO s.{table} VALUES {rows}")
            for change in changes:
                started.execute(change.format(f"s.{name}_other"))
        started.execute("CREATE TABLE s.twice AS TABLE s.shift")
        started.execute("INSERT INTO s.twice SELECT * FROM s.shift WHERE id = 2")
        yield started


def _run(
    cluster: Cluster, *arguments: str, columns: str = "40"
) -> subprocess.CompletedProcess[str]:
    url = f"postgresql://{cluster.user}@{cluster.host}:{cluster.port}/postgres"
    command = [
        sys.executable,
        "-m",
        "reconciliation",
        "copies",
        "--source",
        url,
        "--target",
        url,
        *arguments,
    ]
    narrow = os.environ | {"COLUMNS": columns, "SOURCE_PASSWORD": "x", "TARGET_PASSWORD": "x"}
    return subprocess.run(
        command,
        cwd=ROOT,
        env=narrow,
        capture_output=True,
        text=True,
        timeout=LONG_SECONDS,
        check=False,
    )


def _pairs(suffix: str) -> list[str]:
    return [part for name in TABLES for part in ("--table", f"s.{name}=s.{name}_{suffix}")]


def test_every_difference_is_named_with_its_column_in_pure_json_however_narrow_the_terminal(
    cluster: Cluster,
) -> None:
    done = _run(cluster, *_pairs("other"), "--json")
    assert (done.returncode, done.stderr) == (1, "")
    # nothing before it, nothing after it, no line broken within a text
    document = json.loads(done.stdout)
    for table, (_, _, _, wanted) in zip(document["tables"], TABLES.values(), strict=True):
        found = {
            (item["kind"], tuple(item["key"]), item["source_column"])
            for item in table["differences"]
        }
        assert found == wanted, table["table"]
        assert table["status"] == "divergent"
        for item in table["differences"]:
            assert item["kind"] != "changed" or item["source_value"] != item["target_value"]


def test_a_difference_from_null_is_printed_for_people_too(cluster: Cluster) -> None:
    done = _run(
        cluster, "--table", "s.text_keys=s.text_keys_other", "--table", "s.wide=s.wide_other"
    )
    assert (done.returncode, done.stderr) == (1, "")
    words = " ".join(done.stdout.split())
    for part in (
        r"k='o\'brien'",
        "source 7 (int4) target NULL (int4)",
        "c119 -> c119",
        "c51 -> c51",
        "'서울-1'",
    ):
        assert part in words


def test_untouched_copies_of_the_same_tables_are_equal(cluster: Cluster) -> None:
    done = _run(cluster, *_pairs("same"), "--json")
    assert done.returncode == 0
    assert {table["status"] for table in json.loads(done.stdout)["tables"]} == {"equal"}


@pytest.mark.parametrize(
    ("arguments", "status", "reason"),
    [
        (("--table", "s.shift=s.nothing"), 2, "there is no table s.nothing"),
        (("--table", "s.shift=s.twice"), 2, "stands twice in target"),
        (
            ("--table", "s.shift=s.shift_same", "--table", "s.shift=s.nothing"),
            2,
            "there is no table s.nothing",
        ),
        (
            ("--table", "s.shift=s.shift_other", "--table", "s.shift=s.nothing"),
            1,
            "there is no table s.nothing",
        ),
    ],
)
def test_what_cannot_be_compared_is_no_success(
    cluster: Cluster, arguments: tuple[str, ...], status: int, reason: str
) -> None:
    done = _run(cluster, *arguments, "--json")
    assert done.returncode == status
    report = json.loads(done.stdout)
    assert reason in " ".join(report["reasons"] + report["not_judged"])


def test_wrong_usage_ends_with_4(cluster: Cluster) -> None:
    done = _run(cluster, "--table", "shift", "--json")
    assert (done.returncode, done.stdout) == (4, "")
    assert "is not of the form schema.table" in done.stderr
