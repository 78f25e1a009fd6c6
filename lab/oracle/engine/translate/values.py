"""IS [NOT] NULL, NAN and INFINITE; EXTRACT."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from lab.oracle.engine.lexer import literal
from lab.oracle.engine.translate.context import Context, name_of
from lab.oracle.engine.translate.dialect import unsupported

Translate = Callable[[exp.Expression, Context], str]

#: floating-point conditions
_FLOATING = {
    "NAN": "{} = 'NaN'::float8",
    "INFINITE": "{} IN ('Infinity'::float8, '-Infinity'::float8)",
}


def is_sql(node: exp.Expression, context: Context, sql: Translate) -> str:
    """IS with what may stand behind it. Raises ORA-03001 for anything else."""
    kind = (
        _FLOATING.get(name_of(node.expression.this))
        if isinstance(node.expression, exp.Column)
        else None
    )
    if kind is not None:
        values = kind.format(f"ora.c_dbl({sql(node.this, context)})")
        return f"(NOT {values})" if node.args.get("negate") else f"({values})"
    if not isinstance(node.expression, exp.Null):
        raise unsupported("IS with anything but NULL, NAN and INFINITE")
    word = "IS NOT NULL" if node.args.get("negate") else "IS NULL"
    return f"({sql(node.this, context)} {word})"


def extract_sql(node: exp.Expression, context: Context, sql: Translate) -> str:
    """EXTRACT(field FROM value). Raises ORA-03001 for TIMEZONE_ABBR."""
    field = str(node.this.this).upper()
    if field == "TIMEZONE_ABBR":
        raise unsupported("EXTRACT of TIMEZONE_ABBR")
    if field == "TIMEZONE_REGION":
        return f"ora.timezone_region({sql(node.expression, context)})"
    return f"ora.extract_({literal(field)}, {sql(node.expression, context)})"
