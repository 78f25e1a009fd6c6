"""Column and constraint definitions as they stand in CREATE TABLE and ALTER TABLE."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

from lab.oracle.engine.ddl.reader import Reader
from lab.oracle.engine.ddl.sequence_options import SequenceOptions, read_options
from lab.oracle.engine.ddl.types import ColumnType, read_type
from lab.oracle.engine.facts import ColumnFact
from lab.oracle.engine.lexer import Lexeme, Token, literal, quote
from lab.oracle.engine.translate.context import Context
from lab.oracle.engine.translate.dialect import parse
from lab.oracle.engine.translate.expressions import sql
from lab.oracle.engine.workspace import Workspace
from lab.oracle.interface import OracleError

_STOPS = (
    "GENERATED",
    "AS",
    "NOT",
    "NULL",
    "CONSTRAINT",
    "PRIMARY",
    "UNIQUE",
    "CHECK",
    "REFERENCES",
    "ENABLE",
    "DISABLE",
)


@dataclass(frozen=True)
class Constraint:
    """One constraint; ``name`` None where Oracle would make one up."""

    kind: str  # P, U, R, C
    name: str | None
    columns: tuple[str, ...] = ()
    target: tuple[str, str] | None = None
    target_columns: tuple[str, ...] = ()
    on_delete: str = ""
    condition: tuple[Token, ...] = ()


@dataclass(frozen=True)
class Identity:
    """GENERATED ... AS IDENTITY: ALWAYS, BY DEFAULT or BY DEFAULT ON NULL, and its sequence's
    options.
    """

    generation: str
    options: SequenceOptions


@dataclass(frozen=True)
class ColumnDefinition:
    """One column; ``nullable`` and ``default`` None where nothing was said."""

    name: str
    type: ColumnType | None
    default: tuple[Token, ...] | None = None
    nullable: bool | None = None
    identity: Identity | None = None
    #: the expression of a virtual column
    virtual: tuple[Token, ...] | None = None

    def fact(self) -> ColumnFact:
        """The facts as the catalogue will keep them."""
        kind = self.type
        if kind is None:
            raise OracleError(2263, "need to specify the datatype for this column")
        return ColumnFact(
            self.name,
            0,
            kind.data_type,
            kind.data_length,
            kind.char_length,
            kind.char_used,
            kind.precision,
            kind.scale,
            self.nullable is not False,
        )


def read_column(
    reader: Reader, schema: str, *, typed: bool = True
) -> tuple[ColumnDefinition, list[Constraint]]:
    """name type [DEFAULT ..] [NOT NULL] [constraints]; in MODIFY the type may be missing."""
    name = reader.name()
    has_type = (
        reader.peek() != "AS" if typed else reader.peek() not in ("DEFAULT", *_STOPS, "", ")", ",")
    )
    column = ColumnDefinition(name, read_type(reader) if has_type else None)
    constraints: list[Constraint] = []
    while True:
        if reader.accept("DEFAULT"):
            if column.identity is not None:
                raise OracleError(30674, "identity column cannot have a default value")
            if reader.peek() == "ON":
                raise reader.unsupported()
            column = replace(column, default=tuple(reader.expression(_STOPS)))
        elif reader.peek() == "AS" or (reader.peek() == "GENERATED" and _is_virtual(reader)):
            column = _read_virtual(reader, column)
        elif reader.peek() == "INVISIBLE":
            raise reader.error(3001, "unimplemented feature: INVISIBLE columns")
        elif reader.accept("GENERATED"):
            column = _read_identity(reader, column)
        else:
            label = reader.name() if reader.accept("CONSTRAINT") else None
            if reader.accept("NOT", "NULL"):
                column = replace(column, nullable=False)
            elif reader.accept("NULL"):
                column = replace(column, nullable=True)
            else:
                found = _read_inline(reader, name, label, schema)
                if found is None:
                    if label:
                        raise reader.error(904, f'"{label}": invalid identifier')
                    return column, constraints
                constraints.append(found)
        if reader.accept("ENABLE"):
            reader.accept("VALIDATE")


def _is_virtual(reader: Reader) -> bool:
    return [reader.peek(place) for place in range(1, 4)] == ["ALWAYS", "AS", "("]


def _read_virtual(reader: Reader, column: ColumnDefinition) -> ColumnDefinition:
    """[GENERATED ALWAYS] AS (expression) [VIRTUAL]"""
    reader.accept("GENERATED", "ALWAYS")
    reader.expect("AS")
    tokens = tuple(reader.parenthesised())
    if not tokens:
        raise reader.error(936, "missing expression")
    reader.accept("VIRTUAL")
    if column.type is None:
        raise OracleError(3001, "unimplemented feature: a virtual column without a datatype")
    return replace(column, virtual=tokens)


def _read_identity(reader: Reader, column: ColumnDefinition) -> ColumnDefinition:
    kind = "ALWAYS" if reader.accept("ALWAYS") else "BY DEFAULT"
    if kind != "ALWAYS" and reader.accept("BY", "DEFAULT") and reader.accept("ON", "NULL"):
        kind = "BY DEFAULT ON NULL"
    reader.expect("AS", "IDENTITY")
    options = SequenceOptions()
    if reader.accept("("):
        options = read_options(reader)
        reader.expect(")")
    if column.default is not None:
        raise OracleError(30674, "identity column cannot have a default value")
    if column.type is None or column.type.data_type not in ("NUMBER", "FLOAT"):
        raise OracleError(30675, "identity column must be a numeric type")
    return replace(column, identity=Identity(kind, options), nullable=False)


def _read_inline(reader: Reader, column: str, label: str | None, schema: str) -> Constraint | None:
    if reader.accept("PRIMARY", "KEY"):
        return Constraint("P", label, (column,))
    if reader.accept("UNIQUE"):
        return Constraint("U", label, (column,))
    if reader.accept("CHECK"):
        return Constraint("C", label, (column,), condition=tuple(reader.parenthesised()))
    if reader.peek() == "REFERENCES":
        return _read_reference(reader, label, (column,), schema)
    return None


def _read_reference(
    reader: Reader, label: str | None, columns: tuple[str, ...], schema: str
) -> Constraint:
    reader.expect("REFERENCES")
    target = reader.path(schema)
    targets = tuple(reader.names()) if reader.peek() == "(" else ()
    on_delete = ""
    if reader.accept("ON", "DELETE"):
        if reader.accept("CASCADE"):
            on_delete = " ON DELETE CASCADE"
        else:
            reader.expect("SET", "NULL")
            on_delete = " ON DELETE SET NULL"
    return Constraint("R", label, columns, target, targets, on_delete)


def read_constraint(reader: Reader, schema: str) -> Constraint:
    """An out-of-line constraint."""
    label = reader.name() if reader.accept("CONSTRAINT") else None
    if reader.accept("PRIMARY", "KEY"):
        found = Constraint("P", label, tuple(reader.names()))
    elif reader.accept("UNIQUE"):
        found = Constraint("U", label, tuple(reader.names()))
    elif reader.accept("FOREIGN", "KEY"):
        columns = tuple(reader.names())
        found = _read_reference(reader, label, columns, schema)
    elif reader.accept("CHECK"):
        found = Constraint("C", label, condition=tuple(reader.parenthesised()))
    else:
        raise reader.unsupported()
    if reader.accept("USING", "INDEX"):
        pass
    if reader.accept("ENABLE"):
        reader.accept("VALIDATE")
    return found


def column_sql(session: Workspace, column: ColumnDefinition) -> str:
    """A column definition for the store."""
    if column.type is None:
        raise OracleError(2263, "need to specify the datatype for this column")
    text = f"{quote(column.name)} {column.type.stored}"
    if column.virtual is not None:
        text += (
            f" GENERATED ALWAYS AS "
            f"({column.fact().assign(expression_sql(session, column.virtual))}) STORED"
        )
    if column.default is not None:
        text += default_sql(session, column.fact(), column.default)
    if column.nullable is False:
        text += " NOT NULL"
    return text


def default_sql(session: Workspace, fact: ColumnFact, tokens: Sequence[Token]) -> str:
    """`` DEFAULT <expression>``, converted to the column's type."""
    return f" DEFAULT {fact.assign(expression_sql(session, tokens))}"


