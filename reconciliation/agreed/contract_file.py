"""One file of contracts: what it says, or everything that is wrong with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from reconciliation.agreed.mistakes import missing, nearest, unknown_key
from reconciliation.agreed.row_filter import FilterError, check_filter
from reconciliation.canonical import ACCEPTABLE, conversion
from reconciliation.documents import text, texts
from reconciliation.errors import CanonicalError
from reconciliation.model import (
    KEYED,
    MULTISET,
    AcceptedDifference,
    ColumnPair,
    Document,
    NotCompared,
    TableContract,
)

_SECTIONS = ("table", "column", "not_compared")
_TABLE = {"source": str, "target": str, "mark_column": str}
_TABLE_OPTIONAL = {
    "key": list,
    "rows": str,
    "sensitive": list,
    "source_filter": str,
    "target_filter": str,
}
_COLUMN = {"source": str, "target": str}
_COLUMN_OPTIONAL = {"conversion": str, "minimum": object, "maximum": object}
_ACCEPTED = {
    "table": str,
    "columns": list,
    "rule": str,
    "reason": str,
    "owner": str,
    "expires": dt.date,
}

Found = Mapping[str, Document]
Types = Mapping[str, type]


class Reader:
    """Reads one document and notes every mistake in it; what depends on a part with a mistake is
    not looked at.
    """

    def __init__(self, path: Path, document: Found) -> None:
        self.path, self.document = path, document
        self.mistakes: list[str] = []

    # -------------------------------------------------------------- a table

    def table(self) -> TableContract | None:
        """The contract of a table; None when there are mistakes."""
        self._undecided()
        self._unknown_keys([name for name in self.document if name != "undecided"], _SECTIONS)
        empty = [
            name
            for name in ("table", "column")
            if name in self.document and not self.document[name]
        ]
        if empty or missing(("table", "column"), self.document, _SECTIONS):
            self.mistakes.append("a table contract needs a [table] and at least one [[column]]")
        table = (
            self._typed(self.document["table"], _TABLE, "[table]", _TABLE_OPTIONAL)
            if self.document.get("table")
            else None
        )
        given = [self._pair(where, entry) for where, entry in self._entries("column")]
        pairs = [pair for pair in given if pair is not None]
        left_out = [
            self._left_out(where, entry, pairs) for where, entry in self._entries("not_compared")
        ]
        if table is not None:
            self._rows(table)
            self._filters(table)
            if None not in given:
                self._columns(table, pairs)
        if self.mistakes or table is None:
            return None
        return TableContract(
            source=_text(table, "source"),
            target=_text(table, "target"),
            key=_texts(table, "key"),
            pairs=tuple(pairs),
            mark_column=_text(table, "mark_column"),
            path=str(self.path),
            sensitive=_texts(table, "sensitive"),
            rows=_optional(table, "rows") or KEYED,
            not_compared=tuple(one for one in left_out if one is not None),
            source_filter=_optional(table, "source_filter"),
            target_filter=_optional(table, "target_filter"),
        )

    def _undecided(self) -> None:
        """A draft is no contract: what it could not decide stands in sections of their own until
        somebody does.
        """
        names = [
            " -> ".join(str(entry[part]) for part in ("source", "target", "what") if part in entry)
            for _, entry in self._entries("undecided")
            if isinstance(entry, Mapping)
        ]
        if names:
            self.mistakes.append(
                f"not decided: {', '.join(names)}. Turn each [[undecided]] into a [[column]], or "
                "into a [[not_compared]] with the reason"
            )

    def _columns(self, table: Found, pairs: Sequence[ColumnPair]) -> None:
        """Columns are paired once, and what [table] names is paired."""
        sources = [pair.source for pair in pairs]
        self._repeated(sources, "source column")
        self._repeated([pair.target for pair in pairs], "target column")
        for column in dict.fromkeys(
            (*_texts(table, "key"), _text(table, "mark_column"), *_texts(table, "sensitive"))
        ):
            if pairs and column not in sources:
                meant = nearest(column, sources)
                hint = f"; did you mean {meant}?" if meant else ""
                self.mistakes.append(
                    f"{column} of [table] is no source column of a [[column]]{hint}"
                )
        for name in ("key", "sensitive"):
            self._repeated(_texts(table, name), f"[table]: {name} column")

    def _pair(self, where: str, entry: Document) -> ColumnPair | None:
        column = self._typed(entry, _COLUMN, where, _COLUMN_OPTIONAL)
        if column is None:
            return None
        source, named = _text(column, "source"), _optional(column, "conversion")
        if named is not None:
            try:
                conversion(named)
            except CanonicalError as error:
                self.mistakes.append(f"column {source}: {error}")
        return ColumnPair(
            source,
            _text(column, "target"),
            named,
            column.get("minimum"),
            column.get("maximum"),
        )

    def _left_out(
        self, where: str, entry: Document, pairs: Sequence[ColumnPair]
    ) -> NotCompared | None:
        left = self._typed(entry, {"reason": str}, where, _COLUMN)
        if left is None:
            return None
        reason = _text(left, "reason")
        if not reason.strip() or not left.keys() & _COLUMN.keys():
            self.mistakes.append(
                f"{where} needs a source column, a target column or both, and a reason"
            )
        for side in _COLUMN:
            if side in left and left[side] in {getattr(pair, side) for pair in pairs}:
                self.mistakes.append(
                    f"{where} names {left[side]}, which a [[column]] compares; remove either"
                )
        return NotCompared(_optional(left, "source"), _optional(left, "target"), reason)

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
            name: _text(table, name) for name in ("source_filter", "target_filter") if name in table
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

    # -------------------------------------------------------------- accepted differences

    def accepted(self, tables: Sequence[TableContract]) -> list[AcceptedDifference]:
        """The entries of the file of accepted differences; one without any accepts none."""
        self._unknown_keys(self.document, ("accepted",))
        found = [self._accepted(where, entry, tables) for where, entry in self._entries("accepted")]
        return [one for one in found if one is not None]

    def _accepted(
        self, where: str, given: Document, tables: Sequence[TableContract]
    ) -> AcceptedDifference | None:
        entry = self._typed(given, _ACCEPTED, where)
        # what _typed has told of is not looked at
        if entry is None or not isinstance(expires := entry["expires"], dt.date):
            return None
        rule, reason, owner = (_text(entry, name) for name in ("rule", "reason", "owner"))
        columns = _texts(entry, "columns")
        if rule not in ACCEPTABLE:
            self.mistakes.append(
                f"{where} has the unknown rule {rule!r}; known are {', '.join(ACCEPTABLE)}"
            )
        if not reason.strip() or not owner.strip():
            self.mistakes.append(f"{where} for {entry['table']} needs a reason and an owner")
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
            reason=reason,
            owner=owner,
            expires=expires,
            columns=tuple(column for column in columns if column in agreed),
            vanished=tuple(column for column in columns if column not in agreed),
        )

    # -------------------------------------------------------------- what all parts have

    def _entries(self, name: str) -> Iterable[tuple[str, Document]]:
        """The tables of an array, each with what it is called in a message."""
        given = self.document.get(name, ())
        if not isinstance(given, (list, tuple)):
            self.mistakes.append(f"{name} must be [[{name}]], a table for each")
            return ()
        return [
            (f"[[{name}]] {number}" if len(given) > 1 else f"[[{name}]]", one)
            for number, one in enumerate(given, 1)
        ]

    def _typed(
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
        self._unknown_keys(member, tuple(known), f"{where} ")
        for name, kind in known.items():
            if name in member:
                self._of_kind(member[name], kind, f"{where}: {name}")
        return member if len(self.mistakes) == before else None

    def _of_kind(self, value: object, kind: type, where: str) -> None:
        if not isinstance(value, kind) or (kind is dt.date and isinstance(value, dt.datetime)):
            self.mistakes.append(f"{where} must be a {kind.__name__}, not {value!r}")
        elif kind is list and not _texts_only(value):
            self.mistakes.append(f"{where} must hold texts only, not {value!r}")

    def _unknown_keys(self, member: Iterable[str], known: Sequence[str], where: str = "") -> None:
        self.mistakes += [
            f"{where}{unknown_key(name, known)}" for name in member if name not in known
        ]

    def _repeated(self, names: Sequence[str], what: str) -> None:
        repeated = dict.fromkeys(name for place, name in enumerate(names) if name in names[:place])
        self.mistakes += [f"{what} {name} is given twice" for name in repeated]


# of an entry that ``_typed`` has seen


def _text(entry: Found, name: str) -> str:
    return text(entry[name], name)


def _optional(entry: Found, name: str) -> str | None:
    return _text(entry, name) if name in entry else None


def _texts(entry: Found, name: str) -> tuple[str, ...]:
    return texts(entry.get(name, ()), name)


def _texts_only(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
