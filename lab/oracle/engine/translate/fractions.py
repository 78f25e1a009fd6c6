"""How many digits FF without a number shows: those of the value's type (SQL Language Reference,
"Format Models").

The store's values do not carry the digits of their types: they are told from the statement where it
says them, by a column, a CAST, a literal or a function.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from sqlglot import exp

from lab.oracle.engine.translate.context import Context, name_of
from lab.oracle.engine.translate.dialect import unsupported


class MomentType(NamedTuple):
    """A TIMESTAMP type: its digits, and whether it has a time zone."""

    digits: int
    is_zoned: bool


_TYPES = exp.DataType.Type
_CASTS = {_TYPES.TIMESTAMP: False, _TYPES.TIMESTAMPTZ: True, _TYPES.TIMESTAMPLTZ: False}
#: what reads text has all nine digits
_FUNCTIONS = {
    "TO_TIMESTAMP": MomentType(9, is_zoned=False),
    "TO_TIMESTAMP_TZ": MomentType(9, is_zoned=True),
}
_BARE = re.compile(r"FF(?![1-9])", re.IGNORECASE)


def moment_text(node: exp.Expression, arguments: Sequence[str], context: Context) -> str | None:
    """TO_CHAR of a TIMESTAMP whose digits are known; None for everything else.

    Raises ORA-03001 where a format asks for the digits and they are not known.
    """
    kind = moment_type(node.expressions[0], context)
    if kind is None:
        form = node.expressions[1] if len(node.expressions) > 1 else None
        if isinstance(form, exp.Literal) and _BARE.search(re.sub(r'"[^"]*"', "", str(form.this))):
            raise unsupported(
                "FF without a number of digits for an expression whose own digits are not known"
            )
        return None
    if len(arguments) == 1:
        return default_text(node.expressions[0], arguments[0], context)
    form = f"ora.c_str({arguments[1]})"
    rest = "".join(f", ora.c_str({part})" for part in arguments[2:])
    return f"ora.to_char({arguments[0]}, ora.with_digits({form}, {kind.digits}){rest})"


def default_text(node: exp.Expression, value: str, context: Context) -> str | None:
    """A TIMESTAMP whose digits are known in the session's format; None for everything else."""
    kind = moment_type(node, context)
    if kind is None:
        return None
    form = f"ora.setting('nls_timestamp_{'tz_' if kind.is_zoned else ''}format')"
    return f"ora.to_char({value}, ora.with_digits({form}, {kind.digits}))"


def moment_type(node: exp.Expression, context: Context) -> MomentType | None:
    """The TIMESTAMP type of an expression; None where it is none or cannot be told."""
    if isinstance(node, (exp.Paren, exp.Alias)):
        return moment_type(node.this, context)
    if isinstance(node, exp.Cast) and node.args["to"].this in _CASTS:
        sizes = [str(part.this.this) for part in node.args["to"].expressions]
        return MomentType(int(sizes[0]) if sizes else 6, _CASTS[node.args["to"].this])
    if isinstance(node, exp.Systimestamp):
        return MomentType(6, is_zoned=True)
    if isinstance(node, exp.Localtimestamp):
        return MomentType(6, is_zoned=False)
    if isinstance(node, exp.CurrentTimestamp):
        return None if node.args.get("sysdate") else MomentType(6, is_zoned=True)
    if isinstance(node, exp.StrToTime):
        return MomentType(
            9, bool(re.search(r":\d+(\.\d+)?\s*([+-]|[A-Za-z])", str(node.this.this)))
        )
    if isinstance(node, exp.Anonymous):
        return _FUNCTIONS.get(str(node.this).upper())
    if isinstance(node, exp.Column) and isinstance(node.this, exp.Identifier):
        qualifier = name_of(node.args["table"]) if node.args.get("table") else None
        return _of_column(name_of(node.this), qualifier, node.find_ancestor(exp.Select), context)
    return None


def _of_column(
    name: str, qualifier: str | None, select: exp.Expression | None, context: Context
) -> MomentType | None:
    while isinstance(select, exp.Select):
        for clause in filter(None, [select.args.get("from_"), *(select.args.get("joins") or [])]):
            source = clause.this
            alias = source.args.get("alias")
            label = name_of(alias.this) if alias else source.name.upper()
            if qualifier in (None, label):
                found = _of_source(name, source, context)
                if found is not None:
                    return found
        select = select.find_ancestor(exp.Select)
    return None


def _of_source(name: str, source: exp.Expression, context: Context) -> MomentType | None:
    if isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier):
        common = context.common_queries.get(name_of(source.this))
        if common is not None and not source.args.get("db"):
            return (
                None
                if common.args["alias"].args.get("columns")
                else _of_query(name, common.this, context)
            )
        schema = name_of(source.args["db"]) if source.args.get("db") else None
        found = context.catalog.find(schema, name_of(source.this), context.schema)
        fact = found.columns.get(name) if found else None
        if fact is None or not fact.data_type.startswith("TIMESTAMP"):
            return None
        return MomentType(
            6 if fact.scale is None else fact.scale, fact.data_type.endswith("WITH TIME ZONE")
        )
    return _of_query(name, source.this, context) if isinstance(source, exp.Subquery) else None


def _of_query(name: str, query: exp.Expression, context: Context) -> MomentType | None:
    """Of the column with that name in a single query block."""
    if not isinstance(query, exp.Select):
        return None
    for part in query.expressions:
        if part.alias_or_name.upper() == name.upper():
            return moment_type(part, context)
        if isinstance(part, exp.Star):
            return _of_column(name, None, query, context)
    return None
