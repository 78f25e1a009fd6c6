"""``python -O`` drops assert statements: what decides about guarantees raises instead."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

from tests.suite.conftest import Project

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]
JUDGING = ("fixtures", "steps", "reconciliation")
SOURCES = sorted(path for folder in JUDGING for path in (ROOT / folder).rglob("*.py"))


def asserts_in(source: str) -> list[int]:
    """The lines on which a module asserts."""
    return [node.lineno for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Assert)]


def test_nothing_is_asserted_where_guarantees_are_judged() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): asserts_in(path.read_text(encoding="utf-8"))
        for path in SOURCES
    }
    assert len(found) > 100
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_an_assert_statement_is_found() -> None:
    assert asserts_in("def f():\n    assert x, 'y'\n") == [2]


def test_a_broken_guarantee_is_broken_in_an_optimised_python(project: Project) -> None:
    """The little projects' steps raise as the real ones do; asserts of theirs would be dropped here
    as well.
    """
    project.feature(
        "01-a/a.feature", "Scenario: One is two\n  Given a little world\n  Then 1 equals 2"
    )
    run = subprocess.run(
        [sys.executable, "-O", "-m", "pytest", "features", "-p", "no:cacheprovider"],
        cwd=project.path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1, run.stdout + run.stderr
    assert project.verdict["verdict"] == "NOT READY"
    assert "broken: A little feature: One is two" in run.stdout
