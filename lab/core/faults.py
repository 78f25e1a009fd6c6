"""``python -m lab fault``: faults planted in the replication, to see the suite turn red."""

from __future__ import annotations

import argparse

from lab.core.errors import LabError
from lab.core.paths import LabPaths
from lab.core.state import running_state


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("list", "on", "off"))
    parser.add_argument("name", nargs="?", help="the fault's name, as listed")
    parser.add_argument(
        "--option", action="append", default=[], metavar="KEY=VALUE", help="detail of a fault; may be repeated"
    )


def run(paths: LabPaths, options: argparse.Namespace) -> int:
    """List, plant or mend. Raises LabError for an unknown fault or when the lab is not running."""
    from lab.dms import faults

    known = faults.list_faults()
    if options.action == "list":
        width = max(map(len, known), default=0)
        for name, meaning in known.items():
            print(f"{name:<{width}}  {meaning}")
        return 0
    if options.name is None:
        raise LabError(f"name the fault to switch {options.action}; 'list' shows them")
    if options.name not in known:
        raise LabError(f"unknown fault {options.name!r}; known faults: {', '.join(known)}")
    if running_state(paths) is None:
        raise LabError(f"the lab {paths.environment!r} is not running; start it: python -m lab up --detach")
    if options.action == "on":
        _plant(paths, options.name, _details(options.option))
    else:
        faults.clear_fault(paths.directory, options.name)
    print(f"{options.name}: {options.action}")
    return 0


def _plant(paths: LabPaths, name: str, details: dict[str, int | str]) -> None:
    from lab.dms.faults import FaultUnknown, set_fault

    try:
        set_fault(paths.directory, name, details)
    except FaultUnknown as error:
        raise LabError(str(error)) from None


def _details(pairs: list[str]) -> dict[str, int | str]:
    for pair in pairs:
        if "=" not in pair:
            raise LabError(f"--option {pair!r} is not KEY=VALUE")
    details = (pair.split("=", 1) for pair in pairs)
    return {key: int(value) if value.removeprefix("-").isdecimal() else value for key, value in details}
