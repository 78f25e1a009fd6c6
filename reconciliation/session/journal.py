"""The run journal: every key a run writes under, noted before its row is written, so that a later
run can remove what a killed one left.

One file per environment, one JSON object a line. It is only ever added to, and durable before
anything is written to a database; a line that a kill has cut in half is none. It names keys, never
values, and with the first key of a table the columns they stand in.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from reconciliation.documents import elements, members, text
from reconciliation.errors import EnvironmentFault, Unwritten
from reconciliation.model import Document, Key
from reconciliation.process.files import replaced
from reconciliation.session import key_places, key_values
from reconciliation.session.key_places import KeyPlace

VERSION = 2
Keys = Mapping[str, frozenset[Key]]


@dataclass(frozen=True)
class Journal:
    """``databases`` says which databases it is about, ``mark`` is the run's.

    By source name of a table, mapped or not: ``keys`` are canonical keys this run may have written
    under; ``left`` those of runs that ended without being able to remove their rows; ``before``
    Oracle's own keys when the run began, noted where rows that appear there later may be removed.
    ``ended``: the run came to its end, and the journal stays for what is ``left``. ``places`` say
    where the keys stand, as far as the run that noted them could say.
    """

    environment: str
    started: str
    databases: str
    mark: str
    keys: Keys = field(default_factory=dict)
    left: Keys = field(default_factory=dict)
    before: Keys = field(default_factory=dict)
    ended: bool = False
    places: Mapping[str, KeyPlace] = field(default_factory=dict)

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
                print(line_of(kind, table, sorted(keys, key=repr)), file=file)
        for table, place in sorted(journal.places.items()):
            print(json.dumps({"table": table, **_placed(place)}), file=file)


def line_of(kind: str, table: str, keys: Iterable[Key], place: KeyPlace | None = None) -> str:
    line: dict[str, Document] = {"table": table, kind: [key_values.written(key) for key in keys]}
    return json.dumps({**line, **_placed(place)})


def _placed(place: KeyPlace | None) -> dict[str, Document]:
    return {} if place is None else {"place": key_places.written(place)}


def add_line(path: Path, line: str) -> None:
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
        return _journal(whole_lines(content).decode().splitlines())
    except (ValueError, KeyError) as error:
        raise EnvironmentFault(
            f"{path} is not a run journal ({error}); remove it after checking by hand that neither "
            "database holds rows of an earlier run"
        ) from None


def whole_lines(content: bytes) -> bytes:
    """Without a last line that a kill has cut in half: nothing was written under its keys yet."""
    return content[: content.rfind(b"\n") + 1]


def _journal(lines: Sequence[str]) -> Journal:
    if not lines:
        raise ValueError("it has no first line")
    header = members(json.loads(lines[0]), "its first line")
    if header.get("version") != VERSION:
        raise ValueError(f"version {header.get('version')!r}")
    found: dict[str, dict[str, frozenset[Key]]] = {"keys": {}, "left": {}, "before": {}}
    places: dict[str, KeyPlace] = {}
    for number, line in enumerate(lines[1:], 2):
        entry = members(json.loads(line), f"line {number}")
        for table, kind, keys in _entry(entry, number):
            found[kind][table] = found[kind].get(table, frozenset()) | keys
        if "place" in entry:
            places[text(entry["table"], "table")] = key_places.read(entry["place"])
    return Journal(
        text(header["environment"], "environment"),
        text(header["started"], "started"),
        text(header["databases"], "databases"),
        text(header["mark"], "mark"),
        ended=header.get("ended") is True,
        places=places,
        **found,
    )


def _entry(line: Mapping[str, Document], number: int) -> Iterator[tuple[str, str, frozenset[Key]]]:
    table = text(line["table"], f"the table of line {number}")
    for kind in line.keys() - {"table", "place"}:
        if kind not in ("keys", "left", "before"):
            raise ValueError(f"line {number} holds {kind!r}")
        yield table, kind, frozenset(map(key_values.read, elements(line[kind], kind)))
