"""ROWNUM in a WHERE clause: a limit on the rows, when it is one."""

from __future__ import annotations

from functools import reduce

from sqlglot import exp

from lab.oracle.engine.translate.dialect import unsupported


def split_rownum(node: exp.Expression) -> tuple[exp.Expression | None, exp.Expression | None]:
    """The WHERE condition without its ROWNUM part, and the number of rows that part allows (None:
    no limit).

    A row is counted when the whole condition holds, so a comparison that fails for some number
    fails for all rows after that: each one joined by AND allows so many first rows. Anything else
    with ROWNUM is refused when it is translated.
    """
    where = node.args.get("where")
    if where is None:
        return None, None
    kept: list[exp.Expression] = []
    limit: exp.Expression | None = None
    for part in _conjuncts(where.this):
        bound = _bound(part)
        if bound is None:
            kept.append(part)
        else:
            limit = (
                bound if limit is None else exp.Anonymous(this="LEAST", expressions=[limit, bound])
            )
    if limit is None:
        return where.this, None
    return (_joined(kept) if kept else None), limit


def _joined(parts: list[exp.Expression]) -> exp.Expression:
    return reduce(lambda left, right: exp.And(this=left, expression=right), parts)


def _conjuncts(node: exp.Expression) -> list[exp.Expression]:
    if isinstance(node, exp.Paren):
        return _conjuncts(node.this)
    if isinstance(node, exp.Between) and _is_rownum(node.this):
        low, high = (node.args[part] for part in ("low", "high"))
        return [
            exp.GTE(this=node.this.copy(), expression=low),
            exp.LTE(this=node.this.copy(), expression=high),
        ]
    if isinstance(node, exp.And):
        return [*_conjuncts(node.this), *_conjuncts(node.expression)]
    return [node]


def _is_rownum(node: exp.Expression) -> bool:
    return (
        isinstance(node, exp.Column)
        and not node.args.get("table")
        and isinstance(node.this, exp.Identifier)
        and not node.this.args.get("quoted")
        and node.this.this.upper() == "ROWNUM"
    )


_MIRRORED: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.GT: exp.LT,
    exp.GTE: exp.LTE,
    exp.LT: exp.GT,
    exp.LTE: exp.GTE,
    exp.EQ: exp.EQ,
    exp.NEQ: exp.NEQ,
}
#: more rows than there are
_ALL = "9223372036854775807"


def _bound(node: exp.Expression) -> exp.Expression | None:
    """How many rows one condition allows; None for a condition without ROWNUM."""
    kind: type[exp.Expr] = type(node)
    if kind not in _MIRRORED:
        return None
    left, right = node.this, node.expression
    if _is_rownum(right):
        kind, left, right = _MIRRORED[kind], right, left
    if not _is_rownum(left):
        return None
    if isinstance(right, (exp.Any, exp.All)) or any(
        column.find_ancestor(exp.Select, exp.Where) is node.find_ancestor(exp.Select, exp.Where)
        for column in right.find_all(exp.Column)
    ):
        raise unsupported("ROWNUM compared with anything but a constant")
    number = exp.Literal.number
    if kind is exp.LTE:
        return right
    # the rows with ROWNUM < n are the first ceil(n) - 1
    below = exp.Sub(
        this=exp.Anonymous(this="CEIL", expressions=[right.copy()]), expression=number(1)
    )
    if kind is exp.LT:
        return below
    if kind is exp.NEQ:
        before = exp.Sub(this=right.copy(), expression=number(1))
        counted = exp.Anonymous(this="GREATEST", expressions=[below.copy(), number(0)])
        is_reached = exp.EQ(this=counted, expression=before)
        is_null = exp.Is(this=right.copy(), expression=exp.Null())
        return _choice((is_null, number(0)), (is_reached, below), default=number(_ALL))
    # ROWNUM > n, >= n or = n holds for the first row: n < 1, n <= 1 or n = 1
    first = _MIRRORED[kind](this=right.copy(), expression=number(1))
    return _choice((first, number(1 if kind is exp.EQ else _ALL)), default=number(0))


def _choice(*branches: tuple[exp.Expr, exp.Expr], default: exp.Expr) -> exp.Expression:
    return exp.Case(
        ifs=[exp.If(this=test, true=result) for test, result in branches], default=default
    )
