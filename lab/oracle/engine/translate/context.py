"""What a translation needs to know: the schema in force, the tables, the binds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlglot import exp

from lab.oracle.engine.access import Access
from lab.oracle.engine.catalog import Catalog
from lab.oracle.engine.facts import NATIONAL, Relation
from lab.oracle.engine.lexer import Token, quote
from lab.oracle.engine.translate.blocks import Block
from lab.oracle.engine.translate.dialect import only, unsupported
from lab.oracle.interface import OracleError


class Written(exp.Expression):
    """A part of a tree that is already written in the store's words."""

    arg_types = {"this": True}  # noqa: RUF012 - sqlglot's own way of defining a node


@dataclass
class Context:
    """State of one translation."""

    catalog: Catalog
    schema: str
    #: the SQL that stands for the bind of this number
    bind: Callable[[int], str]
    locks_rows: bool = False
    #: whether what is written is kept in the store for all sessions (a view, a default, a trigger)
    is_definition: bool = False
    #: names of WITH queries in scope
    common: list[str] = field(default_factory=list)
    #: what ROWID may belong to: the FROM clauses of the query blocks around what is being written,
    #: innermost last
    blocks: list[Block] = field(default_factory=list)
    _serial: int = 0
    sequences_used: list[str] = field(default_factory=list)
    #: the statement's tokens, to place errors
    tokens: tuple[Token, ...] = ()
    #: whether national text may take part in the statement
    has_national: bool = False
    #: what ROWNUM stands for in the query block being written; None where it has no meaning
    rownum: str | None = None
    #: what LEVEL and its kin stand for in the query block being written; empty outside a
    #: hierarchical query
    hierarchy: dict[str, str] = field(default_factory=dict)
    #: FOR UPDATE WAIT: seconds
    wait_seconds: int | None = None
    #: whether privileges held through roles do not count, as in the definition of a view
    direct: bool = False
    #: whose privileges count: those of the session unless a view is being defined for its owner
    access: Access | None = None
    #: whether the tables after FROM are grouped
    is_grouped: bool = False
    #: the WITH queries in scope by their names
    common_queries: dict[str, exp.Expression] = field(default_factory=dict)

    def fresh(self) -> str:
        """A name no Oracle statement uses."""
        self._serial += 1
        return f'"ora${self._serial}"'

    def relation(self, table: exp.Table, privilege: str = "SELECT") -> Relation:
        """The table or view behind a name. Raises ORA-00942, ORA-01031 where the privilege is
        missing.
        """
        only(table, "this", "db", "alias", "joins", "version")
        if not isinstance(table.this, exp.Identifier):
            raise unsupported("a table function")
        schema = name_of(table.args["db"]) if table.args.get("db") else None
        found = self.catalog.find(schema, name_of(table.this), self.schema)
        offset = self.offset_of(schema or name_of(table.this))
        if found is None and self.catalog.dangles(schema, name_of(table.this), self.schema):
            raise OracleError(980, "synonym translation is no longer valid", offset)
        if found is None:
            raise OracleError(942, "table or view does not exist", offset)
        (self.access or self.catalog.access).check(found, privilege, offset, direct=self.direct)
        self.has_national |= any(column.data_type in NATIONAL for column in found.columns.values())
        if found.lifetime:
            if self.is_definition or self.catalog.temporaries is None:
                raise unsupported("a temporary table in the definition of another object")
            self.catalog.temporaries.open(found)
        return found

    def check_package(self, package: str, function: str) -> None:
        """Raises ORA-00904, as if it were a column that is not there, for a function of a package
        that may not be executed.
        """
        oid = self.catalog.package(package)
        access = self.access or self.catalog.access
        if oid is not None and "EXECUTE" not in access.granted_on(oid, direct=self.direct):
            raise OracleError(
                904, f'"{package}"."{function}": invalid identifier', self.offset_of(package)
            )

    def is_temporary(self, schema: str, table: str) -> bool:
        """Whether this names a temporary table, whose rows are not in that schema of the store."""
        found = self.catalog.find(schema, table, self.schema)
        return found is not None and bool(found.lifetime)

    def offset_of(self, name: str) -> int:
        """Where the name first stands in the statement, 0 when it does not."""
        return next((token.start for token in self.tokens if token.name == name), 0)

    def offset_of_word(self, word: str) -> int:
        """Where the key word first stands in the statement, 0 when it does not."""
        return next((token.start for token in self.tokens if token.word == word), 0)

    def table(self, table: exp.Table, privilege: str) -> Relation:
        """A table that may be written with INSERT, UPDATE or DELETE."""
        found = self.relation(table, privilege)
        if found.schema == "SYS":
            raise OracleError(1031, "insufficient privileges")
        if found.is_view:
            raise unsupported("changing rows through a view")
        return found


def name_of(identifier: exp.Expression) -> str:
    """The Oracle name of an identifier: upper-cased unless quoted."""
    if not isinstance(identifier, exp.Identifier):
        raise unsupported(f"{type(identifier).__name__.upper()} in place of a name")
    return identifier.this if identifier.args.get("quoted") else identifier.this.upper()


def quoted(identifier: exp.Expression) -> str:
    """An identifier as PostgreSQL's quoted one."""
    return quote(name_of(identifier))
