"""DDL statements of the source as the audit table shows them, read for what they do to tables.

What DMS carries over and what not follows the AWS DMS user guide, "DDL statements supported by AWS
DMS", and the limitations of PostgreSQL as a source.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

import sqlglot
from sqlglot import expressions as exp

from lab.dms.ground.changes import Ddl, Transaction

ADD, DROP, RENAME, ALTER_TYPE = "add column", "drop column", "rename column", "alter column type"
RENAME_TABLE, DROP_TABLE, CREATE_TABLE = "rename table", "drop table", "create table"
#: not replicated, and no reason to suspend the table: defaults, NOT NULL, partitions, what concerns
#: no data
IGNORED = "ignored"
#: not replicated, and what follows may not fit any more: keys and constraints, statements that
#: cannot be read
UNREPLICATED = "unreplicated"

# sqlglot takes RENAME a TO b for a new name of the table
_RENAME_WITHOUT_COLUMN = re.compile(
    r"\brename\s+(?!column\b|to\b|constraint\b)(?=[\w\"]+\s+to\b)", re.IGNORECASE
)
_ALTERED = re.compile(
    r"\s*alter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?([\w.\"]+)", re.IGNORECASE
)
_HARMLESS = re.compile(
    r"\b(attach|detach)\s+partition\b|\bowner\s+to\b|\breplica\s+identity\b|\bset\s+(statistics|storage|\()|\breset\b|"
    r"\b(enable|disable)\s+(trigger|always|replica|rule|row)\b|\bcluster\s+on\b|\bvalidate\b|\b(no\s+)?inherit\b|"
    r"\bset\s+(logged|unlogged|without|tablespace|access)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Action:
    """One thing a statement does to ``schema.table``; ``name`` is a column or a table, ``new_name``
    what it becomes.
    """

    what: str
    schema: str
    table: str
    name: str = ""
    new_name: str = ""


def actions(ddl: Ddl) -> Iterator[Action]:
    """What a statement of the audit table does; a script may do several things."""
    text = _RENAME_WITHOUT_COLUMN.sub("RENAME COLUMN ", ddl.sql)
    # it warns of every statement it cannot take apart
    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    try:
        statements = sqlglot.parse(text, read="postgres")
    except sqlglot.errors.SqlglotError:
        statements = [None]
    for statement in statements:
        if isinstance(statement, exp.Alter):
            yield from _altered(statement, ddl)
        elif isinstance(statement, exp.Drop) and statement.args.get("kind") == "TABLE":
            for table in statement.find_all(exp.Table):
                yield Action(DROP_TABLE, *_named(table, ddl))
        elif isinstance(statement, exp.Create) and statement.args.get("kind") == "TABLE":
            yield Action(CREATE_TABLE, *_named(statement.find(exp.Table), ddl))
        elif statement is None or isinstance(statement, exp.Command):
            yield from _unread(ddl)


def pieces(transaction: Transaction) -> Iterator[Transaction]:
    """A transaction cut where its DDL stands: each piece begins with the DDL that precedes its
    changes.
    """
    if not transaction.ddls:
        yield transaction
        return
    places = sorted({ddl.before for ddl in transaction.ddls})
    if places[0] > 0:
        yield replace(transaction, changes=tuple(islice(transaction.changes, places[0])), ddls=())
    for place, following in zip(places, [*places[1:], None], strict=True):
        here = tuple(ddl for ddl in transaction.ddls if ddl.before == place)
        yield replace(
            transaction, changes=tuple(islice(transaction.changes, place, following)), ddls=here
        )


def behind(transaction: Transaction, done: int) -> Transaction:
    """A transaction without its first changes; its DDL stays, since replaying it again does
    nothing.
    """
    if not done:
        return transaction
    ddls = tuple(replace(ddl, before=max(0, ddl.before - done)) for ddl in transaction.ddls)
    return replace(transaction, changes=tuple(islice(transaction.changes, done, None)), ddls=ddls)


def _altered(statement: exp.Alter, ddl: Ddl) -> Iterator[Action]:
    schema, table = _named(statement.find(exp.Table), ddl)
    for action in statement.args.get("actions") or ():
        if isinstance(action, exp.ColumnDef):
            yield Action(ADD, schema, table, _name(action))
        elif isinstance(action, exp.Drop) and action.args.get("kind") == "COLUMN":
            yield from (
                Action(DROP, schema, table, _name(column)) for column in action.find_all(exp.Column)
            )
        elif isinstance(action, exp.RenameColumn):
            yield Action(RENAME, schema, table, _name(action.this), _name(action.args["to"]))
        elif isinstance(action, exp.AlterColumn):
            yield Action(
                ALTER_TYPE if action.args.get("dtype") else IGNORED, schema, table, _name(action)
            )
        elif isinstance(action, exp.AlterRename):
            yield Action(RENAME_TABLE, schema, table, table, _name(action.this))
        else:
            yield Action(UNREPLICATED, schema, table)


def _named(table: exp.Table | None, ddl: Ddl) -> tuple[str, str]:
    assert table is not None  # there is no such statement without one
    return _folded(table.args.get("db")) or ddl.schema, _folded(table.this)


def _name(expression: exp.Expression) -> str:
    """The name of a column or table."""
    return _folded(expression.this)


def _folded(part: object) -> str:
    """PostgreSQL folds what is not quoted to lower case; empty for what is no name."""
    if not isinstance(part, exp.Identifier):
        return ""
    return part.this if part.args.get("quoted") else part.this.lower()


def _unread(ddl: Ddl) -> Iterator[Action]:
    """A statement that was not taken apart: only its text speaks for it. What a block or function
    runs is not seen.
    """
    found = _ALTERED.match(ddl.sql)
    if not found:
        return
    *schema, table = (
        part.strip('"') if '"' in part else part.lower() for part in found[1].split(".")
    )
    what = IGNORED if _HARMLESS.search(ddl.sql) else UNREPLICATED
    yield Action(what, schema[0] if schema else ddl.schema, table)
