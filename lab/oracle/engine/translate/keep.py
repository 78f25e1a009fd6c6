"""``aggregate KEEP (DENSE_RANK FIRST | LAST ORDER BY ...)``: over the rows
that come first or last.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from lab.oracle.engine.translate.context import Context
from lab.oracle.engine.translate.dialect import unsupported

_PATTERNS = {
    "MAX": "max(u.v)",
    "MIN": "min(u.v)",
    "SUM": "sum(ora.num(u.v))",
    "COUNT": "count(u.v)::numeric",
    "AVG": "(sum(ora.num(u.v)) / count(u.v)::numeric)",
}


def kept(
    node: exp.Expression,
    context: Context,
    translate: Callable[[exp.Expression, Context], str],
    order_by: Callable[..., str],
) -> str:
    """SQL for it; keys are compared as JSON, where 1.0 and 1 are equal. Refused with OVER."""
    function, order = node.this, node.args.get("order")
    name = str(function.this).upper() if isinstance(function, exp.Anonymous) else ""
    if name not in _PATTERNS or len(function.expressions) != 1 or order is None:
        raise unsupported("KEEP with this function")
    if str(node.args["alias"].this).upper() != "DENSE_RANK" or node.args.get("partition_by"):
        raise unsupported("KEEP with anything but DENSE_RANK")
    argument = function.expressions[0]
    if isinstance(argument, exp.Distinct):
        raise unsupported("KEEP with DISTINCT")
    value = "1" if isinstance(argument, exp.Star) else translate(argument, context)
    keys = [translate(key.this, context) for key in order.expressions]
    if not node.args.get("first"):
        order = order.copy()
        for key in order.expressions:
            key.set("desc", not key.args.get("desc"))
            key.set("nulls_first", not key.args.get("nulls_first"))
    sorting = order_by(order, context, positions=False)
    ranks = f"array_agg(jsonb_build_array({', '.join(keys)}) {sorting})"
    return (
        f"(SELECT {_PATTERNS[name]} FROM unnest(array_agg({value} {sorting}), {ranks}) AS u (v, k) "
        f"WHERE u.k = ({ranks})[1])"
    )
