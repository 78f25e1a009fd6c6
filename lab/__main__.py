"""``python -m lab``: the parallel run in a box, on the command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from lab.core import faults, interruptions
from lab.core.arguments import Parser
from lab.core.ending import ended, interruptible
from lab.core.paths import ROOT, STATE_VARIABLE, lab_paths


def main(argv: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Run one command and return its exit code, one of ``exit_codes``; never BROKEN, which is a
    verdict.
    """
    arguments = sys.argv[1:] if argv is None else list(argv)
    if arguments[:1] == ["oracle"]:
        from lab.core import alone

        return alone.main(arguments[1:])
    options = _parser().parse_anywhere(arguments)
    paths = lab_paths(options.environment, options.state_dir)
    with interruptible():
        return ended(lambda: _run(options, root), paths.directory.parent, options.environment)


def _run(options: argparse.Namespace, root: Path) -> int:
    # the drivers behind these take longer to import than most mistakes take to be told
    from lab.core import commands
    from lab.core.profile import load_profile, require_known

    require_known(options.environment, root)
    paths = lab_paths(options.environment, options.state_dir)
    if options.command == "up":
        load_profile(options.environment, root, with_task=options.with_task)
        start = commands.Start(root, as_json=options.json, with_task=options.with_task)
        return commands.up(paths, start, detach=options.detach)
    if options.command == "down":
        return commands.down(paths)
    if options.command == "status":
        return commands.status(paths, as_json=options.json)
    if options.command == "interrupt":
        return interruptions.run(paths, options.action)
    return faults.run(paths, options)


def _parser() -> Parser:
    common = Parser(add_help=False)
    common.add_argument(
        "--environment",
        default="lab",
        metavar="NAME",
        help="profile in environments/ (default: lab)",
    )
    common.add_argument(
        "--state-dir",
        metavar="DIR",
        help=f"parent of the state (default: ${STATE_VARIABLE} or .lab)",
    )
    as_json = Parser(add_help=False)
    as_json.add_argument(
        "--json", action="store_true", help="print one JSON object on standard output"
    )

    parser = Parser(
        prog="python -m lab",
        description="The parallel run in a box.",
        epilog="Exit codes: 0 done, 2 not possible as things are, 4 wrong usage, 130 interrupted.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    up = commands.add_parser(
        "up", parents=[common, as_json], help="start the lab and stay until Ctrl-C"
    )
    up.add_argument("--detach", action="store_true", help="return once the lab is up")
    up.add_argument(
        "--without-task",
        dest="with_task",
        action="store_false",
        help="no replication: both databases and AWS, for a table mapping that is still to be made",
    )
    commands.add_parser("down", parents=[common], help="stop the lab and remove everything it left")
    commands.add_parser("status", parents=[common, as_json], help="show the parts of the lab")
    fault = commands.add_parser("fault", help="plant or mend a fault in the lab's replication")
    faults.add_actions(fault, common, as_json)
    interrupt = commands.add_parser(
        "interrupt",
        parents=[common],
        help="interrupt the replication as no call of AWS can; returns when that is in force",
        epilog="; ".join(f"{name}: {says}" for name, says in interruptions.ACTIONS.items()),
    )
    interrupt.add_argument("action", choices=tuple(interruptions.ACTIONS), metavar="ACTION")
    commands.add_parser(
        "oracle", help="the Oracle stand-in on its own, for other projects", add_help=False
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
