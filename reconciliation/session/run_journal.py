"""The journal of one run, while it goes on."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Sequence

from reconciliation.agreed.profile import Profile
from reconciliation.errors import EnvironmentFault
from reconciliation.model import Key
from reconciliation.session.journal import (
    Journal,
    Keys,
    add_line,
    journal_path,
    line_of,
    read_journal,
    whole_lines,
    write_journal,
)
from reconciliation.session.key_places import KeyPlace


def now_words() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


class RunJournal:
    """The journal of one run: on disk from its first sweep to its last."""

    def __init__(
        self,
        profile: Profile,
        mark: str,
        place: Callable[[str], KeyPlace | None] = lambda table: None,
    ) -> None:
        """``place`` says where keys of a table stand, by its source name."""
        self._profile, self._mark, self._place = profile, mark, place
        self._placed: set[str] = set()
        self._path = journal_path(profile.root, profile.name)
        self._is_open = False
        self._noted: dict[str, set[Key]] = {}
        self._reserved: dict[str, set[Key]] = {}

    @property
    def is_open(self) -> bool:
        """Whether what is on disk is this run's."""
        return self._is_open

    def noted(self, table: str) -> frozenset[Key]:
        """Every key of ``table`` (source name) that this run may have written under."""
        return frozenset(self._noted.get(table, ()))

    def left(self, databases: str) -> Journal | None:
        """What is on disk, by this run or by one before it; None for one about databases that are
        gone: a lab that was built anew.
        """
        found = read_journal(self._path)
        return found if found is not None and found.databases == databases else None

    def take_up(self, journal: Journal) -> None:
        """From now on ``journal``, which is on disk, is this run's; a half line at its end goes."""
        content = self._path.read_bytes()
        os.truncate(self._path, len(whole_lines(content)))
        self._is_open = True
        self._placed = set(journal.places)
        for table, keys in journal.all_keys.items():
            self._noted.setdefault(table, set()).update(keys)

    def begin(self, databases: str, before: Keys, left: Keys, ended: bool = False) -> None:
        """Begin anew with what stands in Oracle ``before``, and what earlier runs have ``left``;
        ``ended``: nothing more will be written. Raises Unwritten.
        """
        name, begun = self._profile.name, now_words()
        places = self._places_of(left)
        write_journal(
            self._path,
            Journal(name, begun, databases, self._mark, {}, left, before, ended, places),
        )
        self._is_open, self._placed = not ended, set(places)
        self._noted = {table: set(keys) for table, keys in left.items()}
        self._reserved.clear()

    def reserve(self, table: str, keys: Sequence[Key]) -> None:
        """Make keys durable ahead, so that ``note`` need not when rows come to be written under
        them; until then they are not ``noted``. Raises as ``note`` does.
        """
        self._lasting(table, keys)
        self._reserved.setdefault(table, set()).update(keys)

    def note(self, table: str, keys: Sequence[Key]) -> None:
        """Note that rows are about to be written to ``table`` (source name) under these keys.

        Raises EnvironmentFault before the first sweep of a run: without a journal nothing may be
        written.
        """
        reserved = self._reserved.get(table, set())
        self._lasting(table, [key for key in keys if key not in reserved])
        if keys:
            self._noted.setdefault(table, set()).update(keys)

    def _lasting(self, table: str, keys: Sequence[Key]) -> None:
        if not self._is_open:
            raise EnvironmentFault(
                f"nothing was written to {table}: this run has no journal; sweep first"
            )
        if keys:
            place = None if table in self._placed else self._place(table)
            add_line(self._path, line_of("keys", table, keys, place))
            self._placed.add(table)

    def _places_of(self, left: Keys) -> dict[str, KeyPlace]:
        """Of the tables rows stay in: as they are now, or as the run that wrote them noted."""
        before = read_journal(self._path) if left else None
        known = before.places if before is not None else {}
        found = {table: self._place(table) or known.get(table) for table in left}
        return {table: place for table, place in found.items() if place is not None}

    def remove(self) -> None:
        """The run has left nothing."""
        self._path.unlink(missing_ok=True)
        self._is_open = False
        self._noted.clear()
        self._reserved.clear()
