"""PIVOT and UNPIVOT, rewritten as grouping over CASE and as UNION ALL."""

from __future__ import annotations

from sqlglot import exp

from lab.oracle.engine.translate.context import Context, name_of
from lab.oracle.engine.translate.dialect import only, unsupported
from lab.oracle.engine.translate.names import output_names
from lab.oracle.interface import OracleError


def without_pivots(source: exp.Expression, context: Context) -> exp.Expression:
    """A table or inline view after FROM; with PIVOT or UNPIVOT the inline
    view that does the same.
    """
    pivots = source.args.get("pivots")
    if not pivots:
        return source
    if len(pivots) > 1:
        raise unsupported("several PIVOT clauses on one table")
    clause = pivots[0]
    only(
        clause,
        *(
            "expressions",
            "fields",
            "unpivot",
            "include_nulls",
            "columns",
            "alias",
            "pivot_column_naming",
        ),
        *(
            "identify_pivot_strings",
            "prefixed_pivot_columns",
            "default_on_null",
            "value_columns_first",
        ),
    )
    inner = source.copy()
    inner.set("pivots", None)
    names = output_names(inner, context)
    query = (
        _unpivoted(clause, inner, names)
        if clause.args.get("unpivot")
        else _pivoted(clause, inner, names)
    )
    return exp.Subquery(this=query, alias=clause.args.get("alias"))


def _column(name: str) -> exp.Column:
    return exp.Column(this=exp.Identifier(this=name, quoted=True))


def _named(node: exp.Expression, name: str) -> exp.Alias:
    return exp.Alias(this=node, alias=exp.Identifier(this=name, quoted=True))


def _pivoted(clause: exp.Expression, source: exp.Expression, names: list[str]) -> exp.Select:
    field = _field(clause)
    keys = field.this.expressions if isinstance(field.this, exp.Tuple) else [field.this]
    used = {name_of(key.this) for key in keys}
    for aggregate in clause.expressions:
        used |= {name_of(column.this) for column in aggregate.find_all(exp.Column)}
    grouped = [name for name in names if name not in used]
    projections: list[exp.Expression] = [_column(name) for name in grouped]
    if len(clause.expressions) > 1 and not all(
        isinstance(part, exp.Alias) for part in clause.expressions
    ):
        raise OracleError(918, "column ambiguously defined")
    for choice in field.expressions:
        value, title = _choice(choice)
        values = value.expressions if isinstance(value, exp.Tuple) else [value]
        if len(values) != len(keys):
            raise OracleError(1789, "query block has incorrect number of result columns")
        condition = exp.and_(
            *[
                exp.EQ(this=key.copy(), expression=part.copy())
                for key, part in zip(keys, values, strict=True)
            ]
        )
        for aggregate in clause.expressions:
            call = aggregate.this if isinstance(aggregate, exp.Alias) else aggregate
            name = (
                f"{title}_{name_of(aggregate.args['alias'])}"
                if isinstance(aggregate, exp.Alias)
                else title
            )
            projections.append(_named(_conditional(call, condition), name))
    group = exp.Group(expressions=[_column(name) for name in grouped] or [exp.Tuple()])
    return exp.Select(expressions=projections, from_=exp.From(this=source), group=group)


def _field(clause: exp.Expression) -> exp.In:
    fields = clause.args.get("fields") or []
    if len(fields) != 1 or not isinstance(fields[0], exp.In) or fields[0].args.get("query"):
        raise unsupported("PIVOT of this form")
    return fields[0]


def _choice(choice: exp.Expression) -> tuple[exp.Expression, str]:
    """A value after IN and the name of its column: its alias, or its text as written."""
    if isinstance(choice, exp.PivotAlias):
        return choice.this, name_of(choice.args["alias"])
    if isinstance(choice, exp.Literal):
        return choice, f"'{choice.this}'" if choice.args["is_string"] else str(choice.this)
    raise unsupported("PIVOT with a value that is neither a literal nor has an alias")


def _conditional(call: exp.Expression, condition: exp.Expr) -> exp.Expression:
    """The aggregate over those rows only where the condition holds."""
    if not isinstance(call, exp.Anonymous) or len(call.expressions) != 1:
        raise OracleError(56902, "expect aggregate function inside pivot operation")
    argument = call.expressions[0]
    inner = argument.expressions[0] if isinstance(argument, exp.Distinct) else argument
    value = exp.Literal.number(1) if isinstance(inner, exp.Star) else inner.copy()
    chosen: exp.Expression = exp.Case(ifs=[exp.If(this=condition.copy(), true=value)])
    if isinstance(argument, exp.Distinct):
        chosen = exp.Distinct(expressions=[chosen])
    return exp.Anonymous(this=call.this, expressions=[chosen])


def _unpivoted(clause: exp.Expression, source: exp.Expression, names: list[str]) -> exp.Expression:
    field = _field(clause)
    values = clause.expressions[0]
    titles = [
        name_of(part)
        for part in (values.expressions if isinstance(values, exp.Tuple) else [_plain(values)])
    ]
    label = name_of(_plain(field.this))
    choices = [_unpivot_choice(choice) for choice in field.expressions]
    used = {name for columns, _ in choices for name in columns}
    branches = []
    for columns, text in choices:
        if len(columns) != len(titles) or not set(columns) <= set(names):
            raise OracleError(904, f'"{columns[0]}": invalid identifier')
        projections: list[exp.Expression] = [_column(name) for name in names if name not in used]
        projections.append(_named(text, label))
        projections += [
            _named(_column(name), title) for name, title in zip(columns, titles, strict=True)
        ]
        select = exp.Select(expressions=projections, from_=exp.From(this=source.copy()))
        if not clause.args.get("include_nulls"):
            present = [
                exp.Not(this=exp.Is(this=_column(name), expression=exp.Null())) for name in columns
            ]
            select.set("where", exp.Where(this=exp.or_(*present)))
        branches.append(select)
    query: exp.Expression = branches[0]
    for branch in branches[1:]:
        query = exp.Union(this=query, expression=branch, distinct=False)
    return query


def _plain(node: exp.Expression) -> exp.Expression:
    return node.this if isinstance(node, exp.Column) else node


def _unpivot_choice(choice: exp.Expression) -> tuple[list[str], exp.Expression]:
    label = None
    if isinstance(choice, exp.PivotAlias):
        choice, label = choice.this, choice.args["alias"]
    parts = choice.expressions if isinstance(choice, exp.Tuple) else [choice]
    names = [name_of(_plain(part)) for part in parts]
    return names, label if label is not None else exp.Literal.string("_".join(names))
