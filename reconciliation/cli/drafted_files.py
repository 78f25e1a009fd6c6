"""Drafts as files: nothing that stands already is changed, and whatever is written is told."""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from reconciliation.capacity import Asked
from reconciliation.cli.draft_options import refuse_existing, without_entries
from reconciliation.cli.output import complain, printing
from reconciliation.drafting import Draft, render, render_accepted
from reconciliation.errors import Unwritten
from reconciliation.process.files import remove, write_text


def show(text: str) -> None:
    with printing():
        sys.stdout.write(text)


def show_contracts(made: Mapping[str, Draft]) -> None:
    show("\n".join(map(render, made.values())))


def write_contracts(made: Mapping[str, Draft], directory: Path) -> None:
    """A new file for every table that has none there; those that have one are told. Raises
    Unwritten, and then nothing new is there.
    """
    there = _contracts_in(directory)
    fresh: dict[Path, str] = {}
    for source, one in made.items():
        if source in there:
            complain(f"{directory / there[source]} is the contract of {source}: left as it is")
            continue
        taken = {*there.values(), *(path.name for path in fresh)}
        path = directory / _file_name(source, taken)
        if os.path.lexists(path):
            complain(f"{path} is there already: left as it is, {source} is not written")
        else:
            fresh[path] = render(one)
    _write(fresh)


def write_accepted(asked: Mapping[str, Sequence[Asked]], file: Path) -> None:
    """The entries as a new file, or behind the comments of one without an entry. Raises UsageError
    for one that has entries, and Unwritten.
    """
    before = without_entries(file)
    text = render_accepted(asked) if not before else render_accepted(asked, head="")
    if text:
        _write({file: f"{before.rstrip()}\n{text}" if before else text})
    else:
        complain(f"nothing has to be accepted that is not: {file} is not written")


def write_new(file: Path, text: str) -> None:
    """Raises UsageError for a file that has come to be there, and Unwritten."""
    refuse_existing(file)
    _write({file: text})


def _contracts_in(directory: Path) -> dict[str, str]:
    """The files of contracts by source table."""
    found: dict[str, str] = {}
    for path in sorted(directory.glob("*.toml")):
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8")).get("table")
        except (OSError, ValueError):
            continue
        if isinstance(table, Mapping):
            found[str(table.get("source"))] = path.name
    return found


def _file_name(source: str, taken: Collection[str]) -> str:
    """The table's name; characters a file system may not take are replaced, and no two tables share
    a file.
    """
    plain = "".join(
        sign if sign.isalnum() or sign in "-_." else "_" for sign in source.partition(".")[2]
    )
    name, number = f"{plain}.toml", 2
    while name in taken:
        name, number = f"{plain}-{number}.toml", number + 1
    return name


def _write(files: Mapping[Path, str]) -> None:
    """All of them, or none."""
    written: list[Path] = []
    try:
        for path, text in files.items():
            written.append(path)
            write_text(path, text)
    except Unwritten:
        remove(written)
        raise
    for path in written:
        path.chmod(0o644)  # no value of a row stands in it, and a contract is for everybody to read
        complain(f"written: {path}")
