"""ORA_ROWSCN: the SCN of the last commit that is known to have touched a row.

The store knows when each version of a row was committed. Oracle keeps that for a block unless the
table has row dependencies, so a row is told the highest SCN in its block: never lower than its own.
A query that looks at all rows takes the blocks together once; one that finds its rows by a value,
and a statement that locks or changes them, looks at each row's block.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlglot import exp

from lab.oracle.engine.lexer import quote
from lab.oracle.engine.translate import rowid
from lab.oracle.engine.translate.blocks import Source
from lab.oracle.engine.translate.context import Context
from lab.oracle.engine.translate.dialect import unsupported
from lab.oracle.interface import OracleError

NAME = "ORA_ROWSCN"
#: a name that no identifier of Oracle can have
_COLUMN = quote('ora"rowscn')
_WANTED = "with ORA_ROWSCN"
_BY_BLOCKS, _BY_ROWS = "by blocks", "by rows"
#: the SCN of a block; none while it holds changes of the transaction's own
_OF_BLOCK = (
    "CASE WHEN pg_catalog.bool_or(ora.is_own(y.xmin)) FILTER "
    "(WHERE pg_catalog.pg_current_xact_id_if_assigned() IS NOT NULL) THEN NULL "
    "ELSE ora.scn_of(pg_catalog.max(ora.commit_time(y.xmin))) END"
)
#: PostgreSQL finds the rows of a block without reading the table since then
_BLOCKS_SINCE = 140000


def is_rowscn(node: exp.Expression) -> bool:
    """Whether this names the pseudo-column."""
    if not isinstance(node, exp.Column) or not isinstance(node.this, exp.Identifier):
        return False
    return not node.this.args.get("quoted") and str(node.this.this).upper() == NAME


def enter(node: exp.Select, context: Context) -> None:
    """Has the tables of the query block just entered bring the pseudo-column where it is asked of
    them.
    """
    if node.args.get("locks"):
        return  # the store locks rows of plain tables only
    for column in filter(is_rowscn, node.find_all(exp.Column)):
        for source in _asked(column, node, context):
            if source.has_rowid:
                source.node.meta[_WANTED] = (
                    _BY_ROWS if _finds_by_value(node, context) else _BY_BLOCKS
                )


def _asked(column: exp.Column, node: exp.Select, context: Context) -> Sequence[Source]:
    block = context.blocks[-1]
    if path := rowid.named_path(column):
        return block.named(path)
    return block.sources if column.find_ancestor(exp.Select) is node else ()


def _finds_by_value(node: exp.Select, context: Context) -> bool:
    """Whether WHERE compares a column with a value for equality, so that few rows are expected."""
    where = node.args.get("where")
    if where is None or context.catalog.store_version < _BLOCKS_SINCE:
        return False
    condition = where.this.unnest()
    parts = condition.flatten() if isinstance(condition, exp.And) else [condition]
    return any(_is_equality(part) for part in parts)


def _is_equality(part: Any) -> bool:
    if isinstance(part, exp.EQ):
        sides = [part.this, part.expression]
        return any(_is_plain_column(side) for side in sides) and not all(
            isinstance(side, exp.Column) for side in sides
        )
    return isinstance(part, exp.In) and _is_plain_column(part.this) and not part.args.get("query")


def _is_plain_column(node: Any) -> bool:
    return isinstance(node, exp.Column) and not is_rowscn(node)


def widened(source: exp.Table, stored: str, *, by_row: bool) -> str | None:
    """The table as an inline view that has the pseudo-column; None where nobody asks for it."""
    wanted = source.meta.get(_WANTED)
    if wanted is None:
        return None
    if by_row:
        return f"(SELECT x.*, ora.row_scn(x.xmin) AS {_COLUMN} FROM {stored} AS x)"
    if wanted == _BY_ROWS:
        block = f"LATERAL (SELECT {_OF_BLOCK} AS scn FROM {stored} AS y WHERE {_same_block('x')})"
        return f"(SELECT x.*, b.scn AS {_COLUMN} FROM {stored} AS x, {block} AS b)"
    blocks = (
        f"SELECT ora.block_start(y.ctid) AS block, {_OF_BLOCK} AS scn FROM {stored} AS y GROUP BY 1"
    )
    return (
        f"(SELECT x.*, b.scn AS {_COLUMN} FROM {stored} AS x JOIN ({blocks}) AS b "
        "ON b.block OPERATOR(pg_catalog.=) ora.block_start(x.ctid))"
    )


def _same_block(owner: str) -> str:
    return (
        f"y.ctid OPERATOR(pg_catalog.>=) ora.block_start({owner}.ctid) "
        f"AND y.ctid OPERATOR(pg_catalog.<=) ora.block_end({owner}.ctid)"
    )


def rowscn_sql(path: Sequence[str], context: Context) -> str:
    """The pseudo-column with what stands before it. Raises ORA-00904 for a view and an inline view
    without it, ORA-00918 over a join without a name before it.
    """
    source, owner = rowid.meant(NAME, path, context)
    if not source.has_rowid or source.relation is None:
        if written := rowid.passed_on(NAME, source, owner, context):
            return written
        raise OracleError(904, f'"{NAME}": invalid identifier', context.offset_of(NAME))
    if source.node.args.get("version"):
        raise unsupported(f"{NAME} with AS OF")
    if source.node.meta.get(_WANTED):
        return f"{owner}.{_COLUMN}"
    if source.relation.row_dependencies:
        return f"ora.row_scn({owner}.xmin)"
    return f"(SELECT {_OF_BLOCK} FROM {source.relation.stored} AS y WHERE {_same_block(owner)})"
