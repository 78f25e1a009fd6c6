"""Values read again from the source's current rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from lab.dms.mapping.resolve import MappedTable
from lab.dms.values.texts import JSON_NULL
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
        wanted = ", ".join(map(_quoted, columns))
        read = f"(SELECT row_to_json(wanted)::text FROM (SELECT {wanted}) wanted)"
        found = self._current(mapped, read, row)
        return _decode(found[0][0]) if found else dict.fromkeys(columns)

    def json_nulls(
        self, mapped: MappedTable, columns: Sequence[str], row: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Those of the columns in which the row with the key of ``row`` has JSON's own null.

        A stream of JSON has the same word for it as for a column without a value.
        """
        if not mapped.source.key:
            return {}
        asked = ", ".join(f"{_quoted(name)}::text = 'null'" for name in columns)
        found = self._current(mapped, asked, row)
        return {
            name: JSON_NULL
            for name, is_null in zip(columns, found[0] if found else (), strict=False)
            if is_null
        }

    def _current(
        self, mapped: MappedTable, wanted: str, row: Mapping[str, Any]
    ) -> list[tuple[Any, ...]]:
        table, key = mapped.source, mapped.source.key
        # the driver writes literals, which the server reads as whatever the column is
        where = " AND ".join(f"{_quoted(name)} = %s" for name in key)
        return self._query(
            f"SELECT {wanted} FROM {_quoted(table.schema)}.{_quoted(table.name)} WHERE {where}",
            [str(row[name]) for name in key],
        )


def _quoted(name: str) -> str:
    """For a statement with parameters, in which a per cent sign begins one."""
    return quoted(name).replace("%", "%%")
