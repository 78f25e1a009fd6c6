"""INSERT, UPDATE, DELETE, MERGE. Values are converted to their columns' types on the way in."""

from __future__ import annotations

from sqlglot import exp

from lab.oracle.engine.facts import ColumnFact, Relation
from lab.oracle.engine.lexer import literal, quote
from lab.oracle.engine.translate import rowid
from lab.oracle.engine.translate.context import Context, Written, name_of, quoted
from lab.oracle.engine.translate.dialect import only, unsupported
from lab.oracle.engine.translate.expressions import sql
from lab.oracle.engine.translate.names import query_names
from lab.oracle.engine.translate.queries import query_sql, source_sql
from lab.oracle.engine.translate.rownum import split_rownum
from lab.oracle.interface import OracleError

_MERGE_SINCE = 150000


def dml_sql(node: exp.Expression, context: Context) -> str:
    """A data changing statement without its RETURNING clause."""
    if isinstance(node, exp.MultitableInserts):
        return multi_insert_sql(node, context)
    if isinstance(node, exp.Insert):
        return _insert(node, context)
    if isinstance(node, exp.Update):
        return _update(node, context)
    if isinstance(node, exp.Delete):
        return _delete(node, context)
    if isinstance(node, exp.Merge):
        return _merge(node, context)
    raise unsupported(f"{type(node).__name__.upper()} as a statement")


def values_of(node: exp.Expression) -> list[exp.Expression] | None:
    """The expressions of ``INSERT ... VALUES (...)``; None for an INSERT from a query."""
    source = node.args.get("expression")
    if not isinstance(source, exp.Values):
        return None
    if len(source.expressions) != 1 or not isinstance(source.expressions[0], exp.Tuple):
        raise OracleError(933, "SQL command not properly ended")
    return list(source.expressions[0].expressions)


def insert_target(node: exp.Expression, context: Context) -> tuple[Relation, list[ColumnFact]]:
    """The table and the columns an INSERT fills."""
    target = node.this
    table = target.this if isinstance(target, exp.Schema) else target
    relation = context.table(table, "INSERT")
    if table.args.get("alias"):
        raise unsupported("an alias in INSERT INTO")
    if not isinstance(target, exp.Schema):
        return relation, list(relation.columns.values())
    columns = [column_of(relation, name_of(_plain(part)), context) for part in target.expressions]
    if len({column.name for column in columns}) < len(columns):
        raise OracleError(957, "duplicate column name")
    return relation, columns


def _plain(node: exp.Expression) -> exp.Expression:
    return node.this if isinstance(node, exp.Column) else node


def column_of(relation: Relation, name: str, context: Context) -> ColumnFact:
    """A column by its name. Raises ORA-00904."""
    found = relation.columns.get(name)
    if found is None:
        raise OracleError(904, f'"{name}": invalid identifier', context.offset_of(name))
    return found


def named(relation: Relation) -> str:
    """What the store calls the table, quoted."""
    return relation.stored


def check_count(columns: list[ColumnFact], values: int) -> None:
    """Raises ORA-00913 or ORA-00947 when columns and values do not pair up."""
    if values > len(columns):
        raise OracleError(913, "too many values")
    if values < len(columns):
        raise OracleError(947, "not enough values")


def _insert(node: exp.Insert, context: Context) -> str:
    only(node, "this", "expression", "hint")
    relation, columns = insert_target(node, context)
    head = f"INSERT INTO {named(relation)} ({', '.join(quote(column.name) for column in columns)})"
    values = values_of(node)
    if values is not None:
        check_count(columns, len(values))
        cells = [
            inserted(column, value, context) for column, value in zip(columns, values, strict=True)
        ]
        return f"{head} VALUES ({', '.join(cells)})"
    if node.args.get("expression") is None:
        raise OracleError(926, "missing VALUES keyword")
    source, names = context.fresh(), [context.fresh() for _ in columns]
    picked = ", ".join(
        _filled(column, f"{source}.{name}") for column, name in zip(columns, names, strict=True)
    )
    inner = query_sql(node.args["expression"], context)
    return f"{head} SELECT {picked} FROM ({inner}) AS {source} ({', '.join(names)})"


