"""The names of results (c_alias) in ORDER BY, where Oracle knows them, and in GROUP BY, where it
does not.
"""

from __future__ import annotations

from sqlglot import exp

from lab.oracle.engine.translate.context import Context, name_of
from lab.oracle.engine.translate.names import output_names
from lab.oracle.interface import OracleError


def named_keys(node: exp.Expression, context: Context) -> exp.Expression:
    """ORDER BY with what the names of results inside its expressions stand for; the store knows
    them bare only.
    """
    order = node.args["order"]
    named = _named_results(node)
    for key in order.expressions:
        if isinstance(key.this, exp.Column) or not named:
            continue
        for column in list(key.this.find_all(exp.Column)):
            name = _bare_name(column) or ""
            result = named.get(name)
            if result is None or column.find_ancestor(exp.Select) is not node:
                continue
            if not _is_source_name(name, node, context):
                column.replace(exp.Paren(this=result.copy()))
    return order


def _named_results(node: exp.Expression) -> dict[str, exp.Expression]:
    if not isinstance(node, exp.Select) or node.args.get("connect"):
        return {}
    return {
        name_of(part.args["alias"]): part.this
        for part in node.expressions
        if isinstance(part, exp.Alias)
    }


def _bare_name(column: exp.Expression) -> str | None:
    if (
        not isinstance(column, exp.Column)
        or column.args.get("table")
        or not isinstance(column.this, exp.Identifier)
    ):
        return None
    return name_of(column.this)


def _is_source_name(name: str, node: exp.Select, context: Context) -> bool:
    """Whether a table or query after FROM has a column of that name, or may have one."""
    sources = [node.args["from_"].this, *(join.this for join in node.args.get("joins") or [])]
    try:
        return any(name in output_names(source, context) for source in sources)
    except OracleError:
        return True  # the store decides


def check_group_keys(node: exp.Select, context: Context) -> None:
    """The store also groups by the names of results, Oracle by columns alone. Raises ORA-00904."""
    named = _named_results(node)
    for column in node.args["group"].find_all(exp.Column):
        name = _bare_name(column) or ""
        result = named.get(name)
        if (
            result is None
            or _bare_name(result) == name
            or column.find_ancestor(exp.Select) is not node
        ):
            continue
        if not _is_source_name(name, node, context):
            raise OracleError(904, f'"{name}": invalid identifier', context.offset_of(name))
