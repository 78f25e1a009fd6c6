"""Identifiers and conditions as SQL takes them. PostgreSQL and Oracle quote alike: in double
quotes, a double quote within written twice.

Sources: PostgreSQL documentation, "Identifiers and Key Words"; Oracle SQL Language Reference,
"Database Object Names and Qualifiers"; SQLAlchemy documentation, ``text()``: a colon begins a bind
unless a backslash stands before it.
"""

from __future__ import annotations

import sqlalchemy as sa

from reconciliation.model import CatalogueTable


def quoted(name: str) -> str:
    """An identifier for both databases, for statements that go to a driver or into a script."""
    return '"' + name.replace('"', '""') + '"'


def quoted_table(table: CatalogueTable) -> str:
    """The table's name with its schema, for the same statements as ``quoted``."""
    return f"{quoted(table.schema)}.{quoted(table.name)}"


def for_text(sql: str) -> str:
    """SQL that holds no bind, as a part of a statement for SQLAlchemy's ``text()``."""
    return sql.replace(":", "\\:")


def text_quoted(name: str) -> str:
    """``quoted`` for SQLAlchemy's ``text()``."""
    return for_text(quoted(name))


def text_quoted_table(table: CatalogueTable) -> str:
    """``quoted_table`` for SQLAlchemy's ``text()``."""
    return for_text(quoted_table(table))


def selectable(table: CatalogueTable) -> sa.TableClause:
    """The table with all its columns for statements that SQLAlchemy writes, each name exactly as
    the catalogue has it: of Oracle's, SQLAlchemy takes one in lower case for one that was never
    quoted.
    """
    return sa.table(
        _exactly(table.name),
        *[sa.column(_exactly(name)) for name in table.columns],
        schema=_exactly(table.schema),
    )


def _exactly(name: str) -> sa.quoted_name:
    return sa.quoted_name(name, quote=True)
