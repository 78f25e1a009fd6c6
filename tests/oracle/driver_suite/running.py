"""Runs the driver's test files with pytest, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.oracle.conftest import WireServer
from tests.oracle.driver_suite.plugin import RESULTS_VARIABLE
from tests.oracle.driver_suite.schema import environment

FILE_SECONDS = 1800
_PROJECT = Path(__file__).parents[3]


@dataclass(frozen=True)
class TestResult:
    """One test: ``outcome`` is passed, failed, error or skipped; ``plsql`` says what it needs
    PL/SQL for, if so.
    """

    __test__ = False

    test: str
    outcome: str
    reason: str
    plsql: str


@dataclass
class FileResult:
    """The tests of one file; ``trouble`` says why some have no outcome."""

    name: str
    tests: list[TestResult] = field(default_factory=list)
    trouble: str = ""

    def count(self, outcome: str, *, plsql: bool | None = None) -> int:
        """How many ended so: of all, of those that need PL/SQL, or of those that do not."""
        return sum(
            test.outcome == outcome and (plsql is None or bool(test.plsql) == plsql)
            for test in self.tests
        )


def run_files(
    tests: Path,
    files: Sequence[Path],
    python: str,
    server: WireServer,
    directory: Path,
    keyword: str = "",
) -> Iterator[FileResult]:
    """Runs every file and yields its results; nothing is written into the checkout."""
    settings = directory / "pytest.ini"
    settings.write_text("[pytest]\n")
    for number, file in enumerate(files):
        results = directory / f"results-{number}"
        trouble = _run_file(tests, file, python, server, settings, results, keyword)
        folder = "" if file.parent == tests else f"{file.parent.name}/"
        result = FileResult(folder + file.stem.removeprefix("test_"), _read(results), trouble)
        print(
            f"  {result.name}: {result.count('passed')} of {len(result.tests)} passed",
            file=sys.stderr,
            flush=True,
        )
        yield result


def _run_file(
    tests: Path,
    file: Path,
    python: str,
    server: WireServer,
    settings: Path,
    results: Path,
    keyword: str,
) -> str:
    command = [
        python,
        "-m",
        "pytest",
        "-q",
        "-c",
        str(settings),
        f"--rootdir={tests}",
        f"--confcutdir={tests}",
    ]
    command += [
        "-p",
        "tests.oracle.driver_suite.plugin",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:allure_pytest",
    ]
    command += ["-k", keyword] if keyword else []
    variables = {
        RESULTS_VARIABLE: str(results),
        "PYTHONPATH": str(_PROJECT),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    output = results.with_suffix(".out")
    with output.open("wb") as stream:
        try:
            done = subprocess.run(
                [*command, str(file)],
                cwd=settings.parent,
                env=os.environ | variables | environment(server),
                stdout=stream,
                stderr=stream,
                timeout=FILE_SECONDS,
            )
        except subprocess.TimeoutExpired:
            return f"ended after {FILE_SECONDS} s"
    if done.returncode in (0, 1, 5):
        return ""
    return f"pytest ended with {done.returncode}: {output.read_text(errors='replace')[-400:]}"


def _read(results: Path) -> list[TestResult]:
    """The last line of a test counts: a tear-down that fails comes after a call that passed."""
    if not results.exists():
        return []
    lines = (json.loads(line) for line in results.read_text().splitlines())
    return list({line["test"]: TestResult(**line) for line in lines}.values())
