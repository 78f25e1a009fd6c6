"""``python -m lab fault``: faults planted in the replication, to see the suite turn red."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from exit_codes import ExitCode
from lab.core.arguments import Parser
from lab.core.errors import LabError, UsageError
from lab.core.paths import LabPaths
from lab.core.state import running_state

_SCOPE = {
    "table": (
        "only this table, schema.table as the source names it; faults of the target take "
        "the target's names"
    ),
    "column": "only this column",
    "every": "only every nth of what the fault concerns",
    "probability": "only with this probability, 0 to 1",
    "seed": "seed of the probability",
}
_LONGEST_WAIT = 86_400


def add_actions(fault: Parser, common: Parser, as_json: Parser) -> None:
    """``list``, ``on`` and ``off`` below ``fault``, each with its own options."""
    actions = fault.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", parents=[common, as_json], help="show every fault and what is on")
    on = actions.add_parser(
        "on", parents=[common], help="plant a fault; returns when it is in force"
    )
    off = actions.add_parser(
        "off", parents=[common], help="mend it; returns when what it planted is undone"
    )
    for action in (on, off):
        action.add_argument("name", nargs="?", help="the fault's name, as listed")
        action.add_argument(
            "--wait",
            type=_seconds,
            metavar="SECONDS",
            help="how long it may take until it is in force (default: 30)",
        )
    scope = on.add_argument_group("scope, where the fault takes it")
    for name, meaning in _SCOPE.items():
        scope.add_argument(f"--{name}", metavar=name[0].upper(), help=meaning)
    on.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="detail of a fault; may be repeated",
    )
    off.add_argument("--all", action="store_true", help="every fault that is on")


def run(paths: LabPaths, options: argparse.Namespace) -> int:
    """List, plant or mend. Raises UsageError for what cannot be meant, LabError for what is not
    possible now.
    """
    # the catalogue brings the drivers of two databases with it
    from lab.dms import faults

    if options.action == "list":
        _list(faults, paths, options.json)
        return ExitCode.DONE
    wait = faults.WAIT_SECONDS if options.wait is None else options.wait
    try:
        switched = (
            _on(faults, paths, options, wait)
            if options.action == "on"
            else _off(faults, paths, options, wait)
        )
    except faults.FaultUnknown as error:
        raise UsageError(str(error)) from None
    except faults.NotInForce as error:
        raise LabError(str(error)) from None
    later = "" if switched.in_force else "; no task runs, the next one takes it up when it starts"
    print(
        "\n".join(f"{name}: {options.action}{later}" for name in switched.names)
        or "no fault was on"
    )
    return ExitCode.DONE


def _on(faults: ModuleType, paths: LabPaths, options: argparse.Namespace, wait: float) -> Any:
    if options.name is None:
        raise UsageError("name the fault to switch on; 'list' shows them")
    details = _details(options)
    faults.check_fault(options.name, details)
    _require_running(paths)
    return faults.switch_on(paths.directory, options.name, details, wait)


def _off(faults: ModuleType, paths: LabPaths, options: argparse.Namespace, wait: float) -> Any:
    if (options.name is None) is not options.all:
        raise UsageError("name the fault to switch off, or all with --all; 'list' shows them")
    if options.name is not None:
        faults.require_fault(options.name)
    _require_running(paths)
    if options.all:
        return faults.switch_all_off(paths.directory, wait)
    return faults.switch_off(paths.directory, options.name, wait)


def _list(faults: ModuleType, paths: LabPaths, as_json: bool) -> None:
    active = faults.active_faults(paths.directory)
    if as_json:
        print(json.dumps(_described(faults.FAULTS, active), indent=1))
    else:
        _print_table(faults.FAULTS, active)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= _LONGEST_WAIT:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no number of seconds from 0 to {_LONGEST_WAIT}"
        )
    return seconds


def _require_running(paths: LabPaths) -> None:
    if running_state(paths) is None:
        raise LabError(
            f"the lab {paths.environment!r} is not running; start it: python -m lab up --detach"
        )


def _details(options: argparse.Namespace) -> dict[str, str]:
    """The options of the fault as they were written."""
    for pair in options.option:
        if "=" not in pair:
            raise UsageError(f"--option {pair!r} is not KEY=VALUE")
    pairs = [pair.split("=", 1) for pair in options.option]
    scope = {name: getattr(options, name) for name in _SCOPE}
    details = {name: value for name, value in scope.items() if value is not None}
    for name, value in pairs:
        if name in details:
            raise UsageError(f"option {name!r} is given twice")
        details[name] = value
    return details


def _described(
    faults: Mapping[str, Any], active: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
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
    """Name, numbers of the defects, options and what a user sees; an asterisk marks a fault that is
    on.
    """
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
        table.add_row(
            f"{name}{' *' if name in active else ''}", defects, fault.shown_options, fault.says
        )
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 160
    Console(width=max(width, 100), highlight=False, markup=False).print(table)
