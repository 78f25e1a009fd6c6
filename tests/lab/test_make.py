"""`make` hands the verdict's exit code on, and set-up says what it needs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from lab.core.account import Account
from lab.core.paths import ROOT
from tests.waiting import LONG_SECONDS

_TOOLS = [
    "bash",
    "cat",
    "cut",
    "dirname",
    "env",
    "find",
    "flock",
    "head",
    "paste",
    "sed",
    "sha256sum",
    "sort",
    "tail",
]
# the major version installed goes before the one the distribution ships
_WANTED = r"python3-venv postgresql-(\d+) postgresql-\1-pglogical"


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # it may be a link to the machine's own program: that one must never be written through
    path.unlink(missing_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project's make rules around a pytest that only ends with the code of its choice."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    program(tmp_path / "scripts/setup", "exit 0")
    program(tmp_path / "scripts/check", 'echo checked; exit "${UNCHECKED:-0}"')
    program(tmp_path / ".venv/bin/python", 'echo "called: $* [$MAKEFLAGS]"; exit "${CODE:-0}"')
    return tmp_path


def make(
    project: Path, *arguments: str, code: int = 0, **environ: str
) -> subprocess.CompletedProcess[str]:
    # without what the make that runs these tests was told, ARGS among it
    ours = ("MAKE", "MFLAGS", "ARGS", "ENVIRONMENT")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    return subprocess.run(
        ["make", *arguments],
        cwd=project,
        env={**environment, "CODE": str(code), **environ},
        capture_output=True,
        text=True,
        timeout=LONG_SECONDS,
        check=False,
    )


@pytest.mark.parametrize(("code", "expected"), [(0, 0), (1, 1), (2, 2), (4, 2)])
def test_features_ends_with_the_verdict(project: Path, code: int, expected: int) -> None:
    outcome = make(project, "features", "ENVIRONMENT=nightly", "ARGS=-m nightly", code=code)
    assert outcome.returncode == expected
    assert outcome.stdout == "called: -m pytest features --environment nightly -m nightly []\n"


def test_a_dry_run_runs_nothing(project: Path) -> None:
    outcome = make(project, "--dry-run", "features", code=1)
    assert outcome.returncode == 0
    assert "called:" not in outcome.stdout
    assert "-m pytest features --environment lab" in outcome.stdout


def test_tests_run_after_the_check(project: Path) -> None:
    outcome = make(project, "test")
    assert outcome.returncode == 0
    checked, tested = outcome.stdout.splitlines()
    assert checked == "checked"
    assert tested == "called: -m pytest tests -n auto --dist loadfile --no-loadscope-reorder []"
    assert make(project, "test", code=1).returncode == 2
    refused = make(project, "test", UNCHECKED="1")
    assert (refused.returncode, refused.stdout) == (2, "checked\n")


class TestCheck:
    """The script behind `make check`, around tools that only end with the code of its choice."""

    TOOLS = ("ruff format --check", "ruff check", "mypy", "lint-imports")

    def check(self, project: Path, failing: str) -> subprocess.CompletedProcess[str]:
        shutil.copy(ROOT / "scripts/check", project / "scripts")
        ends = f'case "$0 $*" in *{failing}*) echo wrong; exit 1;; esac; echo "all is well"'
        program(project / ".venv/bin/python", ends)
        program(project / ".venv/bin/lint-imports", ends)
        return make(project, "check")

    def test_what_is_in_order_says_nothing(self, project: Path) -> None:
        outcome = self.check(project, failing="nothing")
        assert outcome.returncode == 0
        assert outcome.stdout == "check: form, style, types and walls are in order\n"
        assert outcome.stderr == ""

    @pytest.mark.parametrize("tool", TOOLS)
    def test_each_tool_can_fail_it(self, project: Path, tool: str) -> None:
        outcome = self.check(project, failing=tool.replace(" ", "\\ "))
        assert (outcome.returncode, outcome.stdout) == (2, "")
        assert outcome.stderr.startswith(f"wrong\ncheck: failed: {tool}\n")

    def test_all_are_asked_whatever_the_first_ends_with(self, project: Path) -> None:
        outcome = self.check(project, failing="bin")
        told = [line for line in outcome.stderr.splitlines() if line.startswith("check: ")]
        assert told == [f"check: failed: {tool}" for tool in self.TOOLS]


def test_reports_somebody_else_left_are_told(open_directory: Path) -> None:
    """An ordinary user where root has run before; as an ordinary user, a file without the right to
    write it.
    """
    account = Account("nobody", 65534, 65534, switch=os.geteuid() == 0)
    report = open_directory / "reports/junit.xml"
    for file in (open_directory / "scripts/setup", report):
        file.parent.mkdir(mode=0o755)
        shutil.copy(ROOT / "scripts/setup", file)
    report.chmod(0o444)
    for path in (open_directory, report.parent):
        account.own(path)
    outcome = subprocess.run(
        ["scripts/setup"],
        cwd=open_directory,
        capture_output=True,
        text=True,
        check=False,
        **account.popen_options(),
    )
    words = (
        rf"setup: reports/junit.xml belongs to {report.owner()} and \w+ may not write it; "
        rf"take the clone over: "
    )
    assert outcome.returncode == 1
    assert re.fullmatch(rf"{words}sudo chown -R \w+ {open_directory}\n", outcome.stderr)


class TestSetUp:
    """The set-up script on a machine that has a few tools, and neither Python nor PostgreSQL."""

    @pytest.fixture
    def machine(self, tmp_path: Path) -> Path:
        for name in _TOOLS:
            found = shutil.which(name)
            assert found, name
            (tmp_path / "bin").mkdir(exist_ok=True)
            (tmp_path / "bin" / name).symlink_to(found)
        program(tmp_path / "bin/python3", "exit 1")
        program(tmp_path / "bin/apt-get", f'echo "$*" >>{tmp_path}/apt-get.calls')
        program(tmp_path / "bin/apt-cache", "echo '  Depends: postgresql-15'")
        (tmp_path / "scripts").mkdir()
        shutil.copy(ROOT / "scripts/setup", tmp_path / "scripts")
        return tmp_path

    def set_up(self, machine: Path, uid: int) -> subprocess.CompletedProcess[str]:
        program(machine / "bin/id", f"echo {uid}")
        return subprocess.run(
            [machine / "scripts/setup"],
            env={"PATH": str(machine / "bin")},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LONG_SECONDS,
            check=False,
        )

    def test_without_rights_it_names_the_packages(self, machine: Path) -> None:
        outcome = self.set_up(machine, uid=1000)
        assert outcome.returncode == 1
        (line,) = outcome.stderr.splitlines()
        assert line.startswith("setup: missing packages, and neither root nor sudo to install them")
        assert re.search(rf"apt-get update && apt-get install {_WANTED}$", line)
        assert not (machine / "apt-get.calls").exists()

    def test_root_installs_them(self, machine: Path) -> None:
        outcome = self.set_up(machine, uid=0)
        calls = (machine / "apt-get.calls").read_text().splitlines()
        assert calls[0] == "update -qq"
        assert re.search(rf"install .* {_WANTED}$", calls[1])
        # nothing was really installed, and that does not go unnoticed
        assert outcome.returncode == 1
        assert "still not usable" in outcome.stderr

    def test_what_apt_has_never_heard_of_is_asked_for_by_pattern(self, machine: Path) -> None:
        program(machine / "bin/apt-cache", "exit 100")
        # no /usr/lib/postgresql to tell the major version from
        program(machine / "bin/sort", "cat >/dev/null")
        outcome = self.set_up(machine, uid=1000)
        assert outcome.stderr.endswith(
            "apt-get update && apt-get install python3-venv postgresql 'postgresql-*-pglogical'\n"
        )

    def test_a_failing_installation_ends_with_its_command(self, machine: Path) -> None:
        program(machine / "bin/apt-get", "echo 'E: no network' >&2; exit 100")
        outcome = self.set_up(machine, uid=0)
        assert outcome.returncode == 1
        assert re.search(
            rf"setup: apt-get install {_WANTED} failed", outcome.stderr.splitlines()[-1]
        )

    def test_an_old_python_is_told_before_anything_is_installed(self, machine: Path) -> None:
        program(machine / "bin/python3", '[ "$1" = --version ] && echo Python 3.9.2 || exit 3')
        outcome = self.set_up(machine, uid=0)
        assert (outcome.returncode, outcome.stderr) == (
            1,
            "setup: Python 3.11 or newer is needed; this is Python 3.9.2\n",
        )
        assert not (machine / "apt-get.calls").exists()
