"""ROWNUM in a WHERE clause: a limit on the rows, when it is one."""

from __future__ import annotations

from sqlglot import exp

from lab.oracle.engine.translate.dialect import unsupported


def split_rownum(node: exp.Expression) -> tuple[exp.Expression | None, exp.Expression | None]:
    """The WHERE condition without its ROWNUM part, and the number of rows that part allows (None: no limit).

    Understood are ``ROWNUM <= n``, ``ROWNUM < n`` and ``ROWNUM = 1`` joined by AND; anything else with ROWNUM is
    refused when it is translated.
    """
    where = node.args.get("where")
    if where is None:
        return None, None
    kept, limit = [], None
    for part in _conjuncts(where.this):
        bound = _bound(part)
        if bound is None:
            kept.append(part)
        elif limit is not None:
            raise unsupported("two conditions on ROWNUM")
        else:
            limit = bound
    if limit is None:
        return where.this, None
    return (exp.and_(*kept, copy=False, wrap=False) if kept else None), limit


def _conjuncts(node: exp.Expression) -> list[exp.Expression]:
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


_MIRRORED = {exp.GT: exp.LT, exp.GTE: exp.LTE, exp.LT: exp.GT, exp.LTE: exp.GTE, exp.EQ: exp.EQ}


def _bound(node: exp.Expression) -> exp.Expression | None:
    kind = type(node)
    if kind not in _MIRRORED:
        return None
    left, right = node.this, node.expression
    if _is_rownum(right):
        kind, left, right = _MIRRORED[kind], right, left
    if not _is_rownum(left):
        return None
    if kind is exp.LTE:
        return right
    if kind is exp.LT:
        # the rows with ROWNUM < n are the first ceil(n) - 1
        return exp.Sub(
            this=exp.Anonymous(this="CEIL", expressions=[right.copy()]), expression=exp.Literal.number(1)
        )
    if kind is exp.EQ and isinstance(right, exp.Literal) and right.this == "1":
        return right
    raise unsupported("this condition on ROWNUM")
