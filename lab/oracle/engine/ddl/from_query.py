"""CREATE TABLE ... AS SELECT: the columns of the query are declared, then its rows are inserted."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from lab.oracle.engine.ddl.reader import Reader
from lab.oracle.engine.ddl.views import translated
from lab.oracle.engine.lexer import quote, tokenize
from lab.oracle.engine.statement import parse_statement
from lab.oracle.engine.translate import dml
from lab.oracle.engine.workspace import Workspace
from lab.oracle.interface import Column, OracleError, OraType

_PLAIN = {
    OraType.DATE: "DATE",
    OraType.BLOB: "BLOB",
    OraType.BINARY_DOUBLE: "BINARY_DOUBLE",
    OraType.BINARY_FLOAT: "BINARY_FLOAT",
    OraType.ROWID: "ROWID",
}
_MOMENTS = {
    OraType.TIMESTAMP: "TIMESTAMP({})",
    OraType.TIMESTAMP_TZ: "TIMESTAMP({}) WITH TIME ZONE",
    OraType.TIMESTAMP_LTZ: "TIMESTAMP({}) WITH LOCAL TIME ZONE",
}
_NATIONAL = 2


def query_start(reader: Reader) -> int | None:
    """How many tokens ahead the AS before the query stands; None when the table has definitions of
    its own.
    """
    depth = 0
    for place in range(reader.remaining):
        word = reader.peek(place)
        if depth == 0 and word == "AS" and reader.peek(place + 1) in ("SELECT", "WITH", "("):
            return place
        depth += {"(": 1, ")": -1}.get(word, 0)
    return None


def create_from_query(
    session: Workspace,
    reader: Reader,
    schema: str,
    name: str,
    query: int,
    create: Callable[[Workspace, Reader], None],
) -> None:
    """``create`` makes the table. Column types come from the query, and NOT NULL from columns that
    are not keys.
    """
    given = reader.names() if reader.peek() == "(" else []
    options = ""
    if reader.peek() != "AS":
        start = reader.here()
        while not (reader.peek() == "AS" and reader.peek(1) in ("SELECT", "WITH", "(")):
            reader.token()
        options = reader.text[start : reader.here()]
    reader.expect("AS")
    text = reader.text[reader.here() :]
    body, columns = translated(session, session.user, text, direct=False)
    names = given or [column.name for column in columns]
    if len(names) != len(columns):
        raise OracleError(1730, "invalid number of column names specified")
    literals = _literals(text, len(columns))
    if not given:
        _check_names(text, columns)
    required = _required(session, body, columns)
    parts = [
        f"{quote(label)} {_declared(column, width)}{' NOT NULL' if must else ''}"
        for label, column, width, must in zip(names, columns, literals, required, strict=True)
    ]
    definition = f"{quote(schema)}.{quote(name)} ({', '.join(parts)}) {options}"
    create(session, Reader(definition, tokenize(definition)))
    session.catalog.forget()
    relation = session.catalog.find(schema, name, schema)
    if relation is None:
        raise OracleError(942, "table or view does not exist")
    inner = [f'"ora${place}"' for place in range(len(columns))]
    picked = ", ".join(
        column.assign(f"q.{place}")
        for column, place in zip(relation.columns.values(), inner, strict=True)
    )
    session.store.run(
        f"INSERT INTO {dml.named(relation)} SELECT {picked} FROM ({body}) AS q ({', '.join(inner)})"
    )


def _literals(text: str, count: int) -> list[int | str | None]:
    """Per column the bytes of a string literal, the type of a CAST to text, "NULL", or None for all
    else.
    """
    tree = parse_statement(text).tree
    while isinstance(tree, (exp.SetOperation, exp.Subquery)):
        tree = tree.this
    items = tree.expressions if isinstance(tree, exp.Select) else []
    stars = [
        place
        for place, item in enumerate(items)
        if isinstance(item, exp.Star) or isinstance(item.this, exp.Star)
    ]
    if len(stars) == 1:
        items = [
            *items[: stars[0]],
            *[exp.Column()] * (count - len(items) + 1),
            *items[stars[0] + 1 :],
        ]
    if len(items) != count:
        return [None] * count
    return [_literal(item.this if isinstance(item, exp.Alias) else item) for item in items]


def _literal(item: exp.Expression) -> int | str | None:
    if isinstance(item, exp.Null):
        return "NULL"
    if isinstance(item, exp.Cast) and item.args["to"].this in (
        exp.DataType.Type.VARCHAR,
        exp.DataType.Type.CHAR,
    ):
        return item.args["to"].sql("oracle")
    return (
        len(item.this.encode())
        if isinstance(item, exp.Literal) and item.args["is_string"]
        else None
    )


def _check_names(text: str, columns: tuple[Column, ...]) -> None:
    """Raises ORA-00998 for an expression without an alias."""
    for column in columns:
        if (
            not column.name.replace("_", "").replace("$", "").replace("#", "").isalnum()
            and f'"{column.name}"' not in text
        ):
            raise OracleError(998, "must name this expression with a column alias")


def _declared(column: Column, literal: int | str | None) -> str:
    if literal in ("NULL", 0) or (
        column.type in (OraType.VARCHAR2, OraType.CHAR) and not column.size
    ):
        raise OracleError(1723, "zero-length columns are not allowed")
    is_national = column.csfrm == _NATIONAL
    if literal is not None:
        return literal if isinstance(literal, str) else f"CHAR({literal} BYTE)"
    if column.type in (OraType.VARCHAR2, OraType.CHAR):
        word = "VARCHAR2" if column.type is OraType.VARCHAR2 else "CHAR"
        if is_national:
            return f"N{word}({column.char_size})"
        is_chars = column.char_size < column.size
        return f"{word}({column.char_size} CHAR)" if is_chars else f"{word}({column.size} BYTE)"
    if column.type is OraType.NUMBER:
        return _number(column)
    if column.type is OraType.CLOB:
        return "NCLOB" if is_national else "CLOB"
    if column.type is OraType.RAW:
        return f"RAW({column.size})"
    if column.type in _MOMENTS:
        return _MOMENTS[column.type].format(column.scale)
    if column.type is OraType.INTERVAL_DS:
        return f"INTERVAL DAY({column.precision}) TO SECOND({min(column.scale, 6)})"
    if column.type is OraType.INTERVAL_YM:
        return f"INTERVAL YEAR({column.precision}) TO MONTH"
    if column.type in (OraType.LONG, OraType.LONG_RAW):
        raise OracleError(997, "illegal use of LONG datatype")
    return _PLAIN[column.type]


def _number(column: Column) -> str:
    if not column.precision:
        return "NUMBER"
    if column.scale == -127:
        return f"FLOAT({column.precision})"
    return f"NUMBER({column.precision}, {column.scale})"


_IN_KEY = (
    "SELECT 1 FROM pg_index WHERE indrelid = $1::int8::oid AND indisprimary AND $2::int2 = "
    "ANY (indkey)"
)


def _required(session: Workspace, body: str, columns: tuple[Column, ...]) -> list[bool]:
    """Which columns are NOT NULL by a constraint of their own; that of a primary key is not taken
    over.
    """
    result = session.store.describe(session.store.prepare(body, ()))
    return [
        not column.nullable
        and not session.store.rows(
            _IN_KEY, [str(result.ftable(place)), str(result.ftablecol(place))]
        )
        for place, column in enumerate(columns)
    ]
