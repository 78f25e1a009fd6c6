"""The [[excused]] entries of a profile: groups of guarantees that are not judged there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from reconciliation.agreed.entries import EXCUSE, EntryReader, text_of
from reconciliation.agreed.profile_model import GroupExcuse
from reconciliation.model import Document


def group_excuses(
    document: Mapping[str, Document], root: Path, mistakes: list[str]
) -> tuple[GroupExcuse, ...]:
    """Each with who answers for it; ``mistakes`` get what is wrong with an entry. Groups are the
    folders of ``<root>/features``.
    """
    reader = EntryReader(root, document)
    groups = [path.name for path in sorted((root / "features").glob("*")) if path.is_dir()]
    found = tuple(_excuses(reader, groups))
    mistakes += reader.mistakes
    return found


def _excuses(reader: EntryReader, groups: list[str]) -> Iterator[GroupExcuse]:
    for where, given in reader.entries("excused"):
        entry = reader.typed(given, {"group": str, **EXCUSE}, where)
        excuse = None if entry is None else reader.excuse(entry, where)
        if entry is None or excuse is None:
            continue
        made = GroupExcuse(text_of(entry, "group"), excuse.reason, excuse.owner, excuse.expires)
        if groups and not any(map(made.covers, groups)):
            reader.mistakes.append(
                f"{where}: group is {made.group!r}; groups are: {', '.join(groups)}"
            )
        yield made
