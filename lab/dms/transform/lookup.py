"""Values read again from the source's current rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from lab.dms.mapping.resolve import MappedTable
from lab.quoting import quoted

_decode = json.JSONDecoder(parse_float=Decimal, strict=False).decode


class Lookup:
    """Reads values of the source's current rows, in the form the stream has them in.

    ``query`` runs one statement on the source with parameters and returns its rows.
    """

    def __init__(self, query: Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]) -> None:
        self._query = query

    def values(
        self, mapped: MappedTable, columns: Sequence[str], row: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """The columns of the row with the key of ``row``; all NULL when it
        has been deleted since.
        """
        table, key = mapped.source, mapped.source.key
        wanted = ", ".join(map(_quoted, columns))
        where = " AND ".join(f"{_quoted(name)}::text = %s" for name in key)
        found = self._query(
            f"SELECT row_to_json(found)::text FROM (SELECT {wanted} FROM "
            f"{_quoted(table.schema)}.{_quoted(table.name)} "
            f"WHERE {where}) found",
            [str(row[name]) for name in key],
        )
        return _decode(found[0][0]) if found else dict.fromkeys(columns)


def _quoted(name: str) -> str:
    """For a statement with parameters, in which a per cent sign begins one."""
    return quoted(name).replace("%", "%%")
