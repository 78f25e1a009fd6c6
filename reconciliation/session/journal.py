"""The run journal: what stood in Oracle before the first mutation, so that a later run can tell
what a killed one left.

One file per environment, replaced atomically. It names keys, never values.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from reconciliation.agreed.profile import Profile
from reconciliation.documents import elements, members, text, whole
from reconciliation.errors import EnvironmentFault
from reconciliation.model import Document, Key
from reconciliation.process.files import replaced

VERSION = 1


@dataclass(frozen=True)
class Journal:
    """``databases`` says which databases it is about; ``target_keys`` holds Oracle's keys per
    table, by source name.

    ``unmapped_keys`` are the keys this run writes to tables that the task does not map, by source
    name.
    """

    environment: str
    started: str
    databases: str
    reserved_keys: tuple[int, int]
    target_keys: Mapping[str, frozenset[Key]] = field(default_factory=dict)
    unmapped_keys: Mapping[str, frozenset[int]] = field(default_factory=dict)


def journal_path(root: Path, environment: str) -> Path:
    return root / "reports" / f"journal-{environment}.json"


def write_journal(path: Path, journal: Journal) -> None:
    """Replace the file in one step and make it durable: it must survive a kill right after. Raises
    Unwritten.
    """
    document = {
        "version": VERSION,
        "environment": journal.environment,
        "started": journal.started,
        "databases": journal.databases,
        "reserved_keys": list(journal.reserved_keys),
        "target_keys": {
            name: sorted((list(key) for key in keys), key=repr)
            for name, keys in sorted(journal.target_keys.items())
        },
        "unmapped_keys": {
            name: sorted(keys) for name, keys in sorted(journal.unmapped_keys.items())
        },
    }
    with replaced(path) as file:
        json.dump(document, file)


def read_journal(path: Path) -> Journal | None:
    """The journal a run left, None when there is none; one that cannot be read is an
    EnvironmentFault.
    """
    try:
        content = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    try:
        return _journal(json.loads(content))
    except (ValueError, KeyError, TypeError) as error:
        raise EnvironmentFault(
            f"{path} is not a run journal ({error}); remove it after checking by hand that Oracle "
            "holds no rows of an earlier run"
        ) from None


def _journal(content: Document) -> Journal:
    document = members(content, "it")
    if document["version"] != VERSION:
        raise ValueError(f"version {document['version']!r}")
    first, last = elements(document["reserved_keys"], "reserved_keys")
    keys = {
        name: frozenset(tuple(elements(key, name)) for key in elements(listed, name))
        for name, listed in members(document["target_keys"], "target_keys").items()
    }
    unmapped = {
        name: frozenset(whole(key, name) for key in elements(listed, name))
        for name, listed in members(document.get("unmapped_keys", {}), "unmapped_keys").items()
    }
    return Journal(
        text(document["environment"], "environment"),
        text(document["started"], "started"),
        text(document["databases"], "databases"),
        (whole(first, "reserved_keys"), whole(last, "reserved_keys")),
        keys,
        unmapped,
    )


def now_words() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


class RunJournal:
    """The journal of one run: on disk from its first sweep to its last."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._path = journal_path(profile.root, profile.name)
        self._is_open = False

    @property
    def is_open(self) -> bool:
        """Whether what is on disk is this run's."""
        return self._is_open

    def left(self, databases: str) -> Journal | None:
        """What is on disk, by this run or by one that was killed; None for one about databases that
        are gone: a lab that was built anew.
        """
        found = read_journal(self._path)
        return found if found is not None and found.databases == databases else None

    def take_up(self) -> None:
        """From now on what is on disk is this run's."""
        self._is_open = True

    def write(self, databases: str, target_keys: Mapping[str, frozenset[Key]]) -> None:
        """Begin anew with what stands in Oracle now. Raises Unwritten."""
        profile = self._profile
        journal = Journal(profile.name, now_words(), databases, profile.reserved_keys, target_keys)
        write_journal(self._path, journal)
        self._is_open = True

    def note_unmapped(self, table: str, key: int) -> None:
        """Note that a row is about to be written under a key that ``table`` (source name) does not
        have.

        Raises EnvironmentFault before the first sweep of a run: without a journal nothing may be
        written.
        """
        journal = read_journal(self._path) if self._is_open else None
        if journal is None:
            raise EnvironmentFault(
                f"nothing was written to {table}: this run has no journal; sweep first"
            )
        keys = journal.unmapped_keys.get(table, frozenset()) | {key}
        write_journal(
            self._path, replace(journal, unmapped_keys={**journal.unmapped_keys, table: keys})
        )

    def remove(self) -> None:
        """The run has left nothing."""
        self._path.unlink(missing_ok=True)
        self._is_open = False
