"""The names of the columns that a table, an inline view or a WITH query yields."""

from __future__ import annotations

from sqlglot import exp

from lab.oracle.engine.translate.context import Context
from lab.oracle.engine.translate.dialect import unsupported
from lab.oracle.interface import OracleError


def output_names(source: exp.Expression, context: Context) -> list[str]:
    """Of a table or inline view after FROM. Raises ORA-00998 for an expression without an alias."""
    if isinstance(source, exp.Subquery):
        return query_names(source.this, context)
    if not isinstance(source, exp.Table):
        raise unsupported("the columns of this source")
    query = context.common_queries.get(
        source.name if source.this.args.get("quoted") else source.name.upper()
    )
    if query is not None and not source.args.get("db"):
        columns = query.args["alias"].args.get("columns") or []
        return [_name(column) for column in columns] or query_names(query.this, context)
    return list(context.relation(source).columns)


def query_names(query: exp.Expression, context: Context) -> list[str]:
    """Of a query block or of the first one of a set operation."""
    while not isinstance(query, exp.Select):
        if not isinstance(query, (exp.SetOperation, exp.Subquery)):
            raise unsupported("the columns of this query")
        query = query.this
    sources = [query.args["from_"].this, *(join.this for join in query.args.get("joins") or [])]
    found: list[str] = []
    for item in query.expressions:
        star = item.this if isinstance(item, exp.Column) else item
        if isinstance(star, exp.Star):
            if len(sources) > 1:
                raise unsupported("* over several tables where the names of the columns are needed")
            found += output_names(sources[0], context)
        elif isinstance(item, exp.Alias):
            found.append(_name(item.args["alias"]))
        elif isinstance(item, exp.Column):
            found.append(_name(item.this))
        else:
            raise OracleError(998, "must name this expression with a column alias")
    return found


def _name(identifier: exp.Expression) -> str:
    return str(identifier.this) if identifier.args.get("quoted") else str(identifier.this).upper()
