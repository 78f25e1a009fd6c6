"""The options of ``contract`` and ``mapping``; imports little, because every command line does."""

from __future__ import annotations

import argparse
import os
import tomllib
from pathlib import Path

from reconciliation.errors import UsageError
from reconciliation.process.files import refuse_directory, refuse_file


def add_contract_arguments(command: argparse.ArgumentParser) -> None:
    of = command.add_mutually_exclusive_group()
    of.add_argument("--task", metavar="NAME", help="the replication task (default: the profile's)")
    of.add_argument(
        "--mapping",
        metavar="FILE",
        type=Path,
        help="a table mapping as JSON, where there is no task yet",
    )
    command.add_argument(
        "--write",
        metavar="DIR",
        type=Path,
        help="write one file there for each table that has none; none is overwritten",
    )
    command.add_argument(
        "--accept",
        metavar="FILE",
        type=Path,
        help="write entries there for what the legacy columns refuse or alter, to be signed",
    )


def add_mapping_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--schema",
        metavar="NAME",
        help="only the tables of this schema of PostgreSQL (default: all that the profile names)",
    )
    command.add_argument(
        "--write", metavar="FILE", type=Path, help="write a new file instead of printing"
    )


def refuse_unwritable(options: argparse.Namespace) -> None:
    """UsageError for what could not be written in the end. Touches nothing."""
    if options.command == "contract":
        if options.write:
            refuse_directory("--write", options.write)
        if options.accept:
            refuse_file("--accept", options.accept)
            without_entries(options.accept)
    elif options.command == "mapping" and options.write:
        refuse_file("--write", options.write)
        refuse_existing(options.write)


def refuse_existing(file: Path) -> None:
    if os.path.lexists(file):
        raise UsageError(
            f"--write {file} is there already; nothing is overwritten. Write somewhere else, or "
            "move it away"
        )


def without_entries(file: Path) -> str:
    """The text of a file of accepted differences that is no more than comments, '' when there is
    none. UsageError for one with entries, or none at all.
    """
    if not os.path.lexists(file):
        return ""
    try:
        text = file.read_text(encoding="utf-8")
        empty = not any(tomllib.loads(text).values())
    except (OSError, ValueError):
        empty = False
    if not empty:
        raise UsageError(
            f"--accept {file} holds entries already; nothing is overwritten. Name a new file, and "
            "move what you sign from there"
        )
    return text
