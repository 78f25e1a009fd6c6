"""The run journal: every key a run writes under, noted before its row is written, so that a later
run can remove what a killed one left.

One file per environment, one JSON object a line. It is only ever added to, and durable before
anything is written to a database; a line that a kill has cut in half is none. It names keys, never
values.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from reconciliation.agreed.profile import Profile
from reconciliation.documents import elements, members, text
from reconciliation.errors import EnvironmentFault, Unwritten
from reconciliation.model import Document, Key
from reconciliation.process.files import replaced
from reconciliation.session import key_values

VERSION = 2
Keys = Mapping[str, frozenset[Key]]


@dataclass(frozen=True)
class Journal:
    """``databases`` says which databases it is about, ``mark`` is the run's.

    By source name of a table, mapped or not: ``keys`` are canonical keys this run may have written
    under; ``left`` those of runs that ended without being able to remove their rows; ``before``
    Oracle's own keys when the run began, noted where rows that appear there later may be removed.
    ``ended``: the run came to its end, and the journal stays for what is ``left``.
    """

    environment: str
    started: str
    databases: str
    mark: str
    keys: Keys = field(default_factory=dict)
    left: Keys = field(default_factory=dict)
    before: Keys = field(default_factory=dict)
    ended: bool = False

    @property
    def all_keys(self) -> Keys:
        """``keys`` and ``left``."""
        none: frozenset[Key] = frozenset()
        names = [*self.keys, *self.left]
        return {
            name: self.keys.get(name, none) | self.left.get(name, none)
            for name in dict.fromkeys(names)
        }


def journal_path(root: Path, environment: str) -> Path:
    return root / "reports" / f"journal-{environment}.jsonl"


# ------------------------------------------------------------------ the file


def write_journal(path: Path, journal: Journal) -> None:
    """Replace the file in one step and make it durable. Raises Unwritten."""
    with replaced(path) as file:
        header: Document = {
            "version": VERSION,
            "environment": journal.environment,
            "started": journal.started,
            "databases": journal.databases,
            "mark": journal.mark,
            "ended": journal.ended,
        }
        print(json.dumps(header), file=file)
        for kind in ("keys", "left", "before"):
            for table, keys in sorted(getattr(journal, kind).items()):
                print(_line(kind, table, sorted(keys, key=repr)), file=file)


def _line(kind: str, table: str, keys: Iterable[Key]) -> str:
    return json.dumps({"table": table, kind: [key_values.written(key) for key in keys]})


def _add(path: Path, line: str) -> None:
    """Add a line to the file, which is there, and make it durable. Raises Unwritten."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND), "ab") as file:
            file.write(f"{line}\n".encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise Unwritten(path, error.strerror or str(error)) from error


def read_journal(path: Path) -> Journal | None:
    """The journal a run left, None when there is none; one that cannot be read is an
    EnvironmentFault.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        return _journal(_whole_lines(content).decode().splitlines())
    except (ValueError, KeyError) as error:
        raise EnvironmentFault(
            f"{path} is not a run journal ({error}); remove it after checking by hand that neither "
            "database holds rows of an earlier run"
        ) from None


def _whole_lines(content: bytes) -> bytes:
    """Without a last line that a kill has cut in half: nothing was written under its keys yet."""
    return content[: content.rfind(b"\n") + 1]


def _journal(lines: Sequence[str]) -> Journal:
    if not lines:
        raise ValueError("it has no first line")
    header = members(json.loads(lines[0]), "its first line")
    if header.get("version") != VERSION:
        raise ValueError(f"version {header.get('version')!r}")
    found: dict[str, dict[str, frozenset[Key]]] = {"keys": {}, "left": {}, "before": {}}
    for number, line in enumerate(lines[1:], 2):
        for table, kind, keys in _entry(members(json.loads(line), f"line {number}"), number):
            found[kind][table] = found[kind].get(table, frozenset()) | keys
    return Journal(
        text(header["environment"], "environment"),
        text(header["started"], "started"),
        text(header["databases"], "databases"),
        text(header["mark"], "mark"),
        ended=header.get("ended") is True,
        **found,
    )


def _entry(line: Mapping[str, Document], number: int) -> Iterator[tuple[str, str, frozenset[Key]]]:
    table = text(line["table"], f"the table of line {number}")
    for kind in line.keys() - {"table"}:
        if kind not in ("keys", "left", "before"):
            raise ValueError(f"line {number} holds {kind!r}")
        yield table, kind, frozenset(map(key_values.read, elements(line[kind], kind)))


def now_words() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


# ------------------------------------------------------------------ of one run


class RunJournal:
    """The journal of one run: on disk from its first sweep to its last."""

    def __init__(self, profile: Profile, mark: str) -> None:
        self._profile, self._mark = profile, mark
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
        os.truncate(self._path, len(_whole_lines(content)))
        self._is_open = True
        for table, keys in journal.all_keys.items():
            self._noted.setdefault(table, set()).update(keys)

    def begin(self, databases: str, before: Keys, left: Keys, ended: bool = False) -> None:
        """Begin anew with what stands in Oracle ``before``, and what earlier runs have ``left``;
        ``ended``: nothing more will be written. Raises Unwritten.
        """
        profile = self._profile
        write_journal(
            self._path,
            Journal(
                profile.name, now_words(), databases, self._mark, {}, left, before, ended=ended
            ),
        )
        self._is_open = not ended
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
            _add(self._path, _line("keys", table, keys))

    def remove(self) -> None:
        """The run has left nothing."""
        self._path.unlink(missing_ok=True)
        self._is_open = False
        self._noted.clear()
        self._reserved.clear()
