"""The other thin driver: a program on node-oracledb against the whole stand-in (``node_client.cjs``
is that program).

The driver is installed from the npm registry, once, into pytest's cache directory. Where that is
not possible the tests are skipped, and the reason says what is missing.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.oracle.conftest import WireServer
from tests.oracle.fake_engine import PASSWORD, USER
from tests.waiting import LONG_SECONDS

PACKAGE = "oracledb@26.0.0"
INSTALL_SECONDS = 60
PROGRAM = Path(__file__).with_name("node_client.cjs")
Report = dict[str, Any]


@pytest.fixture(scope="module")
def driver(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of the installed driver; a temporary one when pytest runs without its cache."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            pytest.skip(f"node-oracledb cannot be tried: {program} is not on the PATH")
    cache: pytest.Cache | None = getattr(request.config, "cache", None)
    name = PACKAGE.replace("@", "-")
    directory = cache.mkdir(name) if cache else tmp_path_factory.mktemp(name)
    package = directory / "node_modules" / "oracledb"
    if not package.exists():
        _install(directory)
    return package


def _install(directory: Path) -> None:
    """All of it or nothing: npm may be stopped half-way, and another run may want the same
    directory.
    """
    with tempfile.TemporaryDirectory(prefix="installing-", dir=directory) as draft:
        _run_npm(Path(draft))
        with contextlib.suppress(OSError):  # another run was quicker
            (Path(draft) / "node_modules").rename(directory / "node_modules")


def _run_npm(directory: Path) -> None:
    # no install scripts: the thin mode is plain JavaScript
    command = [
        "npm",
        "install",
        "--no-save",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--prefix",
        str(directory),
    ]
    try:
        done = subprocess.run(
            [*command, PACKAGE],
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm did not install {PACKAGE} within {INSTALL_SECONDS} s")
    if done.returncode:
        reasons = [
            line for line in done.stderr.splitlines() if line.startswith(("npm error", "npm ERR!"))
        ]
        pytest.skip(
            f"npm cannot install {PACKAGE}: "
            f"{'; '.join(reasons[:3]) or f'exit status {done.returncode}'}"
        )


@pytest.fixture(scope="module")
def report(driver: Path, oracle_server: WireServer) -> Report:
    """What each scenario of the program told."""
    environment = os.environ | {
        "NODE_ORACLEDB": str(driver),
        "ORACLE_USER": USER,
        "ORACLE_PASSWORD": PASSWORD,
        "ORACLE_DSN": oracle_server.dsn,
    }
    done = subprocess.run(
        ["node", str(PROGRAM)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=LONG_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_client_connects_and_learns_the_version(report: Report) -> None:
    assert report["connecting"] == {"thin": True, "version": "19.0.0.0.0", "service": "XE"}


def test_a_table_is_created(report: Report) -> None:
    assert report["creating"] == [[1]]


def test_values_of_every_kind_survive(report: Report) -> None:
    told = report["values"]
    assert told.get("same") == [True] * 6, told
    assert told["rest"] == ["東京", None]
    assert told["columns"] == [
        ["ID", "NUMBER"],
        ["NAME", "VARCHAR2"],
        ["PRICE", "NUMBER"],
        ["DAY", "DATE"],
        ["MOMENT", "TIMESTAMP"],
        ["RAW_VALUE", "RAW"],
        ["REMARK", "VARCHAR2"],
        ["TEXT", "CLOB"],
    ]
    assert told["named"] == [{"NAME": "Zürich", "Price": -1234.56}]
    assert told["exact"] == [["12345678901234567890123456789012345678"]]
    assert told["left"] == [[0]]


def test_many_rows_go_in_and_come_back_in_batches(report: Report) -> None:
    rows = [[1, "row 1", None], [2, "row 2", 0.5], [3, "row 3", 0.75]]
    expected = {
        "rowsAffected": 5000,
        "first": rows,
        "second": rows[:2],
        "streamed": 15000,
        "same": True,
    }
    assert report["manyRows"] == expected


def test_batch_errors_row_counts_and_returned_values(report: Report) -> None:
    assert report["batches"] == {
        "errors": [[1, "ORA-00001"], [2, "ORA-12899"]],
        "counts": [1, 0, 0, 1],
        "rowsAffected": 2,
        "returned": {"id": [9001, 9003], "name": ["good", "good"]},
    }


def test_lobs_by_locator_by_stream_and_inline(report: Report) -> None:
    told = report["lobs"]
    assert told.get("length") == told.get("expected") == 75_000, told
    assert told["none"] is None
    assert told["inline"] == [True, True]
    assert [told[way] for way in ("whole", "streamed", "bytes", "buffer")] == [True] * 4


@pytest.mark.parametrize(
    ("case", "number", "text"),
    [
        ("wrong", 1017, "invalid username/password; logon denied"),
        ("nobody", 1017, "invalid username/password; logon denied"),
        ("table", 942, "table or view does not exist"),
        ("column", 904, '"NO_SUCH_COLUMN": invalid identifier'),
        ("unique", 1, "unique constraint (TRAVELBUDDY."),
        ("missing", 1400, 'cannot insert NULL into ("TRAVELBUDDY"."NODE_FLIGHTS"."NAME")'),
        ("long", 12899, '"TRAVELBUDDY"."NODE_FLIGHTS"."NAME" (actual: 11, maximum: 10)'),
        ("number", 1722, "invalid number"),
        ("precision", 1438, "value larger than specified precision allowed for this column"),
    ],
)
def test_errors_have_their_numbers(report: Report, case: str, number: int, text: str) -> None:
    told = report["errors"][case]
    assert told["number"] == number
    assert told["message"].startswith(f"ORA-{number:05d}: ")
    assert text in told["message"]


def test_errors_leave_the_session_usable(report: Report) -> None:
    assert report["errors"]["usable"] == [[1]]
    assert report["errors"]["service"]["code"] == "NJS-518"
    assert (report["errors"]["table"]["offset"], report["errors"]["column"]["offset"]) == (14, 7)


def test_tracing_attributes_and_the_schema_travel_in_front_of_calls(report: Report) -> None:
    assert report["tracing"] == [[[1]], [[2]]]


def test_a_pool_serves_more_borrowers_than_it_has_sessions(report: Report) -> None:
    told = report["pooling"]
    assert told.get("sums") == list(range(1, 13)), told
    assert told["left"] == 0
    assert told["open"] <= 4


def test_statements_are_broken_off_and_time_out(report: Report) -> None:
    told = report["breaking"]
    assert told["broken"]["number"] == 1013
    assert told["timedOut"]["code"] == "NJS-123"
    assert told["usable"] == [[1]]
