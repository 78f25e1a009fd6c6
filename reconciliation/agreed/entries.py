"""What entries of all files have in common: their keys have types, and every mistake is noted."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from reconciliation.agreed.mistakes import missing, unknown_key
from reconciliation.documents import text, texts
from reconciliation.model import Document, Excuse

Found = Mapping[str, Document]
Types = Mapping[str, type]

#: what a draft writes where only a person can answer; no run accepts it
TODO = "TODO"
_TODO = re.compile(rf"\b{TODO}\b")
#: the end of a sentence about an entry that still says so
UNDONE = f"{TODO}, as drafted; write who answers for it and why, or have it mended and remove it"
EXCUSE: Types = {"reason": str, "owner": str, "expires": dt.date}


class EntryReader:
    """Reads one document and notes every mistake in it; what depends on a part with a mistake is
    not looked at.
    """

    def __init__(self, path: Path, document: Found) -> None:
        self.path, self.document = path, document
        self.mistakes: list[str] = []

    def entries(self, name: str) -> Iterable[tuple[str, Document]]:
        """The tables of an array, each with what it is called in a message."""
        given = self.document.get(name, ())
        if not isinstance(given, (list, tuple)):
            self.mistakes.append(f"{name} must be [[{name}]], a table for each")
            return ()
        return [
            (f"[[{name}]] {number}" if len(given) > 1 else f"[[{name}]]", one)
            for number, one in enumerate(given, 1)
        ]

    def typed(
        self, member: Document, keys: Types, where: str, optional: Types | None = None
    ) -> Found | None:
        """Every key present, each of its type, no other but the optional ones; None when one is not
        so.
        """
        if not isinstance(member, Mapping):
            self.mistakes.append(f"{where} must be a table")
            return None
        before, known = len(self.mistakes), {**keys, **(optional or {})}
        self.mistakes += [f"{where} lacks {name}" for name in missing(keys, member, tuple(known))]
        self.unknown_keys(member, tuple(known), f"{where} ")
        for name, kind in known.items():
            if name in member:
                self._of_kind(member[name], kind, f"{where}: {name}")
        return member if len(self.mistakes) == before else None

    def excuse(self, entry: Found, where: str) -> Excuse | None:
        """Reason, owner and last day of an entry that has all three; a draft's TODO is neither a
        reason nor an owner.
        """
        reason, owner, expires = text_of(entry, "reason"), text_of(entry, "owner"), entry["expires"]
        before = len(self.mistakes)
        if not reason.strip() or not owner.strip():
            self.mistakes.append(f"{where} needs a reason and an owner")
        undone = [name for name in ("reason", "owner") if _TODO.search(text_of(entry, name))]
        if undone:
            self.mistakes.append(
                f"{where}: {' and '.join(undone)} still {'say' if len(undone) > 1 else 'says'} "
                f"{UNDONE}"
            )
        if not isinstance(expires, dt.date) or len(self.mistakes) > before:
            return None
        return Excuse(reason, owner, expires)

    def unknown_keys(self, member: Iterable[str], known: Sequence[str], where: str = "") -> None:
        self.mistakes += [
            f"{where}{unknown_key(name, known)}" for name in member if name not in known
        ]

    def repeated(self, names: Sequence[str], what: str) -> None:
        repeated = dict.fromkeys(name for place, name in enumerate(names) if name in names[:place])
        self.mistakes += [f"{what} {name} is given twice" for name in repeated]

    def _of_kind(self, value: object, kind: type, where: str) -> None:
        if not isinstance(value, kind) or (kind is dt.date and isinstance(value, dt.datetime)):
            self.mistakes.append(f"{where} must be a {kind.__name__}, not {value!r}")
        elif kind is list and not _texts_only(value):
            self.mistakes.append(f"{where} must hold texts only, not {value!r}")


# of an entry that ``typed`` has seen


def text_of(entry: Found, name: str) -> str:
    return text(entry[name], name)


def optional_of(entry: Found, name: str) -> str | None:
    return text_of(entry, name) if name in entry else None


def texts_of(entry: Found, name: str) -> tuple[str, ...]:
    return texts(entry.get(name, ()), name)


def _texts_only(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
