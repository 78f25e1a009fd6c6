"""One table before anything is done: what tells its rows from those that are written later."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from reconciliation.canonical import ColumnRule
from reconciliation.collateral import neighbours, whole
from reconciliation.collateral.change import Rows
from reconciliation.collateral.neighbours import Block
from reconciliation.collateral.scn import Scn, of_table
from reconciliation.compare import by_key
from reconciliation.compare.contracted import FINDING
from reconciliation.compare.extent.ranges import NoRange
from reconciliation.databases.rows import Side, rows_by_key
from reconciliation.model import KEYED, CatalogueTable, Key, Row, TableContract
from reconciliation.parallel_run import ParallelRun


@dataclass(frozen=True)
class Opened:
    """``side`` is Oracle's. ``scn`` is the one of before, ``rows`` the whole table where that
    serves instead; ``beside`` are the neighbours of ``blocks``, as they were.
    """

    contract: TableContract
    side: Side
    scn: Scn
    rules: tuple[ColumnRule, ...] = ()
    blocks: tuple[Block, ...] = ()
    beside: Mapping[Key, Row | None] = field(default_factory=dict)
    rows: Rows | None = None

    @property
    def by_key(self) -> bool:
        """Whether PostgreSQL can be asked for a row of it."""
        return found_by_key(self.contract)


def found_by_key(contract: TableContract) -> bool:
    """Whether both sides find a row of the table by its key."""
    return contract.rows == KEYED and all(
        contract.pair(name).conversion in FINDING for name in contract.key
    )


def open_table(
    connection: Connection, run: ParallelRun, name: str, touched: Collection[Key], now: Scn
) -> Opened:
    """A contracted table; ``connection`` leads to Oracle, ``now`` is its SCN. Raises Unreadable."""
    contract, rules = run.table(name), run.rules(name)
    side = by_key.sides_of(contract, rules, run.catalogues)[1]
    if not found_by_key(contract):
        opened = Opened(contract, side, Scn(None, "its rows are not found by a key"))
        return _whole(connection, opened)
    key = tuple(rules[column] for column in contract.key)
    scn = of_table(connection, side.table, now)
    blocks, beside = _beside(connection, side, key, touched)
    opened = Opened(contract, side, scn, key, blocks, beside)
    return opened if scn.number is not None else _whole(connection, opened)


def _beside(
    connection: Connection, side: Side, key: tuple[ColumnRule, ...], touched: Collection[Key]
) -> tuple[tuple[Block, ...], Mapping[Key, Row | None]]:
    blocks = neighbours.blocks(neighbours.usable(key, touched))
    keys = neighbours.beside(connection, side, key, blocks)
    return blocks, dict(rows_by_key(connection, side, keys))


def keys_beside(connection: Connection, opened: Opened) -> tuple[Key, ...]:
    """The keys next to its blocks as they are now."""
    try:
        return neighbours.beside(connection, opened.side, opened.rules, opened.blocks)
    except NoRange:
        return ()


def _whole(connection: Connection, opened: Opened) -> Opened:
    side = opened.side
    if not whole.is_small(connection, side.table, side.filter):
        return opened
    return replace(opened, rows=whole.read_side(connection, side))


def open_legacy(connection: Connection, table: CatalogueTable) -> Rows | None:
    """A table of Oracle that no contract speaks of, where it is small. Raises Unreadable."""
    return whole.read_all(connection, table) if whole.is_small(connection, table, None) else None
