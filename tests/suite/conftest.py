"""A little project with the suite's own plugins and pytest.ini, fake databases, and the features a
test writes.
"""

from __future__ import annotations

import json
import runpy
import shutil
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
#: held by the fake judge; must be found nowhere
PASSWORD = "s3cret-of-the-fake"
PLUGINS = tuple(name for name in runpy.run_path(str(ROOT / "conftest.py"))["pytest_plugins"])
#: these talk to databases; the little projects have none
WITHOUT_DATABASES = tuple(
    name
    for name in PLUGINS
    if name.startswith("fixtures.")
    and name.rpartition(".")[2] not in ("source", "stock", "batch", "api", "interruption")
)


class Project:
    """A directory that looks like this project to the suite's plugins."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self._pytester = pytester
        self.path = pytester.path
        plugins = (*WITHOUT_DATABASES, "tests.suite.fakes", "tests.suite.steps")
        self.write("conftest.py", f"pytest_plugins = {plugins!r}\n")
        for name in ("pytest.ini", "contracts", "environments"):
            source = ROOT / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, self.path / name)

    def write(self, name: str, text: str) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def feature(self, name: str, *scenarios: str, head: str = "Feature: A little feature") -> Path:
        """A feature file under features/ made of scenarios, each given as its lines without
        indentation.
        """
        return self.write(f"features/{name}", "\n\n".join([head, *scenarios]) + "\n")

    def plugin(self, text: str) -> None:
        """Python the project's conftest.py is to hold as well: hooks and planted faults."""
        path = self.path / "conftest.py"
        path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")

    def run(self, *arguments: str, asked: str = "features") -> pytest.RunResult:
        # hypothesis' own plugin costs a second a run and has nothing to do here
        quick = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest")
        return self._pytester.runpytest_inprocess(asked, *arguments, *quick, no_reraise_ctrlc=True)

    @property
    def verdict(self) -> Any:
        return json.loads((self.path / "reports/verdict.json").read_text(encoding="utf-8"))

    def results(self) -> list[Any]:
        """Allure's results, in no particular order."""
        found = (self.path / "reports/allure-results").glob("*-result.json")
        return [json.loads(path.read_text(encoding="utf-8")) for path in found]

    def everything_written(self) -> str:
        """All text below reports/: what a secret must not be found in."""
        files = [path for path in (self.path / "reports").rglob("*") if path.is_file()]
        return "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in files)


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A little project of this test's own."""
    monkeypatch.delenv("RECONCILIATION_HISTORY", raising=False)
    return Project(pytester)
