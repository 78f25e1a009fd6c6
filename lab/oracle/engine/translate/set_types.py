"""CHAR in set operations and CASE: of one length it stays CHAR, of several it becomes VARCHAR2.

SQL Language Reference, "The Set Operators": values of CHAR of different lengths give VARCHAR2,
whose trailing blanks count when rows are told apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from lab.oracle.engine.translate.context import Context, name_of


class Unpadded(exp.Expression):
    """An expression whose CHAR is taken for VARCHAR2."""


def unify_lengths(node: exp.Expression, context: Context) -> None:
    """Marks the columns of the set operation that are CHAR of different lengths in its queries."""
    selects = list(_selects(node))
    if any(len(select.expressions) != len(selects[0].expressions) for select in selects):
        return
    for place in range(len(selects[0].expressions)):
        parts = [select.expressions[place] for select in selects]
        lengths = [
            _length(part, select, context) for part, select in zip(parts, selects, strict=True)
        ]
        if len(set(lengths) - {None}) > 1:
            for part, length in zip(parts, lengths, strict=True):
                if length is not None:
                    _mark(part)


def unify_branches(results: Sequence[exp.Expression | None]) -> None:
    """The same for the results of a CASE, as far as they are literals."""
    texts = [
        node
        for node in results
        if isinstance(node, exp.Literal) and node.args["is_string"] and node.this
    ]
    if len({len(node.this.encode()) for node in texts}) > 1:
        for node in texts:
            node.replace(Unpadded(this=node.copy()))


def _selects(node: exp.Expression) -> Iterator[exp.Select]:
    if isinstance(node, exp.SetOperation):
        yield from _selects(node.this)
        yield from _selects(node.expression)
    elif isinstance(node, exp.Subquery):
        yield from _selects(node.this)
    elif isinstance(node, exp.Select):
        yield node


def _length(projection: exp.Expression, select: exp.Select, context: Context) -> int | None:
    """The length of a text literal or of a table's CHAR column; None for everything else."""
    value = projection.this if isinstance(projection, exp.Alias) else projection
    if isinstance(value, exp.Literal):
        return len(value.this.encode()) if value.args["is_string"] and value.this else None
    if isinstance(value, exp.Cast) and value.args["to"].this is exp.DataType.Type.CHAR:
        sizes = [str(part.this.this) for part in value.args["to"].expressions]
        return int(sizes[0]) if sizes and sizes[0].isdigit() else 1
    if not isinstance(value, exp.Column) or not isinstance(value.this, exp.Identifier):
        return None
    name, qualifier = name_of(value.this), value.args.get("table")
    for source in filter(None, [select.args.get("from_"), *(select.args.get("joins") or [])]):
        table = source.this
        if isinstance(table, exp.Subquery):
            inner = _of_subquery(table, name, qualifier, context)
            if inner is not None:
                return inner
            continue
        if not isinstance(table, exp.Table) or not isinstance(table.this, exp.Identifier):
            continue
        alias = table.args.get("alias")
        if qualifier is not None and name_of(qualifier) != name_of(
            alias.this if alias else table.this
        ):
            continue
        schema = name_of(table.args["db"]) if table.args.get("db") else None
        found = context.catalog.find(schema, name_of(table.this), context.schema)
        fact = found.columns.get(name) if found else None
        if fact is not None:
            return fact.data_length if fact.data_type == "CHAR" else None
    return None


def _of_subquery(
    source: exp.Subquery, name: str, qualifier: exp.Expression | None, context: Context
) -> int | None:
    """The length of the column with that name in an inline view; None where it is no CHAR of one
    length.
    """
    alias = source.args.get("alias")
    if qualifier is not None and (alias is None or name_of(qualifier) != name_of(alias.this)):
        return None
    lengths = {
        _length(part, select, context)
        for select in _selects(source)
        for part in select.expressions
        if part.alias_or_name.upper() == name.upper()
    }
    return lengths.pop() if len(lengths) == 1 else None


def _mark(projection: exp.Expression) -> None:
    value = projection.this if isinstance(projection, exp.Alias) else projection
    marked: exp.Expr = Unpadded(this=value.copy())
    if value is projection and isinstance(value, exp.Column):
        marked = exp.alias_(marked, name_of(value.this), quoted=True)
    value.replace(marked)
