"""SELECT: query blocks, set operations, joins, row limits."""

from __future__ import annotations

from sqlglot import exp

from lab.oracle.engine.access import LOCKING
from lab.oracle.engine.lexer import quote
from lab.oracle.engine.translate import analytic, hierarchy, recursion, rowid, rowscn
from lab.oracle.engine.translate.context import Context, name_of, quoted
from lab.oracle.engine.translate.dialect import only, unsupported
from lab.oracle.engine.translate.expressions import AnyQuery, add_handler, order_by, sql
from lab.oracle.engine.translate.names import output_names
from lab.oracle.engine.translate.outer_join import rewrite_outer_joins
from lab.oracle.engine.translate.past import past_sql
from lab.oracle.engine.translate.pivot import without_pivots
from lab.oracle.engine.translate.result_names import check_group_keys, named_keys
from lab.oracle.engine.translate.rownum import split_rownum
from lab.oracle.engine.translate.set_types import unify_lengths
from lab.oracle.interface import OracleError

_SET_OPERATIONS: dict[type[exp.Expression], str] = {
    exp.Union: "UNION",
    exp.Intersect: "INTERSECT",
    exp.Except: "EXCEPT",
}
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
    "connect",
)


def query_sql(node: exp.Expression, context: Context) -> str:
    """A SELECT, a set operation or a query in parentheses."""
    if isinstance(node, exp.Select):
        return _select(node, context)
    if type(node) in _SET_OPERATIONS:
        return _set_operation(node, context)
    if isinstance(node, exp.Subquery):
        only(node, "this", "order", "limit", "offset", "with_")
        text = f"({query_sql(node.this, context)})"
        return text + _tail(node, context, text)
    raise unsupported(f"{type(node).__name__.upper()} as a query")


# expressions hold queries as queries hold expressions; they are told of each other from here
add_handler(AnyQuery, query_sql)


def _set_operation(node: exp.Expression, context: Context) -> str:
    only(node, "this", "expression", "distinct", "order", "limit", "offset", "with_")
    before = _with(node, context)
    unify_lengths(node, context)
    word = _SET_OPERATIONS[type(node)]
    if not node.args.get("distinct"):
        if word != "UNION":
            raise unsupported(f"{'MINUS' if word == 'EXCEPT' else word} ALL")
        word += " ALL"
    for part in (node.this, node.expression):
        if isinstance(part, exp.Subquery) and _is_sorted(part):
            raise OracleError(907, "missing right parenthesis", context.offset_of_word("ORDER"))
    left, right = query_sql(node.this, context), query_sql(node.expression, context)
    text = f"({left}) {word} ({right})"
    return before + text + _tail(node, context, text)


def _is_sorted(operand: exp.Subquery) -> bool:
    """Whether ORDER BY stands in a part of a set operation where it decides about no row."""
    return any(
        part.args.get("order") and not (part.args.get("limit") or part.args.get("offset"))
        for part in (operand, operand.this)
    )


def _select(node: exp.Select, context: Context) -> str:
    only(node, *_SELECT_ARGUMENTS)
    if node.args.get("from_") is None:
        raise OracleError(923, "FROM keyword not found where expected")
    if not node.expressions:
        raise OracleError(936, "missing expression")
    before = _with(node, context)
    outer = context.rownum, context.hierarchy
    context.rownum, context.hierarchy = "(row_number() OVER ())::numeric", {}
    rowid.enter(node, context)
    rowscn.enter(node, context)
    tree = None
    if node.args.get("connect"):
        tree = hierarchy.rewrite(node, context, sql, source_sql, order_by)
        inner = tree.common.removeprefix("WITH RECURSIVE ")
        before = (
            f"WITH RECURSIVE {before.removeprefix('WITH ').rstrip()}, {inner}"
            if before
            else tree.common
        )
    text = before + _block(node, context, tree)
    context.rownum, context.hierarchy = outer
    context.blocks.pop()
    return text


