"""What a command prints, also into a full disk and in an encoding that lacks a character."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from exit_codes import ExitCode
from tests.dead_ends import FULL, UNREAD, output_that

from . import samples

#: every command, with what it is to say found already
PRINTING = """
import sys
from types import SimpleNamespace
from reconciliation import __main__ as command
from reconciliation.cli import contract as contract_command, repair
from reconciliation.drafting import Draft
from reconciliation.session import lab_state

from reconciliation.repair.check import Checked, Effect
from tests.judge_io import samples
def check_file(path, profile):
    statement = SimpleNamespace(number=1, table="a.b", key=(1,), kind=SimpleNamespace(value="insert"))
    return repair.Outcome((Checked(statement, Effect.MOVED if path.name == "moved" else Effect.DONE, "as it is"),))
repair.check_file = check_file
lab_state.with_running_lab = lambda profile: profile
contract_command.look_around = lambda profile, task, mapping: SimpleNamespace(unseen={})
contract_command.drafts = lambda around, tables, live: ({"s.a": Draft("s.a", "S.A", (), (), (), None)}, [])
command._environment = lambda options, interrupts: command._deliver(samples.report(title="한국 \\U0001f600"), options)
sys.exit(command.main(sys.argv[1:]))
"""  # noqa: E501


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("why", [FULL, UNREAD])
@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["check", "--environment", "lab"], 1),
        (["check", "--environment", "lab", "--json"], 1),
        (["grants", "--environment", "lab"], 2),
        (["contract", "--environment", "lab"], 2),
        (["repair-check", "--environment", "lab", "moved"], 1),
        (["repair-check", "--environment", "lab", "done", "--json"], 2),
        (["--version"], 2),
        (["--help"], 2),
    ],
)
def test_what_cannot_be_printed_is_one_line(
    arguments: list[str], status: int, why: str, unbuffered: str
) -> None:
    """A program of its own, whose interpreter must not fail at its end either; what differs stays
    found: 1.
    """
    with output_that(why) as nowhere:
        done = subprocess.run(
            [sys.executable, "-c", PRINTING, *arguments],
            text=True,
            stdout=nowhere,
            check=False,
            stderr=subprocess.PIPE,
            cwd=samples.ROOT,
            env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
        )
    assert (done.returncode, done.stderr) == (
        status,
        f"reconciliation: standard output cannot be written: {why}\n",
    )


@pytest.mark.parametrize("arguments", ["grants --environment lab", "--version"])
def test_a_standard_output_that_is_closed_is_one_line(arguments: str) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f"{sys.executable} -m reconciliation {arguments} >&-"],
        text=True,
        stderr=subprocess.PIPE,
        check=False,
        cwd=samples.ROOT,
    )
    told = "reconciliation: standard output cannot be written: Bad file descriptor\n"
    assert (done.returncode, done.stderr) == (2, told)


@pytest.mark.parametrize(("name", "status"), [("moved", 1), ("done", 2)])
def test_a_status_needs_no_output_at_all(name: str, status: int) -> None:
    with output_that(FULL) as nowhere:
        done = subprocess.run(
            [sys.executable, "-c", PRINTING, "repair-check", "--environment", "lab", name],
            stdout=nowhere,
            stderr=nowhere,
            check=False,
            cwd=samples.ROOT,
        )
    assert done.returncode == status


@pytest.mark.parametrize("encoding", ["euc_kr", "ascii", "latin-1", "utf-8"])
def test_what_an_encoding_does_not_have_is_escaped(encoding: str) -> None:
    def printed(*options: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", PRINTING, "check", "--environment", "lab", *options],
            capture_output=True,
            check=False,
            cwd=samples.ROOT,
            env=os.environ | {"PYTHONIOENCODING": encoding},
        )
        assert (done.returncode, done.stderr) == (ExitCode.BROKEN, b"")
        return done.stdout.decode(encoding)

    assert json.loads(printed("--json"))["title"] == "한국 \U0001f600"
    title = "한국 \U0001f600".encode(encoding, "backslashreplace").decode(encoding)
    assert title in printed()
