"""LOBs that a client may write to by their locators: those of rows its transaction has locked.

Such a LOB travels as a composite of its content and its place (column, table, row);
``ora.write_lob`` puts a new content there. Rows are found by their physical place, which every
change moves; changes made here are followed.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from sqlglot import exp

from lab.oracle.engine.errors import StoreError, to_oracle
from lab.oracle.engine.facts import ColumnFact, Relation
from lab.oracle.engine.lexer import quote
from lab.oracle.engine.shapes import Shape
from lab.oracle.engine.translate.context import Context, name_of, quoted
from lab.oracle.engine.translate.expressions import add_handler
from lab.oracle.engine.workspace import Workspace
from lab.oracle.interface import OracleError, StoredLob

_TYPES = {"CLOB": "ora.stored_clob", "NCLOB": "ora.stored_clob", "BLOB": "ora.stored_blob"}
_ONE_TABLE = ("group", "having", "distinct", "with_", "joins", "limit", "offset")
_WRITE = "SELECT ora.write_lob($1, $2, $3, $4)"
_WRITE_OIDS = (26, 21, 27, 17)  # oid, int2, tid, bytea


class LobPlace(exp.Expression):
    """A LOB column together with its place; ``this`` is its text for the store."""

    arg_types = {"this": True}  # noqa: RUF012 - sqlglot's own way of declaring a node


add_handler(LobPlace, lambda node, _context: node.args["this"])


def place_sql(fact: ColumnFact, owner: str) -> str | None:
    """A LOB column of the table (or alias) ``owner`` with its place; None for a column of another
    type.
    """
    kind = _TYPES.get(fact.data_type)
    if kind is None:
        return None
    cell = f"{owner}.{quote(fact.name)}"
    text = f"{cell}::{'bytea' if fact.data_type == 'BLOB' else 'text'}"
    return (
        f"CASE WHEN {cell} IS NOT NULL THEN ROW({text}, {fact.attnum}, {owner}.tableoid, "
        f"{owner}.ctid)::{kind} END"
    )


def with_places(
    tree: exp.Expression, context: Context
) -> tuple[exp.Expression, tuple[Shape | None, ...]]:
    """The query with the places of its LOBs, and how its columns are described; the query itself
    where it has none.

    LOBs have places in queries of one table alone, without grouping, DISTINCT or a limit.
    """
    relation, owner = _only_table(tree, context)
    if relation is None:
        return tree, ()
    changed = tree.copy()
    pairs = [pair for item in changed.expressions for pair in _with_place(item, relation, owner)]
    shapes = tuple(shape for _, shape in pairs)
    if not any(shapes):
        return tree, ()
    changed.set("expressions", [item for item, _ in pairs])
    return changed, shapes


def _with_place(
    item: exp.Expression, relation: Relation, owner: str
) -> list[tuple[exp.Expression, Shape | None]]:
    """An item of the select list with the place of its LOB; a ``*`` becomes one item per column."""
    if isinstance(item, exp.Star) or (
        isinstance(item, exp.Column) and isinstance(item.this, exp.Star)
    ):
        return [
            _cell(exp.column(_identifier(fact.name)), fact, fact.name, owner)
            for fact in relation.columns.values()
        ]
    column = item.this if isinstance(item, exp.Alias) else item
    if not isinstance(column, exp.Column) or not isinstance(column.this, exp.Identifier):
        return [(item, None)]
    fact = relation.columns.get(name_of(column.this))
    if fact is None:
        return [(item, None)]
    return [
        _cell(
            item,
            fact,
            name_of(item.args["alias"]) if isinstance(item, exp.Alias) else fact.name,
            owner,
        )
    ]


def _cell(
    item: exp.Expression, fact: ColumnFact, name: str, owner: str
) -> tuple[exp.Expression, Shape | None]:
    text = place_sql(fact, owner)
    if text is None:
        return item, None
    column = fact.described(name)
    shape = {
        "type": column.type,
        "size": column.size,
        "csfrm": column.csfrm,
        "nullable": column.nullable,
    }
    return exp.Alias(this=LobPlace(this=text), alias=_identifier(name)), shape


def _identifier(name: str) -> exp.Identifier:
    return exp.to_identifier(name, quoted=True)


def _only_table(tree: exp.Expression, context: Context) -> tuple[Relation | None, str]:
    if (
        not isinstance(tree, exp.Select)
        or not tree.args.get("from_")
        or any(map(tree.args.get, _ONE_TABLE))
    ):
        return None, ""
    table = tree.args["from_"].this
    if not isinstance(table, exp.Table) or not isinstance(table.this, exp.Identifier):
        return None, ""
    if table.args.get("joins") or table.args.get("pivots") or table.args.get("version"):
        return None, ""
    if any(column.name.upper() == "ROWNUM" for column in tree.find_all(exp.Column)):
        return None, ""
    relation = context.relation(table)
    if relation.is_view:
        return None, ""
    alias = table.args.get("alias")
    return relation, quoted(alias.this) if alias else quote(relation.name)


@dataclass
class LobHome:
    """Where the content of a LOB is kept. Implements ``lab.oracle.interface.LobHome``."""

    homes: LobHomes = field(repr=False)
    column: int
    relation: int
    place: bytes
    transaction: int
    written_before_undo: int | None = None

    @property
    def undone(self) -> bool:
        """Whether a rollback has taken a change back that was made here."""
        undos = self.homes.session.transaction.undos
        return self.written_before_undo is not None and self.written_before_undo != undos

    def write(self, content: bytes) -> None:
        """Puts a new content there. Raises ORA-22990 after the end of the transaction, ORA-22920
        without its lock.
        """
        self.homes.write(self, content)


class LobHomes:
    """The places of one session's LOBs."""

    def __init__(self, session: Workspace) -> None:
        self.session = session
        #: where the changes made here have put rows; good for one transaction without a rollback in
        #: it, because PostgreSQL gives the places of ended versions to other rows afterwards
        self._moved: dict[tuple[int, bytes], bytes] = {}
        self._moved_in = (0, 0)

    def stored(self, raw: bytes) -> StoredLob:
        """The composite ``ora.stored_clob`` or ``ora.stored_blob`` as a content that knows its
        place.
        """
        parts, at = [], 4
        for _ in range(4):
            size = struct.unpack_from(">i", raw, at + 4)[0]
            parts.append(raw[at + 8 : at + 8 + size])
            at += 8 + size
        content, column, relation, place = parts
        home = LobHome(
            self,
            int.from_bytes(column, "big"),
            int.from_bytes(relation, "big"),
            place,
            self.session.transaction.serial,
        )
        return StoredLob(content, home)

    def write(self, home: LobHome, content: bytes) -> None:
        """See ``LobHome.write``."""
        transaction, store = self.session.transaction, self.session.store
        if not transaction.is_open or transaction.serial != home.transaction:
            raise OracleError(22990, "LOB locators cannot span transactions")
        if self._moved_in != (transaction.serial, transaction.undos):
            self._moved.clear()
            self._moved_in = (transaction.serial, transaction.undos)
        self.session.settle()
        place = home.place
        while (further := self._moved.get((home.relation, place))) is not None:
            place = further
        key = [home.relation.to_bytes(4, "big"), home.column.to_bytes(2, "big"), place, content]
        try:
            name = store.prepare(_WRITE, _WRITE_OIDS)
            result = transaction.atomic(lambda: store.execute(name, key))
        except StoreError as error:
            raise to_oracle(error) from None
        self._moved[home.relation, place] = result.get_value(0, 0) or b""
        home.written_before_undo = transaction.undos
