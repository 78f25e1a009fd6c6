"""The outer join operator (+): its conditions move from WHERE to LEFT JOIN ... ON."""

from __future__ import annotations

from sqlglot import exp

from lab.oracle.engine.translate.context import name_of
from lab.oracle.engine.translate.dialect import unsupported
from lab.oracle.interface import OracleError


def rewrite_outer_joins(node: exp.Select) -> None:
    """Turns every table marked with (+) into a left join; changes the tree in place.

    Columns of such a query's marked conditions must be qualified; (+) beside JOIN is ORA-25156,
    under OR ORA-01719.
    """
    where = node.args.get("where")
    if where is None or not _marks(where):
        return
    kept: list[exp.Expression] = []
    conditions: dict[str, list[exp.Expression]] = {}
    for part in _conjuncts(where.this):
        marked = {_table(column) for column in _marks(part)}
        if not marked:
            kept.append(part)
            continue
        if part.find(exp.Or) or part.find(exp.Select) or _is_list(part):
            raise OracleError(1719, "outer join operator (+) not allowed in operand of OR or IN")
        if len(marked) > 1:
            raise OracleError(1468, "a predicate may reference only one outer-joined table")
        conditions.setdefault(marked.pop(), []).append(part)
    _check_sides(conditions)
    _rebuild(node, conditions)
    for column in list(node.find_all(exp.Column)):
        column.set("join_mark", None)
    node.set("where", exp.Where(this=exp.and_(*kept, copy=False, wrap=False)) if kept else None)


def _conjuncts(node: exp.Expression) -> list[exp.Expression]:
    if isinstance(node, exp.And):
        return [*_conjuncts(node.this), *_conjuncts(node.expression)]
    if isinstance(node, exp.Paren) and isinstance(node.this, exp.And):
        return _conjuncts(node.this)
    return [node]


def _is_list(part: exp.Expression) -> bool:
    """Whether a marked column is compared with several expressions by IN, which is an OR."""
    return any(len(found.expressions) > 1 and _marks(found.this) for found in part.find_all(exp.In))


def _marks(node: exp.Expression) -> list[exp.Column]:
    return [column for column in node.find_all(exp.Column) if column.args.get("join_mark")]


def _table(column: exp.Column) -> str:
    if not column.args.get("table"):
        raise unsupported("(+) behind a column without its table's name")
    return name_of(column.args["table"])


def _check_sides(conditions: dict[str, list[exp.Expression]]) -> None:
    """Within a marked condition every column of the marked table must carry the mark."""
    for table, parts in conditions.items():
        for part in parts:
            for column in part.find_all(exp.Column):
                if not column.args.get("table"):
                    raise unsupported("a column without its table's name beside (+)")
                if not column.args.get("join_mark") and name_of(column.args["table"]) == table:
                    raise OracleError(1416, "two tables cannot be outer-joined to each other")


def _rebuild(node: exp.Select, conditions: dict[str, list[exp.Expression]]) -> None:
    joins = node.args.get("joins") or []
    if any(
        join.args.get(part) for join in joins for part in ("side", "kind", "on", "using", "method")
    ):
        raise OracleError(25156, "old style outer join (+) cannot be used with ANSI joins")
    sources = {
        _source_name(source): source
        for source in [node.args["from_"].this, *(join.this for join in joins)]
    }
    _keep_star(node, list(sources))
    unknown = set(conditions) - set(sources)
    if unknown:
        raise OracleError(904, f'"{unknown.pop()}": invalid identifier')
    placed = [name for name in sources if name not in conditions]
    if not placed:
        raise OracleError(1416, "two tables cannot be outer-joined to each other")
    node.set("from_", exp.From(this=sources[placed[0]]))
    # a comma binds weaker than JOIN: CROSS JOIN keeps all tables in sight of every ON
    rebuilt = [exp.Join(this=sources[name], kind="CROSS") for name in placed[1:]]
    waiting = [name for name in sources if name in conditions]
    while waiting:
        ready = next(
            (name for name in waiting if _needs(conditions[name], name) <= set(placed)), None
        )
        if ready is None:
            raise OracleError(1416, "two tables cannot be outer-joined to each other")
        on = exp.and_(*conditions[ready], copy=False, wrap=False)
        rebuilt.append(exp.Join(this=sources[ready], side="LEFT", on=on))
        placed.append(ready)
        waiting.remove(ready)
    node.set("joins", rebuilt)


def _keep_star(node: exp.Select, names: list[str]) -> None:
    """``*`` lists the tables as they were written, not as they are joined."""
    if any(isinstance(part, exp.Star) for part in node.expressions):
        stars = [
            exp.Column(this=exp.Star(), table=exp.to_identifier(name, quoted=True))
            for name in names
        ]
        node.set("expressions", stars)


def _needs(parts: list[exp.Expression], table: str) -> set[str]:
    return {
        name_of(column.args["table"]) for part in parts for column in part.find_all(exp.Column)
    } - {table}


def _source_name(source: exp.Expression) -> str:
    alias = source.args.get("alias")
    if alias is not None:
        return name_of(alias.this)
    if isinstance(source, exp.Table):
        return name_of(source.this)
    raise unsupported("(+) beside a query without an alias")