def expression_sql(session: Workspace, tokens: Sequence[Token]) -> str:
    """A lone expression, translated."""
    first = tokens[0]

    def word(text: str) -> Token:
        return Token(Lexeme.WORD, text, first.start, first.end)

    tree = parse([word("SELECT"), *tokens, word("FROM"), word("DUAL")], {})
    return sql(tree.expressions[0], definition_context(session))


def plain_expression(tokens: Sequence[Token], columns: Container[str]) -> str:
    """An expression as the dictionary shows it: names in quotes, nothing between the parts but what
    must be.
    """
    text = ""
    for token in tokens:
        if token.name and token.name in columns:
            part = quote(token.name)
        else:
            part = token.text.upper() if token.kind is Lexeme.WORD else token.text
        text += f" {part}" if text and text[-1].isalnum() and part[0].isalnum() else part
    return text


def condition_sql(session: Workspace, tokens: Sequence[Token]) -> str:
    """A lone condition, translated."""
    first = tokens[0]

    def word(text: str) -> Token:
        return Token(Lexeme.WORD, text, first.start, first.end)

    tree = parse([*map(word, ("SELECT", "NULL", "FROM", "DUAL", "WHERE")), *tokens], {})
    return sql(tree.args["where"].this, definition_context(session))


def definition_context(session: Workspace) -> Context:
    """A translation without binds, for what a definition contains."""

    def no_bind(_number: int) -> str:
        raise OracleError(1027, "bind variables not allowed for data definition operations")

    return Context(session.catalog, session.schema, no_bind, is_definition=True)


def size_check_sql(schema: str, table: str, column: str, kind: ColumnType) -> str | None:
    """The CHECK that raises ORA-12899 for a value that is too long; None where nothing can be too
    long.
    """
    measured = kind.size_check()
    if measured is None:
        return None
    function, maximum = measured
    size = (
        f"{function}({quote(column)})"
        if kind.data_type == "RAW"
        else f"{function}({quote(column)}::text)"
    )
    names = ", ".join(map(literal, (schema, table, column)))
    return f"CHECK (coalesce({size}, 0) <= {maximum} OR ora.too_long({names}, {size}, {maximum}))"
