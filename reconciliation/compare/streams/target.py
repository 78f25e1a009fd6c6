"""Oracle's rows as the same bytes: texts fetched in large batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from reconciliation.compare.streams.beside import Beside
from reconciliation.compare.streams.source import CHUNK_ROWS, packed
from reconciliation.databases.fetching import exact_values, kept_unconverted

if TYPE_CHECKING:
    import oracledb


def fetched_rows(
    connection: oracledb.Connection,
    select: str,
    beside: Beside | None = None,
    hides_broken: bool = False,
) -> Iterator[list[bytes]]:
    """The rows of one SELECT of texts, and columns beside them, in chunks; a connection as
    ``sessions`` pins it.

    ``hides_broken`` says of the texts what ``charsets.hides_broken_bytes`` says of their character
    set. A call that gets no answer within the connection's ``call_timeout`` raises oracledb's
    error.
    """
    with connection.cursor() as cursor:
        cursor.outputtypehandler = exact_values(keep_bytes=True)
        cursor.arraysize = cursor.prefetchrows = (
            CHUNK_ROWS if beside is None else beside.rows_at_once(cursor)
        )
        cursor.execute(select)
        texts = len(cursor.description or ()) - (len(beside.packers) if beside is not None else 0)
        while rows := cursor.fetchmany():
            if hides_broken:
                rows = [(*map(kept_unconverted, row[:texts]), *row[texts:]) for row in rows]
            if beside is not None:
                yield [packed(beside.columns(row[:texts], row[texts:])) for row in rows]
            else:
                yield _packed_single(rows) if len(rows[0]) == 1 else [packed(row) for row in rows]


def _packed_single(rows: list[tuple[str]]) -> list[bytes]:
    """As ``packed``, for the ordinary case of one text a row: this runs for every row of every
    table.
    """
    texts = [text.encode("utf-8", "surrogateescape") for (text,) in rows]
    return [b"\0\1" + len(text).to_bytes(4, "big") + text for text in texts]
