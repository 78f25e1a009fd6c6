"""What a contract says of the rows a run writes: whether it may, under which keys, which values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from reconciliation.agreed.entries import EXCUSE, EntryReader, Found, texts_of
from reconciliation.agreed.mistakes import nearest
from reconciliation.model import MULTISET, Document, Excuse, Value

#: what a value of TOML may be for one cell
_SCALARS = (bool, int, float, str, dt.datetime, dt.date, dt.time)
#: what has an order in which a run can count on
_ORDERED = (int, str, dt.datetime, dt.date)


class WritingReader(EntryReader):
    """The sections [excuse], [values] and [reserved], and what of [table] belongs to them."""

    def writing(self, table: Found) -> Excuse | None:
        """The excuse of a table nothing is written to: given only there. Without one nobody has
        decided yet, and a run that changes rows does not judge the table.
        """
        given, write = self.document.get("excuse"), table.get("write", True)
        if write is True and table.get("rows") == MULTISET and "write" in table:
            self.mistakes.append(
                f'[table]: write = true with rows = "{MULTISET}": a run finds its rows by their '
                "key; name a key, or write = false with an [excuse]"
            )
        if given is None:
            return None
        entry = self.typed(given, EXCUSE, "[excuse]")
        if write is True:
            self.mistakes.append(
                "[excuse] excuses a table nothing is written to; add write = false to [table], or "
                "remove it"
            )
        return None if entry is None else self.excuse(entry, "[excuse]")

    def values(self, sources: Sequence[str]) -> Mapping[str, tuple[Value, ...]]:
        """By paired source column, the values a written row may hold."""
        found: dict[str, tuple[Value, ...]] = {}
        for column, given in self._section("values").items():
            if not self._paired(column, sources, "values", "source column of a [[column]]"):
                continue
            if not isinstance(given, list) or not given:
                self.mistakes.append(
                    f"[values]: {column} must be a list of the values a row may hold, not {given!r}"
                )
            elif wrong := [one for one in given if not isinstance(one, _SCALARS)]:
                self.mistakes.append(
                    f"[values]: {column} holds {wrong[0]!r}, which is no value of a column; write "
                    "texts, numbers, dates, times, true or false"
                )
            else:
                found[column] = tuple(given)
        return found

    def reserved(self, table: Found) -> Mapping[str, tuple[Value, Value]]:
        """By key column, the first and the last value kept free for runs."""
        found: dict[str, tuple[Value, Value]] = {}
        for column, given in self._section("reserved").items():
            if not self._paired(column, texts_of(table, "key"), "reserved", "key column"):
                continue
            both = _first_and_last(given)
            if both is None:
                self.mistakes.append(
                    f"[reserved]: {column} must be the first and the last value kept free for "
                    f"runs, two whole numbers, texts or dates, the lower first; it is {given!r}"
                )
            else:
                found[column] = both
        return found

    def _section(self, name: str) -> Found:
        given = self.document.get(name, {})
        if isinstance(given, Mapping):
            return given
        self.mistakes.append(f"{name} must be a section [{name}], it is {given!r}")
        return {}

    def _paired(self, column: str, known: Sequence[str], section: str, what: str) -> bool:
        if column in known:
            return True
        meant = nearest(column, known)
        hint = f"did you mean {meant}?" if meant else f"there are {', '.join(known) or 'none'}"
        self.mistakes.append(f"{column} of [{section}] is no {what}; {hint}")
        return False


def _first_and_last(given: Document) -> tuple[Value, Value] | None:
    if not isinstance(given, list) or len(given) != 2:
        return None
    first, last = given
    if isinstance(first, bool) or type(first) is not type(last) or not isinstance(first, _ORDERED):
        return None
    try:
        return (first, last) if first <= last else None
    except TypeError:  # one with an offset from UTC, one without
        return None
