"""Rows of catalogue views, and what stands in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, bindparam, text

from reconciliation.canonical.values import exact, of_type
from reconciliation.model import Value

#: a row of a view by column name in lower case, as which both drivers may give it or not
ViewRow = Mapping[str, Value]


def schemas_of(schemas: str | Sequence[str]) -> tuple[str, ...]:
    """One name or several as several, each once."""
    return (schemas,) if isinstance(schemas, str) else tuple(dict.fromkeys(schemas))


def rows(connection: Connection, statement: str, **binds: Value) -> list[ViewRow]:
    """What a statement finds; a bind with a tuple stands for ``IN`` over its members."""
    several = [name for name, value in binds.items() if isinstance(value, tuple)]
    asked = text(statement).bindparams(*(bindparam(name, expanding=True) for name in several))
    result = connection.execute(asked, binds)
    return [{key.lower(): value for key, value in row.items()} for row in result.mappings()]


def word(row: ViewRow, name: str) -> str:
    return of_type(str, row[name])


def words(row: ViewRow, name: str) -> tuple[str, ...]:
    """An array of texts; NULL has none."""
    return tuple(of_type(str, member) for member in of_type(list, row[name] or []))


def whole(row: ViewRow, name: str) -> int:
    return int(exact(row[name]))
