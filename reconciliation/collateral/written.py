"""The keys of rows in blocks that were written since an SCN: one scan in the server.

ORA_ROWSCN is kept by block unless the table has ROWDEPENDENCIES: rows that share a block with one
that was written are among them, no row that was written is missing. Deleted rows are
(``key_sets``). A row that shows none may have been written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import Connection, text

from reconciliation.databases.rows import KEYS_PER_STATEMENT, Side, readable
from reconciliation.model import Key


def keys_beyond(connection: Connection, side: Side, scn: int) -> Iterator[list[Key]]:
    """Canonical keys, KEYS_PER_STATEMENT at a time."""
    narrow = replace(side, columns=side.key)
    statement = text(narrow.select(f"ORA_ROWSCN > {scn} OR ORA_ROWSCN IS NULL"))
    with readable(connection):
        streamed = connection.execution_options(yield_per=KEYS_PER_STATEMENT)
        with streamed.execute(statement) as result:
            for part in result.partitions(KEYS_PER_STATEMENT):
                yield [narrow.key_of(narrow.row(tuple(values))) for values in part]
