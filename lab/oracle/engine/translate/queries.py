"""SELECT: query blocks, set operations, joins, row limits."""

from __future__ import annotations

from sqlglot import exp

from lab.oracle.engine.lexer import quote
from lab.oracle.engine.translate.context import Context, name_of, quoted
from lab.oracle.engine.translate.dialect import only, unsupported
from lab.oracle.engine.translate.expressions import order_by, sql, sql_list
from lab.oracle.engine.translate.outer_join import rewrite_outer_joins
from lab.oracle.engine.translate.rownum import split_rownum
from lab.oracle.interface import OracleError

_SET_OPERATIONS = {exp.Union: "UNION", exp.Intersect: "INTERSECT", exp.Except: "EXCEPT"}
_SELECT_ARGUMENTS = (
    "expressions",
    "distinct",
    "from_",
    "joins",
    "where",
    "group",
    "having",
    "order",
    "limit",
    "offset",
    "with_",
    "locks",
    "hint",
)


def query_sql(node: exp.Expression, context: Context) -> str:
    """A SELECT, a set operation or a query in parentheses."""
    if isinstance(node, exp.Select):
        return _select(node, context)
    if type(node) in _SET_OPERATIONS:
        return _set_operation(node, context)
    if isinstance(node, exp.Subquery):
        only(node, "this", "order", "limit", "offset", "with_")
        return f"({query_sql(node.this, context)}){_tail(node, context)}"
    raise unsupported(f"{type(node).__name__.upper()} as a query")


def _set_operation(node: exp.Expression, context: Context) -> str:
    only(node, "this", "expression", "distinct", "order", "limit", "offset", "with_")
    before = _with(node, context)
    word = _SET_OPERATIONS[type(node)]
    if not node.args.get("distinct"):
        if word != "UNION":
            raise unsupported(f"{'MINUS' if word == 'EXCEPT' else word} ALL")
        word += " ALL"
    left, right = query_sql(node.this, context), query_sql(node.expression, context)
    return f"{before}({left}) {word} ({right}){_tail(node, context)}"


def _select(node: exp.Select, context: Context) -> str:
    only(node, *_SELECT_ARGUMENTS)
    if node.args.get("from_") is None:
        raise OracleError(923, "FROM keyword not found where expected")
    if not node.expressions:
        raise OracleError(936, "missing expression")
    before = _with(node, context)
    outer_rownum, context.rownum = context.rownum, "(row_number() OVER ())::numeric"
    text = before + _block(node, context)
    context.rownum = outer_rownum
    return text


def _block(node: exp.Select, context: Context) -> str:
    rewrite_outer_joins(node)
    condition, limit = split_rownum(node)
    shape = [node.args.get(part) for part in ("group", "having", "order", "distinct", "limit", "offset")]
    if limit is not None and (any(shape) or _aggregates(node)):
        return _limited_source(node, condition, limit, context)
    parts = ["SELECT" + (" DISTINCT" if node.args.get("distinct") else ""), _projections(node, context)]
    parts.append(f"FROM {_sources(node, context)}")
    if condition is not None:
        parts.append(f"WHERE {_without_rownum(condition, context)}")
    parts += _grouping(node, context)
    text = " ".join(parts) + _tail(node, context)
    if limit is not None:
        text += f" LIMIT {_count(sql(limit, context))}"
    return text + _locks(node, context)


def _limited_source(node: exp.Select, condition: exp.Expression | None, limit: exp.Expression, context: Context) -> str:
    """ROWNUM counts before grouping and sorting: the rows are cut off in a query of their own."""
    table = node.args["from_"].this
    if node.args.get("joins") or not isinstance(table, (exp.Table, exp.Subquery)) or node.args.get("locks"):
        raise unsupported("ROWNUM with a join together with ORDER BY, DISTINCT or grouping")
    alias = table.args.get("alias")
    name = quoted(alias.this) if alias else quoted(table.this) if isinstance(table, exp.Table) else context.fresh()
    where = f" WHERE {_without_rownum(condition, context)}" if condition is not None else ""
    inner = f"SELECT * FROM {source_sql(table, context)}{where} LIMIT {_count(sql(limit, context))}"
    parts = ["SELECT" + (" DISTINCT" if node.args.get("distinct") else ""), _projections(node, context)]
    parts += [f"FROM ({inner}) AS {name}", *_grouping(node, context)]
    return " ".join(parts) + _tail(node, context)


def _without_rownum(condition: exp.Expression, context: Context) -> str:
    kept, context.rownum = context.rownum, None
    text = sql(condition, context)
    context.rownum = kept
    return text


def _aggregates(node: exp.Select) -> bool:
    names = {"COUNT", "SUM", "AVG", "MIN", "MAX", "LISTAGG"}
    return any(
        isinstance(found, exp.Anonymous) and str(found.this).upper() in names
        for projection in node.expressions
        for found in projection.walk()
    )


def _with(node: exp.Expression, context: Context) -> str:
    clause = node.args.get("with_")
    if clause is None:
        return ""
    only(clause, "expressions")
    parts = []
    for query in clause.expressions:
        only(query, "this", "alias")
        name = name_of(query.args["alias"].this)
        columns = query.args["alias"].args.get("columns") or []
        listed = f" ({', '.join(map(quoted, columns))})" if columns else ""
        parts.append(f"{quote(name)}{listed} AS ({query_sql(query.this, context)})")
        context.common.append(name)
    return f"WITH {', '.join(parts)} "


