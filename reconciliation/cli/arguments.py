"""What the command line takes besides its commands: options before the command as well as behind
it, and --version.
"""

from __future__ import annotations

import argparse
import platform
from collections.abc import Collection, Mapping, Sequence
from importlib.metadata import version

#: raised with a release; what a report means is told by its own schema_version
VERSION = "1.0"
#: what decides how values are read
_DRIVERS = ("SQLAlchemy", "psycopg2-binary", "oracledb", "boto3")


class ShowVersion(argparse.Action):
    """``--version``: one line with what a report depends on."""

    def __init__(self, option_strings: Sequence[str], **described: str | None) -> None:
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, help=described.get("help"))

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        drivers = ", ".join(f"{name} {version(name)}" for name in _DRIVERS)
        print(f"reconciliation {VERSION}, Python {platform.python_version()}, {drivers}")
        parser.exit(0)


def command_first(
    commands: Mapping[str, argparse.ArgumentParser], given: Sequence[str]
) -> list[str]:
    """The arguments with the command in front, as argparse wants it: its options may stand
    anywhere.

    The command is the first word that is neither an option nor the value of one. ``-h`` and
    ``--version`` before it stay the program's own.
    """
    with_value = {
        option
        for parser in commands.values()
        for action in parser._actions
        if action.nargs != 0
        for option in action.option_strings
    }
    before: list[str] = []
    for place, word in enumerate(given):
        if word in ("-h", "--help", "--version"):
            break
        if not word.startswith("-") and not (before and _takes_value(before[-1], with_value)):
            return [word, *before, *given[place + 1 :]]
        before.append(word)
    return list(given)


def _takes_value(word: str, options: Collection[str]) -> bool:
    """argparse takes an option's beginning for the option."""
    return (
        word.startswith("--")
        and len(word) > 2
        and any(option.startswith(word) for option in options)
    )
