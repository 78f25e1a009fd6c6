"""One file of contracts: what it says, or everything that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from reconciliation.agreed.entries import Found, Types, optional_of, text_of, texts_of
from reconciliation.agreed.mistakes import missing, nearest
from reconciliation.agreed.row_filter import FilterError, check_filter
from reconciliation.agreed.writing_file import WritingReader
from reconciliation.canonical import conversion
from reconciliation.errors import CanonicalError
from reconciliation.model import (
    KEYED,
    MULTISET,
    ColumnPair,
    Document,
    NotCompared,
    TableContract,
)

#: what a sentence may call a row
_WORDS = re.compile(r"[A-Za-z]+(?: [A-Za-z]+)*")
_SECTIONS = ("table", "column", "not_compared", "excuse", "values", "reserved")
_TABLE: Types = {"source": str, "target": str}
_TABLE_OPTIONAL: Types = {
    "key": list,
    "rows": str,
    "called": str,
    "write": bool,
    "mark_column": str,
    "sensitive": list,
    "source_filter": str,
    "target_filter": str,
}
_COLUMN: Types = {"source": str, "target": str}
_COLUMN_OPTIONAL: Types = {"conversion": str, "minimum": object, "maximum": object}


class Reader(WritingReader):
    """A table contract."""

    def table(self) -> TableContract | None:
        """The contract of a table; None when there are mistakes."""
        self._undecided()
        self.unknown_keys([name for name in self.document if name != "undecided"], _SECTIONS)
        empty = [
            name
            for name in ("table", "column")
            if name in self.document and not self.document[name]
        ]
        if empty or missing(("table", "column"), self.document, _SECTIONS):
            self.mistakes.append("a table contract needs a [table] and at least one [[column]]")
        table = (
            self.typed(self.document["table"], _TABLE, "[table]", _TABLE_OPTIONAL)
            if self.document.get("table")
            else None
        )
        given = [self._pair(where, entry) for where, entry in self.entries("column")]
        pairs = [pair for pair in given if pair is not None]
        left_out = [
            self._left_out(where, entry, pairs) for where, entry in self.entries("not_compared")
        ]
        if table is None:
            return None
        self._rows(table)
        self._filters(table)
        self._called(table)
        if None not in given:
            self._columns(table, pairs)
        excuse = self.writing(table)
        values = self.values([pair.source for pair in pairs]) if None not in given else {}
        reserved = self.reserved(table)
        if self.mistakes:
            return None
        return TableContract(
            source=text_of(table, "source"),
            target=text_of(table, "target"),
            key=texts_of(table, "key"),
            pairs=tuple(pairs),
            mark_column=optional_of(table, "mark_column"),
            path=str(self.path),
            sensitive=texts_of(table, "sensitive"),
            rows=optional_of(table, "rows") or KEYED,
            not_compared=tuple(one for one in left_out if one is not None),
            source_filter=optional_of(table, "source_filter"),
            target_filter=optional_of(table, "target_filter"),
            called=optional_of(table, "called"),
            write=table.get("write", True) is True,
            excuse=excuse,
            values=values,
            reserved=reserved,
        )

    def _undecided(self) -> None:
        """A draft is no contract: what it could not decide stands in sections of their own until
        somebody does.
        """
        names = [
            " -> ".join(str(entry[part]) for part in ("source", "target", "what") if part in entry)
            for _, entry in self.entries("undecided")
            if isinstance(entry, Mapping)
        ]
        if names:
            self.mistakes.append(
                f"not decided: {', '.join(names)}. Turn each [[undecided]] into a [[column]], or "
                "into a [[not_compared]] with the reason"
            )

    def _called(self, table: Found) -> None:
        """The table's name in a sentence, in words: what stands in quotes is its real name."""
        called = optional_of(table, "called")
        if called is not None and not _WORDS.fullmatch(called):
            self.mistakes.append(
                f"[table]: called is {called!r}; write words of the letters a to z that name one "
                'row in a sentence, for example "settlement line"'
            )

    def _columns(self, table: Found, pairs: Sequence[ColumnPair]) -> None:
        """Columns are paired once, and what [table] names is paired."""
        sources = [pair.source for pair in pairs]
        self.repeated(sources, "source column")
        self.repeated([pair.target for pair in pairs], "target column")
        mark = (text_of(table, "mark_column"),) if "mark_column" in table else ()
        for column in dict.fromkeys(
            (*texts_of(table, "key"), *mark, *texts_of(table, "sensitive"))
        ):
            if pairs and column not in sources:
                meant = nearest(column, sources)
                hint = f"; did you mean {meant}?" if meant else ""
                self.mistakes.append(
                    f"{column} of [table] is no source column of a [[column]]{hint}"
                )
        for name in ("key", "sensitive"):
            self.repeated(texts_of(table, name), f"[table]: {name} column")

    def _pair(self, where: str, entry: Document) -> ColumnPair | None:
        column = self.typed(entry, _COLUMN, where, _COLUMN_OPTIONAL)
        if column is None:
            return None
        source, named = text_of(column, "source"), optional_of(column, "conversion")
        if named is not None:
            try:
                conversion(named)
            except CanonicalError as error:
                self.mistakes.append(f"column {source}: {error}")
        return ColumnPair(
            source,
            text_of(column, "target"),
            named,
            column.get("minimum"),
            column.get("maximum"),
        )

    def _left_out(
        self, where: str, entry: Document, pairs: Sequence[ColumnPair]
    ) -> NotCompared | None:
        left = self.typed(entry, {"reason": str}, where, _COLUMN)
        if left is None:
            return None
        reason = text_of(left, "reason")
        if not reason.strip() or not left.keys() & _COLUMN.keys():
            self.mistakes.append(
                f"{where} needs a source column, a target column or both, and a reason"
            )
        for side in _COLUMN:
            if side in left and left[side] in {getattr(pair, side) for pair in pairs}:
                self.mistakes.append(
                    f"{where} names {left[side]}, which a [[column]] compares; remove either"
                )
        return NotCompared(optional_of(left, "source"), optional_of(left, "target"), reason)

    def _rows(self, table: Found) -> None:
        """How the rows are paired: a key or the word that there is none, never both and never
        neither.
        """
        rows, key = table.get("rows", KEYED), table.get("key")
        if rows not in (KEYED, MULTISET):
            self.mistakes.append(
                f'[table]: rows is {rows!r}; write "{KEYED}" (by the key) or "{MULTISET}" (no key: '
                "rows with the same values are counted)"
            )
        if rows == KEYED and not key:
            self.mistakes.append(
                "[table]: key is empty; rows cannot be told apart without a key. Name its columns, "
                f'or write rows = "{MULTISET}" to have rows with the same values counted'
            )
        if rows == MULTISET and key:
            self.mistakes.append(
                f'[table]: rows = "{MULTISET}" compares without a key, and key names one; remove '
                "either"
            )

    def _filters(self, table: Found) -> None:
        """The row filters, both or neither: a table restricted on one side only differs by what was
        left out.
        """
        given = {
            name: text_of(table, name)
            for name in ("source_filter", "target_filter")
            if name in table
        }
        for name, condition in given.items():
            try:
                check_filter(condition)
            except FilterError as error:
                self.mistakes.append(f"[table]: {name} {error}")
        if len(given) == 1:
            (present,) = given
            other = "target_filter" if present == "source_filter" else "source_filter"
            self.mistakes.append(
                f"[table]: {present} has no counterpart; add {other} with the same condition "
                "in the other database's words, or 1 = 1 where that side keeps all its rows"
            )
