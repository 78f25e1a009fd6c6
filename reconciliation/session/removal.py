"""Removing rows by key, on either side; nothing else of the judge deletes rows."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Engine, text

from reconciliation.databases.quoting import text_quoted, text_quoted_table
from reconciliation.databases.rows import KEYS_PER_STATEMENT
from reconciliation.model import CatalogueTable


def delete_keys(writer: Engine, table: CatalogueTable, column: str, keys: Iterable[int]) -> int:
    """Delete the rows whose whole-number ``column`` is one of ``keys``, in one transaction; gives
    how many there were.

    No key: nothing is connected to.
    """
    wanted = sorted(keys)
    if not wanted:
        return 0
    removed = 0
    with writer.begin() as connection:
        for start in range(0, len(wanted), KEYS_PER_STATEMENT):
            binds = {
                f"k{number}": key
                for number, key in enumerate(wanted[start : start + KEYS_PER_STATEMENT])
            }
            names = ", ".join(f":{name}" for name in binds)
            statement = (
                f"DELETE FROM {text_quoted_table(table)} WHERE {text_quoted(column)} IN ({names})"
            )
            removed += connection.execute(text(statement), binds).rowcount
    return removed