def _block(node: exp.Select, context: Context, tree: hierarchy.Hierarchy | None) -> str:
    if tree is None:
        rewrite_outer_joins(node)
    condition, limit = split_rownum(node)
    shape = [
        node.args.get(part) for part in ("group", "having", "order", "distinct", "limit", "offset")
    ]
    if limit is not None and (any(shape) or _aggregates(node)):
        if tree is not None:
            raise unsupported("ROWNUM with CONNECT BY together with ORDER BY, DISTINCT or grouping")
        return _limited_source(node, condition, limit, context)
    parts = [
        "SELECT" + (" DISTINCT" if node.args.get("distinct") else ""),
        _projections(node, context),
    ]
    outer, context.is_grouped = context.is_grouped, _is_grouped(node)
    parts.append(f"FROM {tree.source if tree else _sources(node, context)}")
    context.is_grouped = outer
    conditions = [tree.condition] if tree and tree.condition else []
    if condition is not None:
        conditions.append(_without_rownum(condition, context))
    if conditions:
        parts.append(f"WHERE {' AND '.join(conditions)}")
    parts += _grouping(node, context)
    text = " ".join(parts)
    is_plain = not any(shape[:4]) and not _aggregates(node)
    text += _tail(node, context, text, tree.order if tree and is_plain else "")
    if limit is not None:
        text += f" LIMIT {_count(sql(limit, context))}"
    return text + _locks(node, context)


def _is_grouped(node: exp.Select) -> bool:
    """Whether there is a GROUP BY and no column is named with its schema, which an inline view has
    none of.
    """
    return bool(node.args.get("group")) and not any(
        column.args.get("db") for column in node.find_all(exp.Column)
    )


def _limited_source(
    node: exp.Select, condition: exp.Expression | None, limit: exp.Expression, context: Context
) -> str:
    """ROWNUM counts before grouping and sorting: the rows are cut off in a query of their own."""
    table = node.args["from_"].this
    if (
        node.args.get("joins")
        or not isinstance(table, (exp.Table, exp.Subquery))
        or node.args.get("locks")
    ):
        raise unsupported("ROWNUM with a join together with ORDER BY, DISTINCT or grouping")
    alias = table.args.get("alias")
    name = (
        quoted(alias.this)
        if alias
        else quoted(table.this)
        if isinstance(table, exp.Table)
        else context.fresh()
    )
    where = f" WHERE {_without_rownum(condition, context)}" if condition is not None else ""
    inner = f"SELECT * FROM {source_sql(table, context)}{where} LIMIT {_count(sql(limit, context))}"
    parts = [
        "SELECT" + (" DISTINCT" if node.args.get("distinct") else ""),
        _projections(node, context),
    ]
    parts += [f"FROM ({inner}) AS {name}", *_grouping(node, context)]
    text = " ".join(parts)
    return text + _tail(node, context, text)


def _without_rownum(condition: exp.Expression, context: Context) -> str:
    kept, context.rownum = context.rownum, None
    text = sql(condition, context)
    context.rownum = kept
    return text


def _aggregates(node: exp.Select) -> bool:
    names = {"COUNT", "SUM", "AVG", "MIN", "MAX", *analytic.GROUPS}
    return any(
        isinstance(found, exp.Window)
        or (isinstance(found, exp.Anonymous) and str(found.this).upper() in names)
        for projection in node.expressions
        for found in projection.walk()
    )


