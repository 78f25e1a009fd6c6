"""A range of keys in which a value cannot be read: cut smaller until the rows beside it are
compared.

What is left is a few rows. Their keys alone are read, on both sides, and suspected: looking at
suspects tells which of them cannot be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection, Engine, text

from reconciliation.canonical import ColumnRule, source_key, target_key
from reconciliation.compare.extent.ranges import KeyRange, NoRange, conditions, ranges_between
from reconciliation.compare.extent.snapshots import snapshot
from reconciliation.compare.tally import SUSPECT_ROWS, Tally
from reconciliation.databases.quoting import for_text
from reconciliation.databases.rows import Side, readable, source_side, target_side
from reconciliation.errors import UnreadableValue
from reconciliation.model import CatalogueTable, Key, TableContract

#: rows of the source whose keys are suspected together, and ranges that a larger range is cut into
FEW_ROWS, CUTS = 200, 16
#: places in one range where a few rows cannot be read; in more, the table is what cannot be read
PLACES = 100


@dataclass(frozen=True)
class Keys:
    """The keys of a table on both sides, read without any other column."""

    sides: tuple[Side, Side]
    engines: tuple[Engine, Engine]
    rules: tuple[ColumnRule, ...]
    oracle: bool

    @classmethod
    def of(
        cls,
        table: TableContract,
        catalogue: tuple[CatalogueTable, CatalogueTable],
        rules: Mapping[str, ColumnRule],
        engines: tuple[Engine, Engine],
        oracle: bool,
    ) -> Keys:
        """Of a contracted table; two PostgreSQL are read alike."""
        here = source_side(table, catalogue[0], lambda row: source_key(table, rules, row))
        there = (
            target_side(table, catalogue[1], lambda row: target_key(table, rules, row))
            if oracle
            else source_side(table, catalogue[1], here.key_of)
        )
        only = (replace(here, columns=here.key), replace(there, columns=there.key))
        return cls(only, engines, tuple(rules[name] for name in table.key), oracle)

    def all(self, side: int, keys: KeyRange) -> list[Key]:
        """Every key of one side in a range; UnreadableValue where there are more than can be
        suspected.
        """
        found: list[Key] = []
        with snapshot(self.engines[side]) as connection, readable(connection):
            for row in self._rows(connection, side, keys):
                found.append(row)
                if len(found) > SUSPECT_ROWS:
                    raise UnreadableValue(
                        f"{self.sides[side].table.full_name}: among more than {SUSPECT_ROWS} rows"
                    )
        return found

    def cut(self, keys: KeyRange) -> list[KeyRange]:
        """A range as CUTS of them with as many rows of the source each; none where there are
        FEW_ROWS or fewer.
        """
        count = self._count(keys)
        if count <= FEW_ROWS:
            return []
        bounds: list[Key] = []
        with snapshot(self.engines[0]) as connection, readable(connection):
            for number, key in enumerate(self._rows(connection, 0, keys)):
                if number and number % -(-count // CUTS) == 0 and self._is_bound(key):
                    bounds.append(key)
        parts = ranges_between(bounds)
        return (
            [KeyRange(one.low or keys.low, one.high or keys.high) for one in parts]
            if bounds
            else []
        )

    def _count(self, keys: KeyRange) -> int:
        counted = f"SELECT count(*) FROM ({self._select(0, keys)}) AS counted"
        with snapshot(self.engines[0]) as connection, readable(connection):
            count: int = connection.execute(text(counted)).scalar_one()
            return count

    def _is_bound(self, key: Key) -> bool:
        try:
            conditions(self.rules, KeyRange(key, None), oracle=self.oracle)
        except NoRange:
            return False
        return True

    def _select(self, side: int, keys: KeyRange) -> str:
        within = for_text(conditions(self.rules, keys, oracle=self.oracle)[side])
        return self.sides[side].select(within or None)

    def _rows(self, connection: Connection, side: int, keys: KeyRange) -> Iterator[Key]:
        one = self.sides[side]
        streamed = connection.execution_options(yield_per=2000)
        with streamed.execute(text(self._select(side, keys) + for_text(one.order))) as result:
            for values in result:
                yield one.key_of(one.row(values))


def compare_around(
    keys: Keys,
    whole: KeyRange,
    compare: Callable[[KeyRange, Callable[[int], None]], Tally],
    progress: Callable[[int], None],
    error: UnreadableValue,
) -> Tally:
    """What ``compare`` finds in the parts of a range that it could not read as a whole, for the
    reason ``error``.

    ``progress`` gets source rows. Raises UnreadableValue where not even the keys can be read, too
    many stand in one place, or there are more than PLACES.
    """
    found, places = Tally(), 0

    def told(rows: int) -> None:
        progress(found.source_rows + rows)

    def within(part: KeyRange) -> None:
        try:
            found.merge(compare(part, told))
        except UnreadableValue as error:
            smaller(part, error)

    def smaller(part: KeyRange, error: UnreadableValue) -> None:
        parts = keys.cut(part)
        for one in parts:
            within(one)
        if not parts:
            suspected(part, error)

    def suspected(part: KeyRange, error: UnreadableValue) -> None:
        nonlocal places
        places += 1
        ours, theirs = (keys.all(side, part) for side in (0, 1))
        if places > PLACES or not (ours or theirs):
            raise error
        found.source_rows += len(ours)
        found.target_rows += len(theirs)
        found.suspect(dict.fromkeys([*ours, *theirs]))
        progress(found.source_rows)

    smaller(whole, error)
    return found
