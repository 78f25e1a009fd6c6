"""``python -m reconciliation contract``: drafts of table contracts, printed or written where
nothing stands yet.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from reconciliation.agreed.profile import Profile
from reconciliation.cli.output import complain, printing
from reconciliation.databases.sight import oracle
from reconciliation.drafting import draft, render
from reconciliation.errors import Unwritten, UsageError
from reconciliation.mapping import ResolvedMapping, parse_mapping, resolve
from reconciliation.model import Catalogue
from reconciliation.process.files import remove, write_text
from reconciliation.process.limits import Limits
from reconciliation.replication import find_task
from reconciliation.session.connected import catalogues, connected
from reconciliation.session.versions import check_lab_is_known


@dataclass(frozen=True)
class Surroundings:
    """Both catalogues and what the task makes of the first.

    ``unseen`` says why target tables may be there that the second does not show, by name.
    """

    source: Catalogue
    target: Catalogue
    resolved: ResolvedMapping
    unseen: Mapping[str, str] = field(default_factory=dict)


def look_around(profile: Profile, task: str | None) -> Surroundings:
    """Read both catalogues and the task's mapping; raises EnvironmentFault or MappingError."""
    check_lab_is_known(profile)
    with ExitStack() as closing:
        both = connected(profile, Limits(), closing)
        here, there = catalogues(profile, both)
        mapping = parse_mapping(find_task(both.aws, task or profile.aws.task).table_mappings)
        resolved = resolve(mapping, here, profile.replication.column_rule_policy)
        return Surroundings(
            here,
            there,
            resolved,
            oracle.hidden_tables(
                both.target,
                (table.target for table in resolved.tables if table.target not in there),
            ),
        )


def drafts(around: Surroundings, tables: Sequence[str] | None) -> tuple[dict[str, str], list[str]]:
    """The text of every contract by file name, and what is to be told beside them. Raises
    UsageError.
    """
    mapped = {table.source: table for table in around.resolved.tables}
    unknown = [name for name in tables or () if name not in mapped]
    if unknown:
        raise UsageError(
            f"the task does not replicate {', '.join(unknown)}; it replicates "
            f"{', '.join(mapped) or 'no table'}"
        )
    notes = [f"{rule} names nothing that is replicated" for rule in around.resolved.idle_rules]
    files: dict[str, str] = {}
    for name in tables or mapped:
        table = mapped[name]
        if table.target not in around.target:
            why = around.unseen.get(
                table.target, f"the task sends it to {table.target}, which Oracle does not have"
            )
            notes.append(f"{name}: no draft: {why}")
            continue
        made = draft(table, around.source[name], around.target[table.target])
        files[f"{_file_name(name, files)}.toml"] = render(made)
        notes.append(
            f"{name}: {len(made.pairs)} pairs, {len(made.undecided)} to be decided"
            f"{'' if made.key else ', no key'}"
        )
    if not mapped:
        notes.append("the task replicates no table of the schemas the profile names")
    return files, notes


def _file_name(source: str, taken: dict[str, str]) -> str:
    """The table's name; characters a file system may not take are replaced, and no two tables share
    a file.
    """
    plain = "".join(
        sign if sign.isalnum() or sign in "-_." else "_" for sign in source.partition(".")[2]
    )
    name, number = plain, 2
    while f"{name}.toml" in taken:
        name, number = f"{plain}-{number}", number + 1
    return name


def show_or_write(files: dict[str, str], directory: Path | None) -> None:
    """Print the drafts, or write them all as new files, or none: a UsageError says which one is
    there already.

    Raises Unwritten.
    """
    if directory is None:
        with printing():
            sys.stdout.write("\n".join(files.values()))
        return
    there = [name for name in files if os.path.lexists(directory / name)]
    if there:
        raise UsageError(
            f"{directory} has {', '.join(there)} already; nothing is overwritten "
            "and nothing was written. Write somewhere else, or move what is there away"
        )
    written: list[Path] = []
    try:
        for name, text in files.items():
            written.append(directory / name)
            write_text(written[-1], text)
    except Unwritten:
        remove(written)
        raise
    for path in written:
        path.chmod(0o644)  # no value of a row stands in it, and a contract is for everybody to read
        complain(f"written: {path}")