def _with(node: exp.Expression, context: Context) -> str:
    clause = node.args.get("with_")
    if clause is None:
        return ""
    only(clause, "expressions", "search", "cycle")
    parts = []
    given = [clause.args[part] for part in ("search", "cycle") if clause.args.get(part)]
    # the grammar files a CYCLE without SEARCH under SEARCH
    search = next((part for part in given if part.args["kind"] != "CYCLE"), None)
    cycle = next((part for part in given if part.args["kind"] == "CYCLE"), None)
    loops = [
        part
        for part in clause.expressions
        if recursion.references(part.this, name_of(part.args["alias"].this))
    ]
    if given and len(loops) != 1:
        raise unsupported("SEARCH or CYCLE with anything but one recursive WITH query")
    for query in clause.expressions:
        only(query, "this", "alias")
        name = name_of(query.args["alias"].this)
        context.common_queries[name] = query
        if query in loops:
            context.common.append(name)
            parts.append(recursion.recursive_sql(query, context, query_sql, search, cycle))
            continue
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
                parts.append(rowid.star([], context) or "*")
                continue
            label = ' AS "ROWID"' if rowid.is_rowid(projection) else ""
            label = f" AS {quote(rowscn.NAME)}" if rowscn.is_rowscn(projection) else label
            parts.append(sql(projection, context) + label)
    return ", ".join(parts)


def _sources(node: exp.Select, context: Context) -> str:
    text = source_sql(node.args["from_"].this, context)
    for join in node.args.get("joins") or []:
        text += _join(join, context)
    return text


def source_sql(node: exp.Expression, context: Context) -> str:
    """A table or a query after FROM, JOIN or USING, with its alias."""
    node = without_pivots(node, context)
    alias = node.args.get("alias")
    if alias is not None:
        only(alias, "this")
    if isinstance(node, exp.Lateral):
        name = quoted(alias.this) if alias else context.fresh()
        return f"LATERAL ({query_sql(node.this.this, context)}) AS {name}"
    if isinstance(node, exp.Table):
        if node.args.get("version"):
            text = past_sql(node, context.relation(node), context)
            joins = "".join(_join(join, context) for join in node.args.get("joins") or [])
            return f"{text} AS {quoted(alias.this if alias else node.this)}{joins}"
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
    if (
        not node.args.get("db")
        and isinstance(node.this, exp.Identifier)
        and name_of(node.this) in context.common
    ):
        return quoted(node.this)
    found = context.relation(node)
    visible = rowid.narrowed(node, found) or rowscn.widened(
        node, found.stored, by_row=found.row_dependencies
    )
    text = visible or found.stored
    if context.is_grouped and not found.is_view and not visible:
        # the store takes a primary key in GROUP BY for all columns of its table, Oracle does not
        visible = text = f"(SELECT * FROM {text})"
    if visible and not node.args.get("alias"):
        text += f" AS {quoted(node.this)}"
    elif not node.args.get("alias") and (found.lifetime or name_of(node.this) != found.name):
        text += f" AS {quoted(node.this)}"  # a synonym, or a table kept under another name
    return text + "".join(_join(join, context) for join in node.args.get("joins") or [])


def _join(node: exp.Join, context: Context) -> str:
    if isinstance(node.this, exp.Lateral) and node.this.args.get("cross_apply") is not None:
        only(node, "this")
        source = source_sql(node.this, context)
        return (
            f" CROSS JOIN {source}"
            if node.this.args["cross_apply"]
            else f" LEFT JOIN {source} ON true"
        )
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
        check_group_keys(node, context)
        keys = ", ".join(_group_key(key, context) for key in node.args["group"].expressions)
        parts.append(f"GROUP BY {keys}")
    if node.args.get("having"):
        parts.append(f"HAVING {sql(node.args['having'].this, context)}")
    return parts


_GROUPINGS = {exp.Rollup: "ROLLUP", exp.Cube: "CUBE", exp.GroupingSets: "GROUPING SETS"}


def _group_key(key: exp.Expression, context: Context) -> str:
    word = _GROUPINGS.get(type(key))
    if word is not None:
        only(key, "expressions")
        return f"{word} ({', '.join(_group_key(part, context) for part in key.expressions)})"
    if isinstance(key, exp.Tuple):
        return f"({', '.join(_group_key(part, context) for part in key.expressions)})"
    return sql(key, context)