def _projections(node: exp.Select, context: Context) -> str:
    parts = []
    for projection in node.expressions:
        if isinstance(projection, exp.Alias):
            only(projection, "this", "alias")
            parts.append(f"{sql(projection.this, context)} AS {quoted(projection.args['alias'])}")
        else:
            if isinstance(projection, exp.Star):
                only(projection)
                if len(node.expressions) > 1:
                    raise OracleError(936, "missing expression")
            parts.append(sql(projection, context))
    return ", ".join(parts)


def _sources(node: exp.Select, context: Context) -> str:
    text = source_sql(node.args["from_"].this, context)
    for join in node.args.get("joins") or []:
        text += _join(join, context)
    return text


def source_sql(node: exp.Expression, context: Context) -> str:
    """A table or a query after FROM, JOIN or USING, with its alias."""
    alias = node.args.get("alias")
    if alias is not None:
        only(alias, "this")
    if isinstance(node, exp.Table):
        text = _table(node, context)
        return f"{text} AS {quoted(alias.this)}" if alias else text
    if isinstance(node, exp.Subquery):
        only(node, "this", "alias", "joins")
        name = quoted(alias.this) if alias else context.fresh()
        return f"({query_sql(node.this, context)}) AS {name}" + "".join(
            _join(join, context) for join in node.args.get("joins") or []
        )
    if isinstance(node, exp.Paren):
        return f"({source_sql(node.this, context)})"
    raise unsupported(f"{type(node).__name__.upper()} after FROM")


def _table(node: exp.Table, context: Context) -> str:
    if not node.args.get("db") and isinstance(node.this, exp.Identifier) and name_of(node.this) in context.common:
        return quoted(node.this)
    found = context.relation(node)
    text = f"{quote(found.schema)}.{quote(found.name)}"
    if name_of(node.this) != found.name and not node.args.get("alias"):
        text += f" AS {quoted(node.this)}"  # a synonym
    return text + "".join(_join(join, context) for join in node.args.get("joins") or [])


def _join(node: exp.Join, context: Context) -> str:
    only(node, "this", "side", "kind", "on", "using", "method")
    words = [str(node.args.get(part) or "").upper() for part in ("method", "side", "kind")]
    source = source_sql(node.this, context)
    if not any(words) and not node.args.get("on") and not node.args.get("using"):
        return f", {source}"
    if words[0] not in ("", "NATURAL") or words[2] not in ("", "INNER", "OUTER", "CROSS"):
        raise unsupported(f"{' '.join(filter(None, words))} JOIN")
    text = f" {' '.join(filter(None, words))} JOIN {source}"
    if node.args.get("on"):
        text += f" ON {_without_rownum(node.args['on'], context)}"
    if node.args.get("using"):
        text += f" USING ({', '.join(map(quoted, node.args['using']))})"
    return text


def _grouping(node: exp.Select, context: Context) -> list[str]:
    parts = []
    if node.args.get("group"):
        only(node.args["group"], "expressions")
        if any(isinstance(key, (exp.Rollup, exp.Cube, exp.GroupingSets)) for key in node.args["group"].expressions):
            raise unsupported("ROLLUP, CUBE and GROUPING SETS")
        parts.append(f"GROUP BY {sql_list(node.args['group'].expressions, context)}")
    if node.args.get("having"):
        parts.append(f"HAVING {sql(node.args['having'].this, context)}")
    return parts


def _count(value: str) -> str:
    return f"greatest(coalesce(trunc(ora.c_num({value})), 0), 0)::int8"


def _tail(node: exp.Expression, context: Context) -> str:
    """ORDER BY, OFFSET, FETCH."""
    text = ""
    if node.args.get("order"):
        text += f" {order_by(node.args['order'], context)}"
    offset = node.args.get("offset")
    if offset is not None:
        only(offset, "expression")
        text += f" OFFSET {_offset(sql(offset.expression, context))} ROWS"
    limit = node.args.get("limit")
    if limit is not None:
        text += _fetch(limit, context)
    return text


def _offset(value: str) -> str:
    return f"(greatest(coalesce(trunc(ora.c_num({value})), 9223372036854775807), 0)::int8)"


def _fetch(node: exp.Expression, context: Context) -> str:
    if not isinstance(node, exp.Fetch):
        raise OracleError(933, "SQL command not properly ended")
    only(node, "direction", "count", "limit_options")
    options = node.args.get("limit_options")
    if options is not None and options.args.get("percent"):
        raise unsupported("FETCH ... PERCENT")
    count = _count(sql(node.args["count"], context)) if node.args.get("count") else "1"
    ties = options is not None and options.args.get("with_ties")
    return f" FETCH FIRST ({count}) ROWS {'WITH TIES' if ties else 'ONLY'}"


def _locks(node: exp.Select, context: Context) -> str:
    text = ""
    for lock in node.args.get("locks") or []:
        only(lock, "update", "wait")
        if not lock.args.get("update"):
            raise unsupported("FOR SHARE")
        context.locks_rows = True
        wait = lock.args.get("wait")
        if isinstance(wait, exp.Expression):
            raise unsupported("FOR UPDATE WAIT n")
        text += " FOR UPDATE" + {True: " NOWAIT", False: " SKIP LOCKED"}.get(wait, "")
    return text
