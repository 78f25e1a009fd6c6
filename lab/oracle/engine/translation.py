"""From a parsed statement to what the store executes."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from lab.oracle.engine.catalog import Catalog
from lab.oracle.engine.facts import ColumnFact
from lab.oracle.engine.lexer import quote
from lab.oracle.engine.shapes import Shape
from lab.oracle.engine.statement import Parsed
from lab.oracle.engine.stored_lobs import place_sql, with_places
from lab.oracle.engine.translate import dml, rowid
from lab.oracle.engine.translate.context import Context, name_of, quoted
from lab.oracle.engine.translate.expressions import sql
from lab.oracle.engine.translate.national import refuse_unclear_bytes
from lab.oracle.engine.translate.past import past_shapes
from lab.oracle.engine.translate.queries import query_sql
from lab.oracle.interface import Bind, Kind, OraType

_NATIONAL = 2


@dataclass(frozen=True)
class Translation:
    """SQL for the store; parameters are the statement's input binds in their order."""

    sql: str
    locks_rows: bool = False
    #: FOR UPDATE WAIT: seconds; None waits for ever
    wait_seconds: int | None = None
    #: for an INSERT ... VALUES: the same over arrays, one per parameter; None when it cannot be had
    array_sql: str | None = None
    #: how columns are described that carry the places of their LOBs
    shapes: tuple[Shape | None, ...] = ()
    #: whether the last column that comes back is the ROWID of the changed row
    gives_rowid: bool = False


#: how a returned value is made into what the client asked for
_RETURN_AS = {
    OraType.VARCHAR2: "ora.c_str({})",
    OraType.CHAR: "ora.c_str({})",
    OraType.LONG: "ora.c_str({})",
    OraType.NUMBER: "ora.c_num({})",
    OraType.BINARY_INTEGER: "ora.c_num({})",
    OraType.DATE: "ora.c_date({})",
    OraType.TIMESTAMP: "ora.c_ts({})",
    OraType.TIMESTAMP_TZ: "ora.c_tstz({})",
    OraType.TIMESTAMP_LTZ: "ora.c_ltz({})",
    OraType.RAW: "ora.c_raw({})",
    OraType.BINARY_DOUBLE: "ora.c_dbl({})",
    OraType.CLOB: "ora.c_clob({})",
    OraType.BLOB: "ora.c_blob({})",
    OraType.INTERVAL_DS: "ora.c_ids({})",
    OraType.INTERVAL_YM: "ora.c_iym({})",
}


def translate(
    statement: Parsed,
    catalog: Catalog,
    schema: str,
    binds: tuple[Bind, ...],
    *,
    with_lob_places: bool = False,
) -> Translation:
    """The translation of a query or a DML statement for these bind types. Raises OracleError.

    ``with_lob_places`` lets a query's LOBs be written to: the transaction may have locked their
    rows.
    """
    order = {number: place for place, number in enumerate(statement.inputs, start=1)}
    context = Context(catalog, schema, lambda number: f"${order[number]}", tokens=statement.tokens)
    context.has_national = any(bind.csfrm == _NATIONAL for bind in binds)
    tree = statement.tree
    assert tree is not None  # a query and a DML statement are always parsed
    if statement.kind is Kind.QUERY:
        query = tree
        shapes: tuple[Shape | None, ...] = ()
        if with_lob_places or (isinstance(tree, exp.Select) and tree.args.get("locks")):
            query, shapes = with_places(tree, context)
        shapes = shapes or past_shapes(tree, context)
        text = query_sql(query, context)
        _check_bytes(tree, statement, context)
        return Translation(text, context.locks_rows, context.wait_seconds, shapes=shapes)
    text = dml.dml_sql(tree, context)
    _check_bytes(tree, statement, context)
    parts = _returning(statement, context, binds) if statement.returned else []
    gives_rowid = _gives_rowid(tree, context)
    if gives_rowid:
        parts.append(rowid.HIDDEN)
    if parts:
        text += f" RETURNING {', '.join(parts)}"
    array_sql = None if statement.returned else _array_insert(statement, catalog, schema, order)
    return Translation(text, array_sql=array_sql, gives_rowid=gives_rowid)


def _gives_rowid(tree: exp.Expression, context: Context) -> bool:
    """Not a MERGE, which cannot return anything in the store, and not an INSERT from a query, as in
    Oracle.
    """
    if isinstance(tree, exp.Insert):
        return dml.values_of(tree) is not None and dml.insert_target(tree, context)[0].rowid > 0
    return isinstance(tree, (exp.Update, exp.Delete)) and context.blocks[0].sources[0].has_rowid


def _check_bytes(tree: exp.Expression, statement: Parsed, context: Context) -> None:
    if context.has_national:
        refuse_unclear_bytes((tree, *statement.returned))


def _returning(statement: Parsed, context: Context, binds: tuple[Bind, ...]) -> list[str]:
    if isinstance(statement.tree, exp.Insert):
        target = statement.tree.this
        table = target.this if isinstance(target, exp.Schema) else target
        context.blocks.append(rowid.block_of([table], context))
    kinds = [bind.type for number, bind in enumerate(binds) if statement.returning[number]]
    return [
        _place_of_lob(statement, node, kind, context)
        or _RETURN_AS.get(kind, "{}").format(sql(node, context))
        for node, kind in zip(statement.returned, kinds, strict=True)
    ]


def _place_of_lob(
    statement: Parsed, node: exp.Expression, kind: OraType, context: Context
) -> str | None:
    """A LOB column of an inserted or updated row, which the client may write to; None for anything
    else.
    """
    tree = statement.tree
    if kind not in (OraType.CLOB, OraType.BLOB) or not isinstance(tree, (exp.Insert, exp.Update)):
        return None
    if (
        not isinstance(node, exp.Column)
        or node.args.get("table")
        or not isinstance(node.this, exp.Identifier)
    ):
        return None
    target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    relation = context.table(target, "INSERT" if isinstance(tree, exp.Insert) else "UPDATE")
    fact = relation.columns.get(name_of(node.this))
    alias = target.args.get("alias")
    return (
        None
        if fact is None
        else place_sql(fact, quoted(alias.this) if alias else quote(relation.name))
    )


def _array_insert(
    statement: Parsed, catalog: Catalog, schema: str, order: dict[int, int]
) -> str | None:
    """``INSERT ... SELECT ... FROM unnest`` with the rows' order kept; parameter types are filled
    in by the session.
    """
    tree = statement.tree
    if not isinstance(tree, exp.Insert) or not order or dml.values_of(tree) is None:
        return None
    context = Context(
        catalog, schema, lambda number: f"r.b{order[number]}", tokens=statement.tokens
    )
    relation, columns = dml.insert_target(tree, context)
    values = dml.values_of(tree) or []
    cells = [
        dml.inserted(column, value, context) for column, value in zip(columns, values, strict=True)
    ]
    if "DEFAULT" in cells or any(node.find(exp.Select) for node in values):
        return None
    names = ", ".join(f"b{place}" for place in order.values())
    arrays = ", ".join(f"pg_catalog.unnest(${place})" for place in order.values())
    listed = ", ".join(quote(column.name) for column in columns)
    return (
        f"INSERT INTO {dml.named(relation)} ({listed}) SELECT {', '.join(cells)} "
        f"FROM ROWS FROM ({arrays}) AS r ({names})"
    )


def facts_by_attnum(columns: dict[str, ColumnFact]) -> dict[int, ColumnFact]:
    """The columns of a relation by their number in the store."""
    return {column.attnum: column for column in columns.values()}
