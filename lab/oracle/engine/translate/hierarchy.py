"""CONNECT BY as a recursive query over the numbered rows of its source.

Rows are numbered first, in the order of ORDER SIBLINGS BY; the recursion carries the numbers from
the root to each row, which sorts the result depth first and finds loops. Without PRIOR no path is
needed, and none is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from lab.oracle.engine.lexer import quote
from lab.oracle.engine.translate.context import Context, Written, name_of
from lab.oracle.engine.translate.dialect import only, unsupported
from lab.oracle.engine.translate.names import output_names
from lab.oracle.interface import OracleError

Translate = Callable[[exp.Expression, Context], str]

_NUMBER, _TREE, _ROWS, _PARENT, _ROOT = (
    '"ora$n"',
    '"ora$tree"',
    '"ora$rows"',
    '"ora$parent"',
    '"ora$root"',
)
_BELOW, _AGAIN = '"ora$below"', '"ora$again"'
_PSEUDO = ("LEVEL", "CONNECT_BY_ISLEAF", "CONNECT_BY_ISCYCLE", "ROWNUM")


@dataclass(frozen=True)
class Hierarchy:
    """What replaces the parts of the query block: its WITH queries, its FROM, its condition and its
    order.
    """

    common: str
    source: str
    condition: str
    order: str


def pseudo_column(name: str, context: Context) -> str:
    """LEVEL and its kin. Raises ORA-01788 outside a hierarchical query."""
    found = context.hierarchy.get(name)
    if found is None:
        raise OracleError(
            1788, "CONNECT BY clause required in this query block", context.offset_of(name)
        )
    return found


def outside(_node: exp.Expression, _context: Context) -> str:
    """PRIOR and CONNECT_BY_ROOT where no CONNECT BY gives them a meaning."""
    raise OracleError(1788, "CONNECT BY clause required in this query block")


def rewrite(
    node: exp.Select,
    context: Context,
    translate: Translate,
    source_sql: Translate,
    order_by: Callable[..., str],
) -> Hierarchy:
    """Takes CONNECT BY out of the query block ``node`` (changed in place) and sets the context's
    pseudo-columns.
    """
    clause = node.args["connect"]
    only(clause, "start", "connect", "nocycle")
    source = node.args["from_"].this
    if node.args.get("joins") or source.args.get("joins"):
        raise unsupported("CONNECT BY with a join (put the join into an inline view)")
    alias = _alias(source)
    condition, start = clause.args["connect"], clause.args.get("start")
    if condition.find(exp.Select):
        raise unsupported("a subquery in CONNECT BY")
    is_dual = isinstance(source, exp.Table) and name_of(source.this) == "DUAL"
    asks_leaf, asks_cycle = (
        _mentions(node, "CONNECT_BY_ISLEAF"),
        _mentions(node, "CONNECT_BY_ISCYCLE"),
    )
    has_path = (
        condition.find(exp.Prior) is not None
        or asks_leaf
        or asks_cycle
        or _calls(node, "SYS_CONNECT_BY_PATH")
    )
    numbering = _siblings(node, context, order_by)
    level = f"{_TREE}.level::numeric"
    context.hierarchy = {"LEVEL": f"({_TREE}.level + 1)::numeric"}
    joined = _condition(condition, alias, context, translate, is_dual=is_dual)
    context.hierarchy = {"LEVEL": "1::numeric"}
    begin = f" WHERE {translate(start, context)}" if start is not None else ""
    nocycle = bool(clause.args.get("nocycle"))
    checks = _checks_loops(condition)
    whole = _whole(source, context, source_sql)
    numbered = f"SELECT row_number() OVER ({numbering}) AS {_NUMBER}, s.* FROM ({whole}) AS s"
    rows = f"{_ROWS} AS MATERIALIZED ({numbered})"
    path = (
        f", ARRAY[{alias}.{_NUMBER}], false",
        f", {_TREE}.path || {alias}.{_NUMBER}, {_loop(alias, checks=checks)}",
    )
    if not has_path:
        path = ("", "")
    names = f"(n, level, root, parent{', path, loop' if has_path else ''})"
    tree = (
        f"{_TREE} {names} AS ("
        f"SELECT {alias}.{_NUMBER}, 1, {alias}.{_NUMBER}, NULL::int8{path[0]} FROM {_ROWS} AS "
        f"{alias}{begin} "
        f"UNION ALL SELECT {alias}.{_NUMBER}, {_TREE}.level + 1, {_TREE}.root, "
        f"{_TREE}.n{path[1]} FROM {_TREE} "
        f"JOIN {_ROWS} AS {_PARENT} ON {_PARENT}.{_NUMBER} = {_TREE}.n JOIN {_ROWS} AS {alias} "
        f"ON {joined}"
        f"{f' WHERE NOT {_TREE}.loop' if has_path else ''})"
    )
    order = f"{_TREE}.path" if has_path else f"{_TREE}.level, {_TREE}.n"
    context.hierarchy = {
        "LEVEL": level,
        "ROWNUM": f"(row_number() OVER (ORDER BY {order}))::numeric",
        "CONNECT_BY_ISLEAF": f"CASE WHEN {_BELOW}.up IS NULL THEN 1::numeric ELSE 0::numeric END",
        "CONNECT_BY_ISCYCLE": f"CASE WHEN {_AGAIN}.up IS NULL THEN 0::numeric ELSE 1::numeric END",
    }
    if not nocycle:
        del context.hierarchy["CONNECT_BY_ISCYCLE"]
    context.rownum = context.hierarchy["ROWNUM"]
    _replace(node, alias, context, translate)
    joins = f"{_TREE} JOIN {_ROWS} AS {alias} ON {alias}.{_NUMBER} = {_TREE}.n "
    joins += f"JOIN {_ROWS} AS {_ROOT} ON {_ROOT}.{_NUMBER} = {_TREE}.root "
    joins += f"LEFT JOIN {_ROWS} AS {_PARENT} ON {_PARENT}.{_NUMBER} = {_TREE}.parent"
    if asks_leaf:
        joins += _above(_BELOW, "NOT c.loop AND c.level > 1")
    if asks_cycle:
        joins += _above(_AGAIN, "c.loop")
    kept = "" if not has_path else f"NOT {_TREE}.loop" if nocycle else f"ora.no_loop({_TREE}.loop)"
    return Hierarchy(f"WITH RECURSIVE {rows}, {tree} ", joins, kept, f" ORDER BY {order}")


def _above(name: str, condition: str) -> str:
    """A join that tells which rows have one below them for which the condition holds."""
    rows = f"SELECT DISTINCT c.path[:c.level - 1] AS up FROM {_TREE} AS c WHERE {condition}"
    return f" LEFT JOIN ({rows}) AS {name} ON {name}.up = {_TREE}.path"


def _loop(alias: str, *, checks: bool) -> str:
    return f"{alias}.{_NUMBER} = ANY ({_TREE}.path)" if checks else "false"


def _alias(source: exp.Expression) -> str:
    alias = source.args.get("alias")
    if alias is not None:
        return quote(name_of(alias.this))
    return quote(name_of(source.this)) if isinstance(source, exp.Table) else '"ora$row"'


def _whole(source: exp.Expression, context: Context, source_sql: Translate) -> str:
    kept, context.rownum = context.rownum, None
    text = f"SELECT * FROM {source_sql(source, context)}"
    context.rownum = kept
    return text


def _siblings(node: exp.Select, context: Context, order_by: Callable[..., str]) -> str:
    order = node.args.get("order")
    if order is None or not order.args.get("siblings"):
        return ""
    if node.args.get("group") or node.args.get("distinct"):
        raise OracleError(30929, "ORDER SIBLINGS BY clause not allowed here")
    named = {
        part.alias.upper(): part.this for part in node.expressions if isinstance(part, exp.Alias)
    }
    order = order.copy()
    order.set("siblings", None)
    for key in order.expressions:
        if isinstance(key.this, exp.Literal):
            raise unsupported("ORDER SIBLINGS BY a position")
        if (
            isinstance(key.this, exp.Column)
            and not key.this.table
            and key.this.name.upper() in named
        ):
            key.set("this", named[key.this.name.upper()].copy())
        if any(_is_pseudo(column) for column in key.find_all(exp.Column)) or key.find(
            exp.Prior, exp.ConnectByRoot
        ):
            raise unsupported("ORDER SIBLINGS BY anything but the rows' own columns")
        for column in key.find_all(exp.Column):
            column.set("table", None)
    node.set("order", None)
    return order_by(order, context, positions=False)


def _is_pseudo(column: exp.Column) -> bool:
    is_plain = isinstance(column.this, exp.Identifier) and not column.this.args.get("quoted")
    return is_plain and not column.args.get("table") and column.name.upper() in _PSEUDO


def _mentions(node: exp.Expression, *names: str) -> bool:
    return any(
        _is_pseudo(column) and column.name.upper() in names for column in node.find_all(exp.Column)
    )


def _calls(node: exp.Expression, *names: str) -> bool:
    return any(str(call.this).upper() in names for call in node.find_all(exp.Anonymous))


def _checks_loops(condition: exp.Expression) -> bool:
    """Loops are looked for where PRIOR has values of rows; PRIOR SYS_GUID() is new each time and
    hides them.
    """
    priors = list(condition.find_all(exp.Prior))
    return bool(priors) and not any(_calls(prior, "SYS_GUID") for prior in priors)


def _condition(
    node: exp.Expression, alias: str, context: Context, translate: Translate, *, is_dual: bool
) -> str:
    """The condition between a row (the alias) and the one above it."""
    node = exp.Paren(this=node.copy())
    for prior in list(node.find_all(exp.Prior)):
        prior.replace(Written(this=_of_row(prior.this, _PARENT, context, translate)))
    for column in list(node.find_all(exp.Column)):
        if _is_pseudo(column):
            if column.name.upper() == "ROWNUM":
                if not is_dual:
                    raise unsupported("ROWNUM in CONNECT BY over anything but DUAL")
                column.replace(Written(this=context.hierarchy["LEVEL"]))
        elif not column.args.get("table") and not isinstance(column.this, exp.Star):
            text = translate(column, context)
            column.replace(
                Written(this=f"{alias}.{text}" if text == quote(name_of(column.this)) else text)
            )
    return translate(node, context)


def _of_row(node: exp.Expression, row: str, context: Context, translate: Translate) -> str:
    """An expression over the columns of another row of the source."""
    if isinstance(node, (exp.Binary, exp.DPipe)):
        raise unsupported("PRIOR or CONNECT_BY_ROOT before an expression without parentheses")
    inner = exp.Paren(this=node.copy())
    if inner.find(exp.Select, exp.Prior, exp.ConnectByRoot) or any(
        _is_pseudo(c) for c in inner.find_all(exp.Column)
    ):
        raise unsupported("PRIOR or CONNECT_BY_ROOT of anything but columns")
    for column in list(inner.find_all(exp.Column)):
        bare = column.copy()
        bare.set("table", None)
        bare.set("db", None)
        text = translate(bare, context)
        column.replace(Written(this=f"{row}.{text}" if text == quote(name_of(bare.this)) else text))
    return translate(inner, context)


def _replace(node: exp.Select, alias: str, context: Context, translate: Translate) -> None:
    """PRIOR, CONNECT_BY_ROOT, SYS_CONNECT_BY_PATH and ``*`` in the rest of the block."""
    source = node.args["from_"].this
    parts = [part for name, part in node.args.items() if name not in ("connect", "from_", "with_")]
    for root in [item for part in parts for item in (part if isinstance(part, list) else [part])]:
        if not isinstance(root, exp.Expression):
            continue
        for found in list(root.find_all(exp.Prior, exp.ConnectByRoot, exp.Anonymous)):
            if (
                isinstance(found, exp.Anonymous)
                and str(found.this).upper() != "SYS_CONNECT_BY_PATH"
            ):
                continue
            if isinstance(found, exp.Anonymous):
                text = _path(found, alias, context, translate)
            else:
                row = _PARENT if isinstance(found, exp.Prior) else _ROOT
                text = _of_row(found.this, row, context, translate)
            found.replace(Written(this=text))
    plain: list[exp.Expression] = []
    for item in node.expressions:
        star = item.this if isinstance(item, exp.Column) else item
        if isinstance(star, exp.Star):
            plain += [
                Written(this=f"{alias}.{quote(name)}") for name in output_names(source, context)
            ]
        elif isinstance(item, exp.Column) and not item.args.get("table") and not _is_pseudo(item):
            qualified = item.copy()
            text = translate(item, context)
            plain.append(
                Written(this=f"{alias}.{text}") if text == quote(name_of(qualified.this)) else item
            )
        else:
            plain.append(item)
    node.set("expressions", plain)
    for column in list(node.find_all(exp.Column)):
        inside = column.find_ancestor(exp.Select)
        if (
            inside is node
            and not column.args.get("table")
            and not _is_pseudo(column)
            and isinstance(column.this, exp.Identifier)
        ):
            order = column.find_ancestor(exp.Order)
            aliases = {
                item.alias.upper() for item in node.expressions if isinstance(item, exp.Alias)
            }
            if order is not None and column.name.upper() in aliases:
                continue
            text = translate(column, context)
            if text == quote(name_of(column.this)):
                column.replace(Written(this=f"{alias}.{text}"))


def _path(call: exp.Anonymous, alias: str, context: Context, translate: Translate) -> str:
    """SYS_CONNECT_BY_PATH(expression, separator): the values from the root down, each with the
    separator before it.
    """
    if len(call.expressions) != 2:
        raise OracleError(909, "invalid number of arguments")
    value, separator = call.expressions
    if not isinstance(separator, exp.Literal):
        raise OracleError(30003, "illegal parameter in SYS_CONNECT_BY_PATH function")
    text = _of_row(exp.Paren(this=value.copy()), alias, context, translate)
    step = f"{translate(separator, context)} || coalesce(ora.c_str({text}), '')"
    return (
        f"(SELECT ora.joined(string_agg({step}, '' ORDER BY u.k)) "
        f"FROM unnest({_TREE}.path) WITH ORDINALITY AS u (n, k) JOIN {_ROWS} AS {alias} ON "
        f"{alias}.{_NUMBER} = u.n)"
    )
