"""``python -m lab fault``: faults planted in the replication, to see the suite turn red."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Mapping
from typing import Any

from lab.core.errors import LabError
from lab.core.paths import LabPaths
from lab.core.state import running_state

_SCOPE = {
    "table": "only this table, schema.table as the source names it; faults of the target take the target's names",
    "column": "only this column",
    "every": "only every nth of what the fault concerns",
    "probability": "only with this probability, 0 to 1",
    "seed": "seed of the probability",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("list", "on", "off"))
    parser.add_argument("name", nargs="?", help="the fault's name, as listed")
    scope = parser.add_argument_group("scope, where the fault takes it")
    for name, meaning in _SCOPE.items():
        scope.add_argument(f"--{name}", metavar=name[0].upper(), help=meaning)
    parser.add_argument(
        "--option", action="append", default=[], metavar="KEY=VALUE", help="detail of a fault; may be repeated"
    )
    parser.add_argument("--all", action="store_true", help="with off: every fault that is on")
    parser.add_argument("--json", action="store_true", help="with list: one JSON object on standard output")


def run(paths: LabPaths, options: argparse.Namespace) -> int:
    """List, plant or mend. Raises LabError for an unknown fault or when the lab is not running."""
    from lab.dms import faults

    if options.action == "list":
        active = faults.active_faults(paths.directory)
        if options.json:
            print(json.dumps(_described(faults.FAULTS, active), indent=1))
        else:
            _print_table(faults.FAULTS, active)
        return 0
    if options.all and options.action == "off" and options.name is None:
        _require_running(paths)
        print("\n".join(f"{name}: off" for name in faults.clear_all_faults(paths.directory)) or "no fault was on")
        return 0
    if options.name is None:
        raise LabError(f"name the fault to switch {options.action}; 'list' shows them")
    if options.name not in faults.FAULTS:
        raise LabError(f"unknown fault {options.name!r}; known faults: {', '.join(faults.FAULTS)}")
    details = _details(options)
    if options.action == "off" and details:
        raise LabError(f"a fault is switched off without options; {next(iter(details))!r} was given")
    if options.action == "on":
        try:
            faults.check_fault(options.name, details)
            _require_running(paths)
            faults.set_fault(paths.directory, options.name, details)
        except faults.FaultUnknown as error:
            raise LabError(str(error)) from None
    else:
        _require_running(paths)
        faults.clear_fault(paths.directory, options.name)
    print(f"{options.name}: {options.action}")
    return 0


def _require_running(paths: LabPaths) -> None:
    if running_state(paths) is None:
        raise LabError(f"the lab {paths.environment!r} is not running; start it: python -m lab up --detach")


def _details(options: argparse.Namespace) -> dict[str, str]:
    """The options of the fault as they were written."""
    for pair in options.option:
        if "=" not in pair:
            raise LabError(f"--option {pair!r} is not KEY=VALUE")
    pairs = [pair.split("=", 1) for pair in options.option]
    scope = {name: getattr(options, name) for name in _SCOPE}
    details = {name: value for name, value in scope.items() if value is not None}
    for name, value in pairs:
        if name in details:
            raise LabError(f"option {name!r} is given twice")
        details[name] = value
    return details


def _described(faults: Mapping[str, Any], active: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Every fault as a JSON object; ``on`` holds the given options of one that is on, else null."""
    return {
        name: {
            "defects": list(fault.defects),
            "says": fault.says,
            "options": {
                option: {"default": known.default, "required": known.required, "says": known.says}
                for option, known in fault.options.items()
            },
            "on": active.get(name),
        }
        for name, fault in faults.items()
    }


def _print_table(faults: Mapping[str, Any], active: Mapping[str, Mapping[str, Any]]) -> None:
    """Name, numbers of the defects, options and what a user sees; an asterisk marks a fault that is on."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("fault (* on)", no_wrap=True)
    table.add_column("defects", max_width=10)
    table.add_column("options", ratio=2)
    table.add_column("what a user sees", ratio=3)
    for name, fault in faults.items():
        defects = ", ".join(map(str, fault.defects))
        table.add_row(f"{name}{' *' if name in active else ''}", defects, fault.shown_options, fault.says)
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 160
    Console(width=max(width, 100), highlight=False, markup=False).print(table)
