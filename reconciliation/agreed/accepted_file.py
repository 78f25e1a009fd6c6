"""The file of accepted differences: its entries, or everything that is wrong with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from reconciliation.agreed.entries import EXCUSE, UNDONE, EntryReader, Types, text_of, texts_of
from reconciliation.canonical import ACCEPTABLE
from reconciliation.model import AcceptedDifference, Document, TableContract

#: entries nobody has signed that are told one by one
_MOST_LINES = 3
_ACCEPTED: Types = {"table": str, "columns": list, "rule": str, **EXCUSE}


class AcceptedReader(EntryReader):
    """The differences somebody signed for; a file without an entry accepts none."""

    def accepted(self, tables: Sequence[TableContract]) -> list[AcceptedDifference]:
        """The entries of the file, each of a table that has a contract."""
        self.unknown_keys(self.document, ("accepted",))
        found = [self._accepted(where, entry, tables) for where, entry in self.entries("accepted")]
        self._together()
        return [one for one in found if one is not None]

    def _together(self) -> None:
        """Of a file that is a draft as a whole, one line tells what one for each entry would."""
        undone = [line for line in self.mistakes if line.endswith(UNDONE)]
        if len(undone) > _MOST_LINES:
            tables = dict.fromkeys(line.partition(" for ")[2].partition(": ")[0] for line in undone)
            self.mistakes = [line for line in self.mistakes if line not in undone]
            self.mistakes.append(
                f"{len(undone)} entries [[accepted]] of {', '.join(tables)} still say {UNDONE}"
            )

    def _accepted(
        self, where: str, given: Document, tables: Sequence[TableContract]
    ) -> AcceptedDifference | None:
        entry = self.typed(given, _ACCEPTED, where)
        # what ``typed`` has told of is not looked at
        if entry is None or not isinstance(expires := entry["expires"], dt.date):
            return None
        rule, columns = text_of(entry, "rule"), texts_of(entry, "columns")
        if rule not in ACCEPTABLE:
            self.mistakes.append(
                f"{where} has the unknown rule {rule!r}; known are {', '.join(ACCEPTABLE)}"
            )
        self.excuse(entry, f"{where} for {entry['table']}")
        table = next((table for table in tables if table.source == entry["table"]), None)
        if table is None:
            known = ", ".join(table.source for table in tables)
            self.mistakes.append(
                f"{where} names table {entry['table']}, which has no contract; there are {known}"
            )
            return None
        agreed = {pair.source for pair in table.pairs}
        if not columns:
            self.mistakes.append(
                f"{where} for {table.source} names no column; there are {', '.join(sorted(agreed))}"
            )
        return AcceptedDifference(
            table=table.source,
            rule=rule,
            reason=text_of(entry, "reason"),
            owner=text_of(entry, "owner"),
            expires=expires,
            columns=tuple(column for column in columns if column in agreed),
            vanished=tuple(column for column in columns if column not in agreed),
        )
