"""The command line: ``python -m tests.oracle.driver_suite --source DIR``."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.clusters import temporary_cluster
from tests.oracle.conftest import STORE_DATABASE, start_server
from tests.oracle.driver_suite import report, running, schema
from tests.waiting import LONG_SECONDS

PACKAGES = ("anyio", "numpy", "oracledb", "pandas", "pyarrow", "pytest")
#: files about features the stand-in has; the others are about queues, SODA, JSON, vectors, objects
#: and two-phase commit
DEFAULT_FILES = (
    *(
        1000,
        1100,
        1300,
        1400,
        1500,
        1600,
        1700,
        1800,
        1900,
        2000,
        2100,
        2200,
        2400,
        2500,
        2600,
        2900,
    ),
    *(
        3600,
        3700,
        3800,
        3900,
        4000,
        4200,
        4300,
        4600,
        4800,
        4900,
        5200,
        5300,
        5400,
        5500,
        5700,
        5800,
        5900,
    ),
    *(
        6000,
        6100,
        6300,
        6600,
        6800,
        7000,
        7100,
        7300,
        7600,
        8000,
        8100,
        8600,
        8900,
        9000,
        9300,
        9400,
    ),
)
#: the same of a source distribution, which has a directory for each subject and numbers within it
DEFAULT_FOLDERS = {
    "connection": (1000, 1100, 1200, 1300),
    "cursor": (1000, 1100, 1200, 1300, 1600, 1700, 1800, 1900, 2000, 2200, 2300, 2400, 2500),
    "data_types": (*range(1000, 1900, 100), *range(2000, 2400, 100), 2500, 2600, 3400),
    "dataframe": (1000, 1100, 1200, 1300, 1600, 1700),
    "hooks": (1000, 1100, 1200, 1300, 1400),
    "misc": (1000, 1100, 1200, 1600, 1700),
    "pool": (1000, 1100),
}


def main() -> int:
    """Runs the chosen files; 0 when they ran (whatever passed), 2 when they cannot be run."""
    arguments = _arguments()
    tests = _tests_directory(arguments.source)
    if tests is None:
        return _refuse(
            f"{arguments.source} is no checkout of python-oracledb: it has no "
            f"tests/create_schema.py"
        )
    scripts = arguments.scripts or tests / "sql"
    if not (scripts / "create_schema.sql").is_file():
        return _refuse(
            f"{scripts} has no create_schema.sql: name a checkout's tests/sql with --scripts"
        )
    missing = _missing_packages(arguments.python)
    if missing:
        return _refuse(
            f"{arguments.python} lacks {', '.join(missing)}: choose another interpreter with "
            f"--python"
        )
    files = _files(tests, arguments.file)
    if not files:
        return _refuse("none of these files exists")
    results = _run(tests, scripts, files, arguments)
    print(report.table(results))
    print(report.failures(results, full=arguments.failures))
    if arguments.json:
        arguments.json.write_text(json.dumps(report.as_json(results), indent=1))
    return 0


def _files(tests: Path, wanted: Sequence[str] | None) -> list[Path]:
    """The test files named, each by its number, behind its directory and a slash where there are
    directories.
    """
    if not wanted:
        wanted = [str(number) for number in DEFAULT_FILES]
        if not list(tests.glob("test_*.py")):
            wanted = [
                f"{folder}/{number}"
                for folder, numbers in DEFAULT_FOLDERS.items()
                for number in numbers
            ]
    found = []
    for name in wanted:
        folder, _, number = name.rpartition("/")
        found += sorted((tests / folder).glob(f"test_{number}_*.py"))
    return found


def _run(
    tests: Path, scripts: Path, files: list[Path], arguments: argparse.Namespace
) -> list[running.FileResult]:
    """Starts a stand-in of its own, fills it and runs the files one after another."""
    with (
        temporary_cluster() as cluster,
        tempfile.TemporaryDirectory(prefix="driver-suite-") as temporary,
    ):
        directory = Path(temporary)
        cluster.execute(f"CREATE DATABASE {STORE_DATABASE}")
        server = start_server(directory, cluster, users=schema.accounts())
        try:
            refused = schema.build(server, scripts)
            print(report.refusals(refused), flush=True)
            return list(
                running.run_files(
                    tests, files, arguments.python, server, directory, arguments.keyword
                )
            )
        finally:
            server.process.terminate()
            server.process.wait(LONG_SECONDS)
            if arguments.log:
                arguments.log.write_bytes(server.log.read_bytes())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.oracle.driver_suite",
        description="Run python-oracledb's own tests against a throw-away Oracle stand-in.",
        epilog=f"The interpreter needs the packages {', '.join(PACKAGES)}.",
    )
    parser.add_argument(
        "--source", type=Path, required=True, help="checkout or source distribution"
    )
    parser.add_argument(
        "--scripts",
        type=Path,
        help="directory of create_schema.sql (default: the source's tests/sql)",
    )
    parser.add_argument(
        "--file", nargs="+", metavar="NAME", help="test files, such as 1100 or connection/1000"
    )
    parser.add_argument("--keyword", default="", help="only tests that pytest's -k would choose")
    parser.add_argument(
        "--python", default=sys.executable, help="interpreter for the tests (default: this one)"
    )
    parser.add_argument("--json", type=Path, help="write every test's outcome to this file")
    parser.add_argument("--log", type=Path, help="keep the stand-in's log in this file")
    parser.add_argument(
        "--failures", action="store_true", help="list every failed test, not only the reasons"
    )
    return parser.parse_args()


def _tests_directory(source: Path) -> Path | None:
    for directory in (source / "tests", source):
        if (directory / "create_schema.py").is_file():
            return directory.resolve()
    return None


def _missing_packages(python: str) -> list[str]:
    """Which packages the interpreter lacks; all of them when it cannot be started."""
    code = (
        f"import importlib.util as u; print(*[n for n in {PACKAGES!r} if u.find_spec(n) is None])"
    )
    try:
        answer = subprocess.run(
            [python, "-c", code], capture_output=True, text=True, check=True, timeout=LONG_SECONDS
        )
    except (OSError, subprocess.SubprocessError):
        return list(PACKAGES)
    return answer.stdout.split()


def _refuse(reason: str) -> int:
    print(reason, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
