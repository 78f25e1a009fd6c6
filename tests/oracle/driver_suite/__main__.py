"""The command line: ``python -m tests.oracle.driver_suite --source DIR``."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.clusters import temporary_cluster
from tests.oracle.conftest import STORE_DATABASE, start_server
from tests.oracle.driver_suite import report, running, schema

PACKAGES = ("anyio", "numpy", "oracledb", "pandas", "pyarrow", "pytest")
#: files about features the stand-in has; the others are about queues, SODA, JSON, vectors, objects and two-phase commit
DEFAULT_FILES = (
    *(1000, 1100, 1300, 1400, 1500, 1600, 1700, 1800, 1900, 2000, 2100, 2200, 2400, 2500, 2600, 2900),
    *(3600, 3700, 3800, 3900, 4000, 4200, 4300, 4600, 4800, 4900, 5200, 5300, 5400, 5500, 5700, 5800, 5900),
    *(6000, 6100, 6300, 6600, 6800, 7000, 7100, 7300, 7600, 8000, 8100, 8600, 8900, 9000, 9300, 9400),
)


def main() -> int:
    """Runs the chosen files; 0 when they ran (whatever passed), 2 when they cannot be run."""
    arguments = _arguments()
    tests = _tests_directory(arguments.source)
    if tests is None:
        return _refuse(f"{arguments.source} is no checkout of python-oracledb: it has no tests/sql/create_schema.sql")
    missing = _missing_packages(arguments.python)
    if missing:
        return _refuse(f"{arguments.python} lacks {', '.join(missing)}: choose another interpreter with --python")
    files = [file for number in arguments.file or DEFAULT_FILES for file in sorted(tests.glob(f"test_{number}_*.py"))]
    if not files:
        return _refuse("none of these files exists")
    results = _run(tests, files, arguments)
    print(report.table(results))
    print(report.failures(results, full=arguments.failures))
    if arguments.json:
        arguments.json.write_text(json.dumps(report.as_json(results), indent=1))
    return 0


def _run(tests: Path, files: list[Path], arguments: argparse.Namespace) -> list[running.FileResult]:
    """Starts a stand-in of its own, fills it and runs the files one after another."""
    with temporary_cluster() as cluster, tempfile.TemporaryDirectory(prefix="driver-suite-") as temporary:
        directory = Path(temporary)
        cluster.execute(f"CREATE DATABASE {STORE_DATABASE}")
        server = start_server(directory, cluster, users=schema.accounts())
        try:
            refused = schema.build(server, tests / "sql")
            print(report.refusals(refused), flush=True)
            return list(running.run_files(files, arguments.python, server, directory, arguments.keyword))
        finally:
            server.process.terminate()
            server.process.wait(20)
            if arguments.log:
                arguments.log.write_bytes(server.log.read_bytes())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.oracle.driver_suite",
        description="Run python-oracledb's own tests against a throw-away Oracle stand-in.",
        epilog=f"The interpreter needs the packages {', '.join(PACKAGES)}.",
    )
    parser.add_argument("--source", type=Path, required=True, help="checkout of python-oracledb")
    parser.add_argument("--file", nargs="+", metavar="NUMBER", help="test files by number, such as 1100")
    parser.add_argument("--keyword", default="", help="only tests that pytest's -k would choose")
    parser.add_argument("--python", default=sys.executable, help="interpreter for the tests (default: this one)")
    parser.add_argument("--json", type=Path, help="write every test's outcome to this file")
    parser.add_argument("--log", type=Path, help="keep the stand-in's log in this file")
    parser.add_argument("--failures", action="store_true", help="list every failed test, not only the reasons")
    return parser.parse_args()


def _tests_directory(source: Path) -> Path | None:
    for directory in (source / "tests", source):
        if (directory / "sql" / "create_schema.sql").is_file():
            return directory.resolve()
    return None


def _missing_packages(python: str) -> list[str]:
    """Which packages the interpreter lacks; all of them when it cannot be started."""
    code = f"import importlib.util as u; print(*[n for n in {PACKAGES!r} if u.find_spec(n) is None])"
    try:
        answer = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return list(PACKAGES)
    return answer.stdout.split()


def _refuse(reason: str) -> int:
    print(reason, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
