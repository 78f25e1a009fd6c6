"""WITH queries that refer to themselves."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from lab.oracle.engine.lexer import quote
from lab.oracle.engine.translate.context import Context, Written, name_of, quoted
from lab.oracle.engine.translate.dialect import only, unsupported
from lab.oracle.interface import OracleError

_DEPTH, _ORDER, _PATH = '"ora$depth"', '"ora$order"', '"ora$path"'


def references(query: exp.Expression, name: str) -> list[exp.Table]:
    """Where the query names a table of this name without a schema."""
    return [table for table in query.find_all(exp.Table) if _is(table, name)]


def _is(table: exp.Table, name: str) -> bool:
    return (
        not table.args.get("db")
        and isinstance(table.this, exp.Identifier)
        and name_of(table.this) == name
    )


def recursive_sql(
    query: exp.Expression,
    context: Context,
    write: Callable[[exp.Expression, Context], str],
    search: exp.Expression | None,
    cycle: exp.Expression | None,
) -> str:
    """``name (columns) AS (...)``. A hidden depth ends what would run for ever: ORA-32044 beyond
    100,000 levels.

    Raises ORA-32039 without a list of columns and ORA-32040 without UNION ALL.
    """
    name, union = name_of(query.args["alias"].this), query.this
    columns = [quoted(column) for column in query.args["alias"].args.get("columns") or []]
    if not columns:
        raise OracleError(32039, "recursive WITH clause must have column alias list")
    if not isinstance(union, exp.Union) or union.args.get("distinct"):
        raise OracleError(32040, "recursive WITH clause must use a UNION ALL operation")
    only(union, "this", "expression", "distinct")
    if references(union.this, name) or not references(union.expression, name):
        raise OracleError(
            32042,
            "recursive WITH clause must reference itself directly in one of the UNION ALL branches",
        )
    inner = [f'"ora${place}"' for place in range(1, len(columns) + 1)]
    first = ", ".join(f"ora.free(a.{column})" for column in inner)
    anchor = (
        f"SELECT {first}, 1::int8 FROM ({write(union.this, context)}) AS a ({', '.join(inner)})"
    )
    step = write(_counting(union.expression, name), context)
    listed = ", ".join(columns)
    table = quote(name)
    text = f"{table} ({listed}, {_DEPTH}) AS ({anchor} UNION ALL {step})"
    shown = listed
    if search is not None:
        text += (
            f" SEARCH {str(search.args['kind']).upper()} FIRST BY {quoted(search.this)} "
            f"SET {_ORDER}"
        )
        shown += (
            f", (row_number() OVER (ORDER BY {_ORDER}))::numeric AS {quoted(search.expression)}"
        )
    if cycle is not None:
        marks = [str(cycle.args[part].this).replace("'", "''") for part in ("to", "default")]
        text += f" CYCLE {quoted(cycle.this)} SET {quoted(cycle.expression)}"
        text += f" TO '{marks[0]}' DEFAULT '{marks[1]}' USING {_PATH}"
        shown += f", {quoted(cycle.expression)}"
    return f"{table} AS (WITH RECURSIVE {text} SELECT {shown} FROM {table})"


def _counting(step: exp.Expression, name: str) -> exp.Select:
    """The recursive branch with the depth as a further column."""
    if not isinstance(step, exp.Select) or len(references(step, name)) != 1:
        raise unsupported("a recursive WITH clause of this form")
    if any(
        isinstance(item, exp.Star) or isinstance(item.this, exp.Star) for item in step.expressions
    ):
        raise unsupported("* in the recursive branch of WITH")
    table = references(step, name)[0]
    alias = quoted(table.args["alias"].this) if table.args.get("alias") else quote(name)
    step = step.copy()
    step.append("expressions", Written(this=f"{alias}.{_DEPTH} + 1"))
    guard = Written(this=f"ora.not_too_deep({alias}.{_DEPTH})")
    where = step.args.get("where")
    step.set(
        "where",
        exp.Where(
            this=exp.And(this=exp.Paren(this=where.this), expression=guard) if where else guard
        ),
    )
    return step
