"""docs/fault-switches.md, made of the catalogue and of the tests there are."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from lab.dms.faults import DEFECTS, FAULTS, Fault
from tests.dms.faults.test_values import CASES

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "fault-switches.md"
COMMAND = "python -m tests.dms.faults"

#: why a defect has no switch of its own
WITHOUT = {
    7: "TRUNCATE is never replicated",
    9: "filters are always evaluated per change",
    12: "a statement above 32 KB is always refused (switch statement_limit_kb)",
    24: "there is no swap file whose limit could be reached",
    36: "concerns the full load, the task is CDC only",
    42: "concerns the validation of AWS DMS",
    44: (
        "the engine's crash or refusal stops the task or shows as an exception row: "
        "decimal_comma, column_renamed"
    ),
    45: "a crash of the engine: kill the task's process",
    48: "a crash of the engine: kill the task's process",
    49: "a crash of the engine: kill the task's process",
    50: "a crash of the engine: kill the task's process",
    55: "the API always refuses a second start-replication",
    68: "concerns the settings document, not what the task does",
    69: "concerns the validation of AWS DMS",
    72: "user-defined types always arrive as text",
    76: "concerns the settings document, not what the task does",
}

_HEAD = f"""# Faults of the replication

Written by the tests from the catalogue (`{COMMAND}`); a test fails when this file says anything else.

Each is switched while the lab's task runs, and imitates defects that really happen:

    .venv/bin/python -m lab fault list                        # this table, with an asterisk at what is on
    .venv/bin/python -m lab fault on timestamps_shifted --option hours=-5 --table travelbuddy.flightspecial
    .venv/bin/python -m lab fault on changes_lost --probability 0.01 --seed 7
    .venv/bin/python -m lab fault off timestamps_shifted
    .venv/bin/python -m lab fault off --all

The scope: `--table` (schema.table as the source names it; where a fault is somebody else's session on the target, as
the target names it), `--column`, `--every N` (only every nth of what the fault concerns) and `--probability P` with
`--seed N`; `--option KEY=VALUE` sets the rest. A fault takes the options it lists, as they are typed and with their
defaults, and refuses others.

Both return when the change is in force: every task that runs has read the switchboard, planted what is on, undone what
is off, and said so in `faults.taken.json` of its directory. That takes as long as the transaction it is in the middle
of; after `--wait SECONDS` (30) it is an error (one line, exit code 2) and the switch stays as it was put. A task that
does not run takes it up when it starts, which is said and is no error. A fault that Oracle refuses (a column there is
not) is taken off again, with Oracle's reason and exit code 2. A name or an option that cannot be meant is exit code 4.

What somebody else does to the target is done by the running task as the owner of the table, and undone the same way
when the fault is switched off; a task that was stopped or killed meanwhile undoes it when it runs again. The row a
stranger has overwritten or deleted, what a dropped column held and what did not arrive while a fault was on do not come
back. A statement that Oracle refuses to a stranger is a `]E:` line of the task's log, too.

In tests, `lab.dms.faults.switch_on`, `switch_off` and `switch_all_off` wait in the same way.

{{count}} faults, each with a test that sees it happen when it is on and not when it is off:
"""  # noqa: E501


def covering_tests() -> Mapping[str, str]:
    """The test of each fault by its name: a function named like it, or a case of test_values.py."""
    found = {case.fault: "test_values.py::test_a_value_arrives_otherwise" for case in CASES}
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.removeprefix("test_") in FAULTS:
                found[node.name.removeprefix("test_")] = f"{path.name}::{node.name}"
    return found


def rendered() -> str:
    """The whole page."""
    tests = covering_tests()
    parts = [_HEAD.format(count=len(FAULTS))]
    for heading, faults in _by_kind().items():
        parts.append(
            f"\n## {heading}\n\n| fault | defects | options | what a user sees | test "
            f"|\n|---|---|---|---|---|\n"
        )
        for fault in faults:
            defects = "; ".join(f"{number} {DEFECTS[number]}" for number in fault.defects)
            options = fault.shown_options or "none"
            parts.append(
                f"| `{fault.name}` | {defects} | {options} | {fault.says} | "
                f"`{tests[fault.name]}` |\n"
            )
    parts.append("\n## The defects\n\n| # | defect | switches |\n|---|---|---|\n")
    for number, title in DEFECTS.items():
        names = ", ".join(f"`{fault.name}`" for fault in FAULTS.values() if number in fault.defects)
        parts.append(
            f"| {number} | {title.replace('|', '/')} | {names or f'none: {WITHOUT[number]}'} |\n"
        )
    return "".join(parts)


def _by_kind() -> Mapping[str, list[Fault]]:
    """The faults under the first sentence of the module that declares them."""
    kinds: dict[str, list[Fault]] = defaultdict(list)
    for fault in FAULTS.values():
        says = __import__(fault.make.__module__, fromlist=["__doc__"]).__doc__ or ""
        kinds[says.split(".")[0].replace("\n", " ")].append(fault)
    return kinds
