"""Windows of analytic functions."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from lab.oracle.engine.translate import keep
from lab.oracle.engine.translate.context import Context
from lab.oracle.engine.translate.dialect import only, unsupported
from lab.oracle.engine.translate.functions import call

Translate = Callable[[exp.Expression, Context], str]


def window_sql(
    node: exp.Expression, context: Context, translate: Translate, order_by: Callable[..., str]
) -> str:
    """``function OVER (...)`` or ``aggregate KEEP (...)``. Raises ORA-03001 for windows by name and
    for both.
    """
    if node.args.get("over") == "KEEP":
        return keep.kept(node, context, translate, order_by)
    if node.args.get("over") not in (None, "OVER") or isinstance(node.this, exp.Window):
        raise unsupported(f"{node.args['over']} after a function or KEEP")
    if node.args.get("alias"):
        raise unsupported("a window by its name (WINDOW clause)")
    parts = []
    if node.args.get("partition_by"):
        parts.append(
            f"PARTITION BY "
            f"{', '.join(translate(key, context) for key in node.args['partition_by'])}"
        )
    if node.args.get("order"):
        parts.append(order_by(node.args["order"], context, positions=False))
    if node.args.get("spec"):
        parts.append(_frame(node.args["spec"], context, translate))
    over, function, within = f" OVER ({' '.join(parts)})", node.this, ""
    if isinstance(function, exp.WithinGroup):
        within, function = order_by(function.expression, context, positions=False), function.this
    if isinstance(function, (exp.IgnoreNulls, exp.RespectNulls)):
        inside = function.this.copy()
        if isinstance(function, exp.IgnoreNulls) and inside.expressions:
            inside.set(
                "expressions",
                [exp.IgnoreNulls(this=inside.expressions[0]), *inside.expressions[1:]],
            )
        function = inside
    return call(function, context, translate, over=over, within=within)


def _frame(spec: exp.Expression, context: Context, translate: Translate) -> str:
    only(spec, "kind", "start", "start_side", "end", "end_side")
    kind = str(spec.args["kind"]).upper()

    def bound(side: str) -> str:
        value = spec.args.get(side)
        text = (
            value
            if isinstance(value, str)
            else str(value.this)
            if isinstance(value, exp.Literal)
            else None
        )
        if isinstance(value, exp.Placeholder):
            text = f"ora.num({translate(value, context)})"
            if kind == "ROWS":  # a fraction is an invalid number, which a cast would round
                text = f"pg_catalog.trim_scale({text})::text::bigint"
        if text is None:
            raise unsupported("a window frame of this form")
        return f"{text} {spec.args.get(f'{side}_side') or ''}".strip()

    if spec.args.get("end"):
        return f"{kind} BETWEEN {bound('start')} AND {bound('end')}"
    return f"{kind} {bound('start')}"
