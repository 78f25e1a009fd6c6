"""AS OF SCN: a table as it was, from the rows that are there and those that the store has kept of
its past (sql/past.sql).
"""

from __future__ import annotations

from sqlglot import exp

from lab.oracle.engine.access import insufficient
from lab.oracle.engine.facts import ColumnFact, Relation
from lab.oracle.engine.lexer import quote
from lab.oracle.engine.shapes import Shape
from lab.oracle.engine.translate import rowid
from lab.oracle.engine.translate.blocks import Source
from lab.oracle.engine.translate.context import Context, name_of
from lab.oracle.engine.translate.dialect import unsupported
from lab.oracle.engine.translate.expressions import sql
from lab.oracle.interface import OracleError


def past_sql(node: exp.Table, relation: Relation, context: Context) -> str:
    """The rows of a table at the SCN that stands behind its name.

    Raises ORA-01031 without the privilege to look back, ORA-08187 where rows are locked.
    """
    version = node.args["version"]
    if str(version.this).upper() != "SCN" or version.args.get("kind") != "AS OF":
        raise unsupported("AS OF TIMESTAMP")
    if relation.is_view or not relation.rowid or relation.lifetime:
        raise unsupported("AS OF SCN of a view or a temporary table")
    if context.is_definition:
        raise unsupported("AS OF SCN in the definition of another object")
    query = node.find_ancestor(exp.Select)
    if query is not None and query.args.get("locks"):
        raise OracleError(8187, "snapshot expression not allowed here")
    access = context.access or context.catalog.access
    if not access.allows(relation, "FLASHBACK", direct=context.direct):
        raise insufficient(context.offset_of(relation.name))
    scn = f"ora.c_num({sql(version.expression, context)})"
    moment = f"(SELECT ora.past_moment({relation.oid}::oid, {scn}))"
    columns = ", ".join([*map(quote, relation.columns), rowid.HIDDEN])
    # the first condition is about no row: an empty table is not read at an impossible moment either
    return (
        f"(SELECT {columns} FROM {relation.stored} AS x WHERE {moment} IS NOT NULL "
        f"AND ora.committed_by(x.xmin, {moment}) "
        f'UNION ALL SELECT {columns} FROM ora_past."past{relation.oid}" AS y '
        f'WHERE y."ora""born" OPERATOR(pg_catalog.<=) {moment} '
        f"AND NOT ora.committed_by(y.xmin, {moment}))"
    )


def past_shapes(tree: exp.Expression, context: Context) -> tuple[Shape | None, ...]:
    """How the columns of a query are described that come from tables of the past, of which the
    store says the types only; one entry for each column, empty where there is no such table.
    """
    if not isinstance(tree, exp.Select) or not tree.args.get("from_"):
        return ()
    nodes = [tree.args["from_"].this, *(join.this for join in tree.args.get("joins") or [])]
    sources = rowid.block_of(nodes, context).sources
    if not any(map(_is_past, sources)):
        return ()
    shapes: list[Shape | None] = []
    for item in tree.expressions:
        column = item.this if isinstance(item, exp.Alias) else item
        if isinstance(column, exp.Star):
            chosen = sources
        elif isinstance(column, exp.Column):
            chosen = _named(column, sources)
        else:
            shapes.append(None)
            continue
        if not isinstance(getattr(column, "this", None), exp.Identifier):
            for source in chosen:
                if source.relation is None:
                    return ()
                shapes += [_shape(source, fact) for fact in source.relation.columns.values()]
            continue
        shapes.append(_shape_of(name_of(column.this), chosen))
    return tuple(shapes)


def _named(column: exp.Column, sources: tuple[Source, ...]) -> tuple[Source, ...]:
    path = rowid.named_path(column)
    return tuple(source for source in sources if not path or source.label == path[-1])


def _is_past(source: Source) -> bool:
    return source.relation is not None and bool(source.node.args.get("version"))


def _shape_of(name: str, sources: tuple[Source, ...]) -> Shape | None:
    for source in sources:
        fact = source.relation.columns.get(name) if source.relation is not None else None
        if fact is not None:
            return _shape(source, fact)
    return None


def _shape(source: Source, fact: ColumnFact) -> Shape | None:
    if not _is_past(source):
        return None
    column = fact.described(fact.name)
    return {
        "type": column.type,
        "size": column.size,
        "char_size": column.char_size,
        "precision": column.precision,
        "scale": column.scale,
        "csfrm": column.csfrm,
        "nullable": column.nullable,
    }