def _count(value: str) -> str:
    return f"greatest(coalesce(trunc(ora.c_num({value})), 0), 0)::int8"


def _tail(node: exp.Expression, context: Context, base: str, default_order: str = "") -> str:
    """ORDER BY, OFFSET, FETCH; ``base`` is the query without them, which
    FETCH ... PERCENT counts.
    """
    text = default_order
    if node.args.get("order"):
        if node.args["order"].args.get("siblings"):
            raise OracleError(30929, "ORDER SIBLINGS BY clause not allowed here")
        text = f" {order_by(named_keys(node, context), context)}"
    is_ordered = bool(text)
    offset = node.args.get("offset")
    if offset is not None:
        only(offset, "expression")
        text += f" OFFSET {_offset(sql(offset.expression, context))} ROWS"
    limit = node.args.get("limit")
    if limit is not None:
        text += _fetch(limit, context, base, is_ordered=is_ordered)
    return text


def _offset(value: str) -> str:
    return f"(greatest(coalesce(trunc(ora.c_num({value})), 9223372036854775807), 0)::int8)"


def _fetch(node: exp.Expression, context: Context, base: str, *, is_ordered: bool) -> str:
    if not isinstance(node, exp.Fetch):
        raise OracleError(933, "SQL command not properly ended")
    only(node, "direction", "count", "limit_options")
    options = node.args.get("limit_options")
    count = _count(sql(node.args["count"], context)) if node.args.get("count") else "1"
    if options is not None and options.args.get("percent"):
        if context.sequences_used:
            raise OracleError(2287, "sequence number not allowed here")
        share = f"ora.c_num({sql(node.args['count'], context)})"
        count = _count(
            f"ceil((SELECT count(*)::numeric FROM ({base}) AS {context.fresh()}) * {share} * 0.01)"
        )
    # ties are those of ORDER BY: without one there are none
    ties = options is not None and options.args.get("with_ties") and is_ordered
    return f" FETCH FIRST ({count}) ROWS {'WITH TIES' if ties else 'ONLY'}"


def _locks(node: exp.Select, context: Context) -> str:
    text = ""
    for lock in node.args.get("locks") or []:
        only(lock, "update", "wait", "expressions")
        if not lock.args.get("update"):
            raise unsupported("FOR SHARE")
        context.locks_rows = True
        _check_locking(node, context)
        wait = lock.args.get("wait")
        if isinstance(wait, exp.Expression):
            if not isinstance(wait, exp.Literal) or not str(wait.this).isdigit():
                raise OracleError(30005, "missing or invalid WAIT interval")
            context.wait_seconds = int(wait.this)
        tables = dict.fromkeys(_locked(column, node, context) for column in lock.expressions)
        text += " FOR UPDATE" + (f" OF {', '.join(tables)}" if tables else "")
        text += (
            {True: " NOWAIT", False: " SKIP LOCKED"}.get(wait, "") if isinstance(wait, bool) else ""
        )
    return text


def _check_locking(node: exp.Select, context: Context) -> None:
    for source in (node.args["from_"].this, *(join.this for join in node.args.get("joins") or [])):
        if isinstance(source, exp.Table) and name_of(source.this) not in context.common_queries:
            context.relation(source, LOCKING)


def _locked(column: exp.Expression, node: exp.Select, context: Context) -> str:
    """The table that the column after FOR UPDATE OF belongs to."""
    sources = [node.args["from_"].this, *(join.this for join in node.args.get("joins") or [])]
    name = name_of(column.this)
    for source in sources:
        alias = source.args.get("alias")
        label = name_of(alias.this) if alias else name_of(source.this)
        if column.args.get("db") and name_of(column.args["db"]) != label:
            continue
        if isinstance(source, exp.Table) and name in output_names(source, context):
            return quote(label)
    raise OracleError(904, f'"{name}": invalid identifier', context.offset_of(name))