def multi_insert_sql(node: exp.Expression, context: Context) -> str:
    """INSERT ALL and INSERT FIRST: one reading of the query feeds an insert per table; the result
    counts all rows.
    """
    only(node, "kind", "expressions", "source")
    names = query_names(node.args["source"], context)
    source, used = context.fresh(), []
    # DUAL has no column of its own in the store
    listed = f" ({', '.join(quote(name) for name in names)})" if names else ""
    parts = [f"{source}{listed} AS MATERIALIZED ({query_sql(node.args['source'], context)})"]
    condition: str | None = None
    earlier: list[str] = []
    for branch in node.expressions:
        only(branch, "this", "expression", "else_")
        if branch.args.get("expression") is not None or branch.args.get("else_"):
            if condition is not None:
                earlier.append(condition)
            condition = (
                sql(branch.args["expression"], context) if branch.args.get("expression") else "true"
            )
        excluded = (
            earlier if str(node.args["kind"]).upper() == "FIRST" or branch.args.get("else_") else []
        )
        tests = [f"({part}) IS NOT TRUE" for part in excluded] + (
            [f"({condition})"] if condition else []
        )
        where = f" WHERE {' AND '.join(tests)}" if tests else ""
        insert, name = branch.this, context.fresh()
        only(insert, "this", "expression")
        relation, columns = insert_target(insert, context)
        values = (
            values_of(insert)
            if insert.args.get("expression")
            else [_source_column(given) for given in names]
        )
        check_count(columns, len(values or []))
        cells = [
            inserted(column, value, context)
            for column, value in zip(columns, values or [], strict=True)
        ]
        if "DEFAULT" in cells:
            raise unsupported("DEFAULT in a multi-table insert")
        targets = ", ".join(quote(column.name) for column in columns)
        rows = f"SELECT {', '.join(cells)} FROM {source}{where}"
        parts.append(f"{name} AS (INSERT INTO {named(relation)} ({targets}) {rows} RETURNING 1)")
        used.append(f"SELECT 1 FROM {name}")
    if context.sequences_used:
        raise unsupported("a sequence in a multi-table insert")
    return f"WITH {', '.join(parts)} {' UNION ALL '.join(used)}"


def _source_column(name: str) -> exp.Expression:
    return Written(this=quote(name))


def assigned(column: ColumnFact, value: exp.Expression, context: Context) -> str:
    """A value as it goes into a column; DEFAULT stays DEFAULT."""
    return "DEFAULT" if _is_default(value) else column.assign(sql(value, context))


def _is_default(value: exp.Expression) -> bool:
    if isinstance(value, exp.Var):
        return str(value.this).upper() == "DEFAULT"
    return (
        isinstance(value, exp.Column)
        and not value.args.get("table")
        and value.this.this.upper() == "DEFAULT"
    )


def inserted(column: ColumnFact, value: exp.Expression, context: Context) -> str:
    """A value as an INSERT puts it into a column. Raises ORA-32795 for one that is always
    generated.
    """
    return "DEFAULT" if _is_default(value) else _filled(column, sql(value, context))


def _filled(column: ColumnFact, value: str) -> str:
    if column.identity == "ALWAYS":
        raise OracleError(32795, "cannot insert into a generated always identity column")
    if column.is_virtual:
        raise OracleError(54013, "INSERT operation disallowed on virtual columns")
    cell = column.assign(value)
    if column.identity == "BY DEFAULT ON NULL":
        return f"coalesce({cell}, nextval({literal(column.sequence or '')}::regclass)::numeric)"
    return cell


def _update(node: exp.Update, context: Context) -> str:
    only(node, "this", "expressions", "where", "hint")
    relation, alias = _target(node.this, context, "UPDATE")
    context.blocks.append(rowid.block_of([node.this], context))
    _check_read(node, relation, context)
    cells = [_setting(relation, part, context) for part in node.expressions]
    if not cells:
        raise OracleError(971, "missing SET keyword")
    return (
        f"UPDATE {named(relation)}{alias} SET "
        f"{', '.join(cells)}{_where(node, relation, alias, context)}"
    )


def _check_read(node: exp.Expression, relation: Relation, context: Context) -> None:
    """From 12.2 on (SQL92_SECURITY) an UPDATE or DELETE that looks at columns
    needs SELECT as well.
    """
    values = [
        part.expression for part in node.args.get("expressions") or [] if isinstance(part, exp.EQ)
    ]
    looks = node.args.get("where") is not None or any(value.find(exp.Column) for value in values)
    if looks and context.catalog.sql92_security:
        context.catalog.access.check(relation, "SELECT")


def _target(table: exp.Expression, context: Context, privilege: str) -> tuple[Relation, str]:
    if not isinstance(table, exp.Table):
        raise unsupported("changing anything but a table")
    relation = context.table(table, privilege)
    alias = table.args.get("alias")
    if alias is None and (relation.lifetime or name_of(table.this) != relation.name):
        # a synonym, or a table kept under another name
        return relation, f" AS {quoted(table.this)}"
    return relation, f" AS {quoted(alias.this)}" if alias else ""


def _setting(relation: Relation, part: exp.Expression, context: Context) -> str:
    if not isinstance(part, exp.EQ):
        raise OracleError(927, "missing equal sign")
    if isinstance(part.this, exp.Tuple):
        columns = [
            column_of(relation, name_of(_plain(item)), context) for item in part.this.expressions
        ]
        _refuse_generated(columns)
        if not isinstance(part.expression, exp.Subquery):
            raise OracleError(1767, "UPDATE ... SET expression must be a subquery")
        source, names = context.fresh(), [context.fresh() for _ in columns]
        picked = ", ".join(
            column.assign(f"{source}.{name}") for column, name in zip(columns, names, strict=True)
        )
        inner = query_sql(part.expression.this, context)
        listed = ", ".join(quote(column.name) for column in columns)
        return f"({listed}) = (SELECT {picked} FROM ({inner}) AS {source} ({', '.join(names)}))"
    column = column_of(relation, name_of(_plain(part.this)), context)
    _refuse_generated([column])
    return f"{quote(column.name)} = {assigned(column, part.expression, context)}"


