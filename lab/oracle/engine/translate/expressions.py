"""Expressions and conditions."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from lab.oracle.engine.lexer import literal, quote
from lab.oracle.engine.translate import hierarchy, rowid, rowscn
from lab.oracle.engine.translate.context import Context, Written, name_of, quoted
from lab.oracle.engine.translate.dialect import only, unsupported
from lab.oracle.engine.translate.fractions import default_text
from lab.oracle.engine.translate.functions import call
from lab.oracle.engine.translate.further import PACKAGED, with_default
from lab.oracle.engine.translate.intervals import read_interval
from lab.oracle.engine.translate.literals import cast_sql, moment_sql, number_literal
from lab.oracle.engine.translate.set_types import Unpadded, unify_branches
from lab.oracle.engine.translate.values import extract_sql, is_sql
from lab.oracle.engine.translate.windows import window_sql
from lab.oracle.interface import OracleError

Handler = Callable[[exp.Expression, Context], str]

_COMPARISONS: dict[type, str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.LT: "<",
    exp.LTE: "<=",
}
_ARITHMETIC: dict[type, str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/"}
#: names without parentheses that are functions of Oracle, unless a table alias stands before them
_PSEUDO = {
    "SYSDATE": "ora.sysdate()",
    "USER": "ora.setting('login')",
    "UID": "(SELECT id::numeric FROM ora.users WHERE name = ora.setting('login'))",
    "DBTIMEZONE": "'+00:00'::text",
    "SESSIONTIMEZONE": "ora.setting('time_zone')",
    "BINARY_DOUBLE_NAN": "'NaN'::float8",
    "BINARY_DOUBLE_INFINITY": "'Infinity'::float8",
    "BINARY_FLOAT_NAN": "'NaN'::float4",
    "BINARY_FLOAT_INFINITY": "'Infinity'::float4",
}


class AnyQuery(exp.Expression):
    """What every query inside an expression is looked up as."""


def sql(node: exp.Expression, context: Context) -> str:
    """One expression in PostgreSQL's words. Raises ORA-03001 for a construct
    without a translation.
    """
    handler = _HANDLERS.get(type(node))
    if handler is None:
        raise unsupported(type(node).__name__.upper())
    only(node, *_ARGUMENTS.get(type(node), ("this", "expression", "expressions")))
    return handler(node, context)


#: what a node may carry besides its operands; anything else is refused before it can be lost
_ARGUMENTS: dict[type[exp.Expression], tuple[str, ...]] = {
    exp.Literal: ("this", "is_string"),
    exp.Column: ("this", "table", "db", "join_mark"),
    exp.Div: ("this", "expression", "typed", "safe"),
    exp.DPipe: ("this", "expression", "safe"),
    exp.Is: ("this", "expression", "negate"),
    exp.Like: ("this", "expression", "negate"),
    exp.Between: ("this", "low", "high"),
    exp.In: ("this", "expressions", "query"),
    exp.Case: ("this", "ifs", "default"),
    exp.Cast: ("this", "to", "_type", "default"),
    exp.Trim: ("this", "position", "expression"),
    exp.Window: ("this", "partition_by", "order", "spec", "over", "first", "alias"),
    exp.IgnoreNulls: ("this",),
    exp.RespectNulls: ("this",),
    exp.Interval: ("this", "unit"),
    exp.AtTimeZone: ("this", "zone"),
    exp.StrToTime: ("this", "format"),
    exp.CurrentTimestamp: ("sysdate",),
}


def sql_list(nodes: list[exp.Expression], context: Context) -> str:
    """Several expressions, separated by commas."""
    return ", ".join(sql(node, context) for node in nodes)


def _literal(node: exp.Expression, _context: Context) -> str:
    if not node.args["is_string"]:
        return f"{number_literal(str(node.this))}::numeric"
    return f"{literal(node.this)}::ora.fixed" if node.this else "NULL"


def _national_literal(node: exp.Expression, context: Context) -> str:
    context.has_national = True
    return f"{literal(str(node.this))}::ora.nfixed" if node.this else "NULL"


def _bind(node: exp.Expression, context: Context) -> str:
    return context.bind(int(str(node.this)[1:]))


def _column(node: exp.Expression, context: Context) -> str:
    if node.args.get("join_mark"):
        raise unsupported("the outer join operator (+) in this place; write LEFT JOIN")
    qualifiers = [node.args[part] for part in ("db", "table") if node.args.get(part)]
    if len(qualifiers) > 1 and context.is_temporary(*map(name_of, qualifiers)):
        qualifiers = qualifiers[1:]
    if isinstance(node.this, exp.Star):
        written = rowid.star([name_of(part) for part in qualifiers], context)
        return written or ".".join([*map(quoted, qualifiers), "*"])
    name = name_of(node.this)
    if rowid.is_rowid(node):
        return rowid.rowid_sql([name_of(part) for part in qualifiers], context)
    if rowscn.is_rowscn(node):
        return rowscn.rowscn_sql([name_of(part) for part in qualifiers], context)
    if name in ("NEXTVAL", "CURRVAL") and qualifiers:
        return _sequence(name, [name_of(part) for part in qualifiers], context)
    if not node.this.args.get("quoted"):
        special = _pseudo_column(name, bool(qualifiers), context)
        if special is not None:
            return special
        packaged = _packaged(name, [name_of(part) for part in qualifiers], context)
        if packaged is not None:
            return packaged
    if name.islower() and name in ("ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"):
        raise OracleError(904, f'"{name}": invalid identifier')
    return ".".join([*map(quoted, qualifiers), quote(name)])


def _packaged(name: str, path: list[str], context: Context) -> str | None:
    """A packaged function without parentheses; None for an ordinary column."""
    package = path[-1] if path else ""
    if not package.startswith(("DBMS_", "UTL_")):
        return None
    found = PACKAGED.get(f"{package}.{name}")
    if found is None:
        raise unsupported(f"{package}.{name}")
    context.check_package(package, name)
    return found


def _pseudo_column(name: str, qualified: bool, context: Context) -> str | None:
    if qualified:
        return None
    if name in ("LEVEL", "CONNECT_BY_ISLEAF", "CONNECT_BY_ISCYCLE"):
        return hierarchy.pseudo_column(name, context)
    if name == "ROWNUM":
        if context.rownum is None:
            raise unsupported("ROWNUM in this place")
        return context.rownum
    return _PSEUDO.get(name)


def _sequence(function: str, path: list[str], context: Context) -> str:
    found = context.catalog.find_sequence(
        path[0] if len(path) == 2 else None, path[-1], context.schema
    )
    if found is None:
        raise OracleError(2289, "sequence does not exist")
    schema, name, oid = found
    context.catalog.access.check_sequence(schema, oid)
    target = f"{quote(schema)}.{quote(name)}"
    if function == "NEXTVAL":
        if target in context.sequences_used:
            raise unsupported("the same sequence's NEXTVAL twice in one statement")
        context.sequences_used.append(target)
    return f"{function.lower()}({literal(target)}::regclass)::numeric"


def _comparison(node: exp.Expression, context: Context) -> str:
    if isinstance(node, (exp.EQ, exp.NEQ)) and isinstance(node.this, exp.Tuple):
        other = node.expression.unnest()
        if isinstance(other, exp.Tuple) and len(other.expressions) == len(node.this.expressions):
            # by column, for Oracle's conversions: the store compares whole rows with its own
            # operators only
            pairs = zip(node.copy().this.expressions, other.copy().expressions, strict=True)
            word = " AND " if isinstance(node, exp.EQ) else " OR "
            return (
                f""
                f"({word.join(_comparison(type(node)(this=a, expression=b), context) for a, b in pairs)})"  # noqa: E501
            )
    left, right = _operand(node.this, context), _operand(node.expression, context)
    left = rowid.converted_once(node.this, node.expression, left)
    right = rowid.converted_once(node.expression, node.this, right)
    return f"({left} {_COMPARISONS[type(node)]} {right})"


def _operand(node: exp.Expression, context: Context) -> str:
    """One side of a comparison; on the right it may be ANY or ALL of something."""
    if isinstance(node, exp.Anonymous) and node.this.upper() in ("ALL", "ANY", "SOME"):
        quantifier = "ALL" if node.this.upper() == "ALL" else "ANY"
        return f"{quantifier} (ARRAY[{sql_list(node.expressions, context)}])"
    if isinstance(node, (exp.Any, exp.All)):
        word = "ANY" if isinstance(node, exp.Any) else "ALL"
        if isinstance(node.this, (exp.Tuple, exp.Paren)) and not isinstance(
            node.this.this, exp.Query
        ):
            listed = node.this.expressions if isinstance(node.this, exp.Tuple) else [node.this.this]
            return f"{word} (ARRAY[{', '.join(_operand(part, context) for part in listed)}])"
        inner = node.this.this if isinstance(node.this, exp.Subquery) else node.this
        return f"{word} ({_query(inner, context)})"
    return sql(node, context)


def _arithmetic(node: exp.Expression, context: Context) -> str:
    if any(isinstance(side, exp.DPipe) for side in (node.this, node.expression)):
        raise unsupported("|| beside arithmetic without parentheses")
    return f"({sql(node.this, context)} {_ARITHMETIC[type(node)]} {sql(node.expression, context)})"


def _concatenation(node: exp.Expression, context: Context) -> str:
    sides = (node.this, node.expression)
    if any(isinstance(side, (exp.Add, exp.Sub)) for side in sides):
        raise unsupported("|| beside + or - without parentheses")
    texts = [sql(side, context) for side in sides]
    left, right = (
        default_text(side, text, context) or text for side, text in zip(sides, texts, strict=True)
    )
    joined = f"ora.concat_(ora.c_joint({left}), ora.c_joint({right}))"
    return joined if isinstance(node.parent, exp.DPipe) else f"ora.within({joined})"


def _not(node: exp.Expression, context: Context) -> str:
    return f"(NOT {sql(node.this, context)})"


def _logical(word: str) -> Callable[[exp.Expression, Context], str]:
    def handler(node: exp.Expression, context: Context) -> str:
        return f"({sql(node.this, context)} {word} {sql(node.expression, context)})"

    return handler


def _between(node: exp.Expression, context: Context) -> str:
    value = _operand(node.this, context)
    low, high = _operand(node.args["low"], context), _operand(node.args["high"], context)
    return f"({value} >= {low} AND {value} <= {high})"


def _in(node: exp.Expression, context: Context) -> str:
    value = _operand(node.this, context)
    query = node.args.get("query")
    if query is not None:
        return (
            f"({value} IN "
            f"({_query(query.this if isinstance(query, exp.Subquery) else query, context)}))"
        )
    if len(node.expressions) > 1000:
        raise OracleError(1795, "maximum number of expressions in a list is 1000")
    # literals apart from the others: together the store would take them for one type, and they are
    # of several
    literals = [choice for choice in node.expressions if isinstance(choice, exp.Literal)]
    others = [choice for choice in node.expressions if not isinstance(choice, exp.Literal)]
    lists = [
        ", ".join(_operand(choice, context) for choice in part)
        for part in (literals, others)
        if part
    ]
    return f"({' OR '.join(f'{value} IN ({choices})' for choices in lists)})"


def _like(node: exp.Expression, context: Context, escape: str = "''") -> str:
    value, pattern = (f"ora.c_str({sql(side, context)})" for side in (node.this, node.expression))
    word = "NOT LIKE" if node.args.get("negate") else "LIKE"
    return f"({value} {word} {pattern} ESCAPE {escape})"


def _escape(node: exp.Expression, context: Context) -> str:
    if not isinstance(node.this, exp.Like):
        raise unsupported("ESCAPE in this place")
    return _like(node.this, context, f"ora.c_str({sql(node.expression, context)})")


def _exists(node: exp.Expression, context: Context) -> str:
    inner = node.this.this if isinstance(node.this, exp.Subquery) else node.this
    return f"EXISTS ({_query(inner, context)})"


def _case(node: exp.Expression, context: Context) -> str:
    subject = f" {_operand(node.this, context)}" if node.this else ""
    for branch in node.args["ifs"]:
        only(branch, "this", "true")
    unify_branches(
        [branch.args["true"] for branch in node.args["ifs"]] + [node.args.get("default")]
    )
    branches = [
        f"WHEN {_operand(branch.this, context)} THEN {sql(branch.args['true'], context)}"
        for branch in node.args["ifs"]
    ]
    default = node.args.get("default")
    otherwise = f" ELSE {sql(default, context)}" if default else ""
    return f"CASE{subject} {' '.join(branches)}{otherwise} END"


def _cast(node: exp.Expression, context: Context) -> str:
    if node.args.get("default") is not None:
        return _cast_or(node, context)
    return cast_sql(sql(node.this, context), node.args["to"])


def _cast_or(node: exp.Expression, context: Context) -> str:
    """CAST(value AS type DEFAULT other ON CONVERSION ERROR)"""
    function = {"DECIMAL": "TO_NUMBER", "DATE": "TO_DATE", "TIMESTAMP": "TO_TIMESTAMP"}.get(
        node.args["to"].this.name
    )
    if function is None or node.args["to"].expressions:
        raise unsupported("CAST to this type with DEFAULT ON CONVERSION ERROR")
    value, other = sql(node.this, context), sql(node.args["default"], context)
    return with_default(function, [value], other)


def _trim(node: exp.Expression, context: Context) -> str:
    chars = sql(node.expression, context) if node.expression else "' '::text"
    side = {"LEADING": "ora.ltrim_", "TRAILING": "ora.rtrim_"}.get(
        str(node.args.get("position")).upper(), "ora.trim_"
    )
    return f"{side}(ora.c_chr({sql(node.this, context)}), ora.c_str({chars}))"


def _function(node: exp.Expression, context: Context) -> str:
    return call(node, context, sql)


def _dotted(node: exp.Expression, context: Context) -> str:
    parts = [*_path(node.this), node.expression]
    last = parts[-1]
    if not isinstance(last, exp.Anonymous):
        raise unsupported("a qualified name of this form")
    package = ".".join(name_of(part) for part in parts[:-1])
    return call(last, context, sql, package=package)


def _path(node: exp.Expression) -> list[exp.Expression]:
    return [*_path(node.this), node.expression] if isinstance(node, exp.Dot) else [node]


def order_by(node: exp.Expression, context: Context, *, positions: bool = True) -> str:
    """ORDER BY; a bare number is a position in the select list (not so inside OVER)."""
    only(node, "expressions", "this")
    keys = []
    for key in node.expressions:
        only(key, "this", "desc", "nulls_first")
        bare = positions and isinstance(key.this, exp.Literal) and not key.this.args["is_string"]
        text = key.this.this if bare else sql(key.this, context)
        direction = " DESC" if key.args.get("desc") else ""
        keys.append(f"{text}{direction} NULLS {'FIRST' if key.args.get('nulls_first') else 'LAST'}")
    return "ORDER BY " + ", ".join(keys)


def _within_group(node: exp.Expression, context: Context) -> str:
    return call(node.this, context, sql, within=order_by(node.expression, context, positions=False))


def _query(node: exp.Expression, context: Context) -> str:
    return _HANDLERS[AnyQuery](node, context)


def _subquery(node: exp.Expression, context: Context) -> str:
    return f"({_query(node.this, context)})"


def _paren(node: exp.Expression, context: Context) -> str:
    return f"({sql(node.this, context)})"


_HANDLERS: dict[type, Handler] = {
    exp.Literal: _literal,
    exp.National: _national_literal,
    exp.Null: lambda _node, _context: "NULL",
    exp.Placeholder: _bind,
    exp.Column: _column,
    exp.Star: lambda _node, _context: "*",
    exp.Paren: _paren,
    exp.Tuple: lambda node, context: (
        f"({', '.join(_operand(part, context) for part in node.expressions)})"
    ),
    Written: lambda node, _context: str(node.this),
    exp.Prior: hierarchy.outside,
    exp.ConnectByRoot: hierarchy.outside,
    exp.Neg: lambda node, context: f"(- ora.num({sql(node.this, context)}))",
    **dict.fromkeys(_COMPARISONS, _comparison),
    **dict.fromkeys(_ARITHMETIC, _arithmetic),
    exp.DPipe: _concatenation,
    Unpadded: lambda node, context: f"ora.unpadded({sql(node.this, context)})",
    exp.Is: lambda node, context: is_sql(node, context, sql),
    exp.Not: _not,
    exp.And: _logical("AND"),
    exp.Or: _logical("OR"),
    exp.Between: _between,
    exp.In: _in,
    exp.Like: _like,
    exp.Escape: _escape,
    exp.Exists: _exists,
    exp.Case: _case,
    exp.Cast: _cast,
    exp.Extract: lambda node, context: extract_sql(node, context, sql),
    exp.Trim: _trim,
    exp.Anonymous: _function,
    exp.Dot: _dotted,
    exp.Window: lambda node, context: window_sql(node, context, sql, order_by),
    exp.WithinGroup: _within_group,
    exp.Subquery: _subquery,
    exp.Interval: lambda node, _context: read_interval(node).sql(),
    exp.AtTimeZone: lambda node, context: (
        f"ora.at_zone({sql(node.this, context)}, ora.c_str({sql(node.args['zone'], context)}))"
    ),
    exp.DateStrToDate: lambda node, _context: moment_sql("DATE", node),
    exp.StrToTime: lambda node, _context: moment_sql("TIMESTAMP", node),
    exp.CurrentTimestamp: lambda node, _context: (
        "ora.sysdate()" if node.args.get("sysdate") else "ora.current_timestamp_()"
    ),
    exp.CurrentDate: lambda _node, _context: "ora.current_date_()",
    exp.Systimestamp: lambda _node, _context: "ora.systimestamp()",
    exp.Localtimestamp: lambda _node, _context: "ora.localtimestamp_()",
}


def add_handler(kind: type[exp.Expression], handler: Handler) -> None:
    """Makes a node of the engine's own known, whose text for the store another module writes.

    ``AnyQuery`` stands for every query inside an expression.
    """
    _HANDLERS[kind] = handler
