"""Rows that cannot be read are set aside by their keys, so that the others are judged; none of them
is ever equal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from sqlalchemy import Engine

from reconciliation.compare.rereads import Pair, Read
from reconciliation.databases.rows import Side, rows_by_key
from reconciliation.describe import unreadable_words
from reconciliation.errors import UnreadableValue
from reconciliation.model import Difference, Key, Status, TableContract, TableResult, UnreadableCell

#: rows whose columns are read one by one to find what is broken, and cells a result names
NAMED_ROWS = 100
_NOTHING: Pair = (None, None)


class Careful:
    """Reads rows by their keys. Those that cannot be read are in ``found``, as of the last time
    they were asked for.

    ``read`` is a ``rereads.Read``; ``engines`` and ``sides`` are those it reads, for naming the
    columns.
    """

    def __init__(
        self,
        read: Read,
        table: TableContract,
        engines: tuple[Engine, Engine],
        sides: tuple[Side, Side],
    ) -> None:
        self._plain, self._table = read, table
        self._places = tuple(zip(engines, sides, table.sides, strict=True))
        self.found: dict[Key, tuple[UnreadableCell, ...]] = {}

    def read(self, keys: Sequence[Key]) -> tuple[list[Difference], dict[Key, Pair]]:
        """As ``rereads.Read``: no difference and no row for a key that cannot be read."""
        for key in keys:
            self.found.pop(key, None)
        return self._read(list(keys))

    def _read(self, keys: list[Key]) -> tuple[list[Difference], dict[Key, Pair]]:
        if not keys:
            return [], {}
        try:
            differences, rows = self._plain(keys)
            return list(differences), dict(rows)
        except UnreadableValue as error:
            return self._around(keys, error)

    def _around(
        self, keys: list[Key], error: UnreadableValue
    ) -> tuple[list[Difference], dict[Key, Pair]]:
        """The readable ones of keys that could not be read together."""
        aside = {cell.key for cell in error.cells} & set(keys)
        if aside or len(keys) == 1:
            for key in aside or keys:
                self._set_aside(key, [cell for cell in error.cells if cell.key == key], error)
            differences, rows = self._read([key for key in keys if key not in (aside or keys)])
            return differences, rows | dict.fromkeys(aside or keys, _NOTHING)
        half = len(keys) // 2
        (left, ours), (right, theirs) = self._read(keys[:half]), self._read(keys[half:])
        return [*left, *right], ours | theirs

    def _set_aside(self, key: Key, cells: Sequence[UnreadableCell], error: UnreadableValue) -> None:
        if not cells and len(self.found) < NAMED_ROWS:
            cells = [cell for place in self._places for cell in _broken_columns(*place, key)]
        cells = cells or [UnreadableCell(key, " or ".join(self._table.sides), None, str(error))]
        table = self._table
        self.found[key] = tuple(
            replace(cell, key_columns=table.key, sensitive=table.sensitive) for cell in cells
        )


def _broken_columns(engine: Engine, side: Side, name: str, key: Key) -> list[UnreadableCell]:
    """The columns of one row that fail by themselves."""
    cells = []
    for column in side.columns:
        alone = replace(side, columns=(*side.key, *(() if column in side.key else (column,))))
        try:
            with engine.connect() as connection:
                rows_by_key(connection, alone, [key])
        except UnreadableValue as error:
            cells.append(
                UnreadableCell(key, name, column, error.cells[0].why if error.cells else str(error))
            )
    return cells


def with_unreadable(
    result: TableResult, found: Mapping[Key, Sequence[UnreadableCell]]
) -> TableResult:
    """The result without the rows that were set aside: never EQUAL when there are any."""
    if not found:
        return result
    with suppress(TypeError):  # keys of unlike values have no order
        found = {key: found[key] for key in sorted(found)}
    cells = [cell for row in found.values() for cell in row]
    many = len(found) > 1
    count = (
        f"{len(found)} rows cannot be read and were not judged, the first"
        if many
        else "1 row cannot be read and was not judged"
    )
    words = f"{count}: {unreadable_words(cells[0])}"
    return replace(
        result,
        status=Status.DIVERGENT if result.status is Status.DIVERGENT else Status.NOT_JUDGED,
        reason=f"{words}; {result.reason}" if result.reason else words,
        equal_rows=result.equal_rows - len(found),
        unreadable_rows=len(found),
        unreadable=tuple(cells[:NAMED_ROWS]),
    )


def and_unreadable(result: TableResult) -> str:
    """The end of a sentence about rows that differ: how many could not be read."""
    return f"; {result.unreadable_rows} more cannot be read" if result.unreadable_rows else ""