def _refuse_generated(columns: list[ColumnFact]) -> None:
    if any(column.identity == "ALWAYS" for column in columns):
        raise OracleError(32796, "cannot update a generated always identity column")
    if any(column.is_virtual for column in columns):
        raise OracleError(54017, "UPDATE operation disallowed on virtual columns")


def _where(node: exp.Expression, relation: Relation, alias: str, context: Context) -> str:
    condition, limit = split_rownum(node)
    if limit is not None:
        inner = f" WHERE {sql(condition, context)}" if condition is not None else ""
        count = f"greatest(coalesce(trunc(ora.c_num({sql(limit, context)})), 0), 0)::int8"
        return (
            f" WHERE ctid = ANY (ARRAY(SELECT ctid FROM {named(relation)}{alias}{inner} LIMIT "
            f"{count}))"
        )
    return f" WHERE {sql(condition, context)}" if condition is not None else ""


def _delete(node: exp.Delete, context: Context) -> str:
    only(node, "this", "where", "tables", "hint")
    table = node.this or (node.args.get("tables") or [None])[0]
    relation, alias = _target(table, context, "DELETE")
    context.blocks.append(rowid.block_of([table], context))
    _check_read(node, relation, context)
    return f"DELETE FROM {named(relation)}{alias}{_where(node, relation, alias, context)}"


def _merge(node: exp.Merge, context: Context) -> str:
    only(node, "this", "using", "on", "whens", "hint", "delete")
    if context.catalog.store_version < _MERGE_SINCE:
        raise unsupported("MERGE on a store older than PostgreSQL 15")
    whens = node.args["whens"].expressions
    changes = [
        "INSERT" if isinstance(when.args["then"], exp.Insert) else "UPDATE" for when in whens
    ]
    changes += ["DELETE"] if node.args.get("delete") else []
    relation, alias = [
        _target(node.this, context, privilege) for privilege in changes or ["UPDATE"]
    ][-1]
    source = node.args["using"]
    if not isinstance(source, (exp.Table, exp.Subquery)):
        raise unsupported("MERGE USING of this form")
    using = source_sql(source, context)
    context.blocks.append(rowid.block_of([node.this, source], context))
    parts = [
        f"MERGE INTO {named(relation)}{alias} USING {using} ON {sql(node.args['on'], context)}"
    ]
    deleted = node.args.get("delete")
    parts += [
        _when(relation, when, context, deleted, node.this)
        for when in node.args["whens"].expressions
    ]
    return " ".join(parts)


def _deletion(
    relation: Relation,
    then: exp.Expression,
    condition: exp.Expression,
    target: exp.Table,
    context: Context,
) -> str:
    """The condition after DELETE WHERE: it sees the columns as the update leaves them."""
    new = {}
    for part in then.expressions:
        if isinstance(part.this, exp.Tuple):
            raise unsupported("MERGE with DELETE WHERE after SET (columns) = (subquery)")
        changed = column_of(relation, name_of(_plain(part.this)), context)
        new[changed.name] = assigned(changed, part.expression, context)
    label = name_of(target.args["alias"].this if target.args.get("alias") else target.this)
    condition = exp.Paren(this=condition.copy())
    for column in list(condition.find_all(exp.Column)):
        table = column.args.get("table")
        value = new.get(name_of(column.this)) if not table or name_of(table) == label else None
        if value == "DEFAULT":
            raise unsupported("MERGE with DELETE WHERE on a column set to DEFAULT")
        if value is not None:
            column.replace(Written(this=f"({value})"))
    return sql(condition, context)


def _when(
    relation: Relation,
    when: exp.Expression,
    context: Context,
    deleted: exp.Expression | None,
    target: exp.Table,
) -> str:
    only(when, "matched", "then", "source", "condition")
    then = when.args["then"]
    matched = bool(when.args.get("matched"))
    where = then.args.get("where")
    condition = f" AND {sql(where.this, context)}" if where else ""
    if matched and isinstance(then, exp.Update):
        only(then, "expressions", "where")
        cells = ", ".join(_setting(relation, part, context) for part in then.expressions)
        update = f"WHEN MATCHED{condition} THEN UPDATE SET {cells}"
        if deleted is None:
            return update
        return (
            f"WHEN MATCHED{condition} AND "
            f"{_deletion(relation, then, deleted, target, context)} THEN DELETE {update}"
        )
    if not matched and isinstance(then, exp.Insert):
        only(then, "this", "expression", "where")
        if then.this is None:
            columns = list(relation.columns.values())
        else:
            columns = [
                column_of(relation, name_of(_plain(part)), context)
                for part in then.this.expressions
            ]
        values = then.args["expression"].expressions
        check_count(columns, len(values))
        cells = ", ".join(
            inserted(column, value, context) for column, value in zip(columns, values, strict=True)
        )
        listed = ", ".join(quote(column.name) for column in columns)
        return f"WHEN NOT MATCHED{condition} THEN INSERT ({listed}) VALUES ({cells})"
    raise unsupported("this branch of MERGE")
