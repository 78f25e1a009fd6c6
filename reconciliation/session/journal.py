"""The run journal: what stood in Oracle before the first mutation, so that a later run can tell
what a killed one left.

One file per environment, replaced atomically. It names keys, never values.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reconciliation.errors import EnvironmentFault
from reconciliation.model import Key
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
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    try:
        return _journal(json.loads(text))
    except (ValueError, KeyError, TypeError) as error:
        raise EnvironmentFault(
            f"{path} is not a run journal ({error}); remove it after checking by hand that Oracle "
            "holds no rows of an earlier run"
        ) from None


def _journal(document: Mapping[str, Any]) -> Journal:
    if document["version"] != VERSION:
        raise ValueError(f"version {document['version']!r}")
    first, last = document["reserved_keys"]
    keys = {
        name: frozenset(tuple(key) for key in listed)
        for name, listed in document["target_keys"].items()
    }
    unmapped = {
        name: frozenset(map(int, listed))
        for name, listed in document.get("unmapped_keys", {}).items()
    }
    return Journal(
        document["environment"],
        document["started"],
        document["databases"],
        (first, last),
        keys,
        unmapped,
    )


def now_words() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


def orphans(
    before: frozenset[Key], target: frozenset[Key], source: frozenset[Key]
) -> frozenset[Key]:
    """Keys that appeared in Oracle since ``before`` without standing in PostgreSQL: nobody else
    writes there.
    """
    return target - before - source
