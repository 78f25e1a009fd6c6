"""One table before anything is done: what tells its rows from those that are written later."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from reconciliation.canonical import ColumnRule
from reconciliation.collateral import neighbours, past, whole
from reconciliation.collateral.change import Rows
from reconciliation.collateral.neighbours import MOST_BLOCKS, Block
from reconciliation.collateral.scn import Scn, of_table
from reconciliation.compare import by_key
from reconciliation.compare.contracted import FINDING
from reconciliation.databases.rows import Side, rows_by_key
from reconciliation.model import KEYED, Key, Row, TableContract
from reconciliation.parallel_run import ParallelRun


@dataclass(frozen=True)
class Opened:
    """``side`` is Oracle's. ``scn`` is the one of before, ``rows`` the whole table where that
    serves instead. ``known`` are the touched rows and those ``beside`` their ``blocks``, as they
    were. ``why`` says what keeps Oracle from telling what any row was before, or is empty.
    """

    contract: TableContract
    side: Side
    scn: Scn
    rules: tuple[ColumnRule, ...] = ()
    blocks: tuple[Block, ...] = ()
    beside: tuple[Key, ...] = ()
    known: Mapping[Key, Row | None] = field(default_factory=dict)
    rows: Rows | None = None
    why: str = ""

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
        why = "its rows are not found by a key"
        return _whole(connection, Opened(contract, side, Scn(None, why), why=why))
    key = tuple(rules[column] for column in contract.key)
    opened = Opened(contract, side, of_table(connection, side.table, now), key)
    scn = opened.scn.number
    why = past.refusal(connection, side, scn) if scn is not None else opened.scn.why
    if why:
        opened = _whole(connection, replace(opened, why=why))
    return touching(connection, opened, touched)


def touching(connection: Connection, opened: Opened, touched: Collection[Key]) -> Opened:
    """The same with the rows that will be touched, as they are, and with their neighbours. Raises
    Unreadable.
    """
    new = [key for key in dict.fromkeys(touched) if key not in opened.known]
    if not new or not opened.by_key:
        return opened
    blocks = neighbours.blocks(neighbours.usable(opened.rules, new))
    beside = neighbours.beside(connection, opened.side, opened.rules, blocks)
    wanted = [key for key in (*new, *beside) if key not in opened.known]
    rows = rows_by_key(connection, opened.side, wanted)
    return replace(
        opened,
        blocks=(*opened.blocks, *blocks)[:MOST_BLOCKS],
        beside=tuple(dict.fromkeys([*opened.beside, *beside])),
        known={**opened.known, **{key: rows.get(key) for key in wanted}},
    )


def keys_beside(connection: Connection, opened: Opened) -> tuple[Key, ...]:
    """The keys next to its blocks as they are now."""
    return neighbours.beside(connection, opened.side, opened.rules, opened.blocks)


def _whole(connection: Connection, opened: Opened) -> Opened:
    side = opened.side
    if not whole.is_small(connection, side.table, side.filter):
        return opened
    return replace(opened, rows=whole.read_side(connection, side))
