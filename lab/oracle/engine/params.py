"""The parameters of a prepared translation from the client's binds, and its returned values for the
client.
"""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import pq

from lab.oracle.engine import arrays
from lab.oracle.engine.pgcodec import BIND_TYPES, Converter, tsn_from_clock, unchanged
from lab.oracle.engine.prepared import Prepared
from lab.oracle.engine.results import encode
from lab.oracle.engine.statement import Parsed
from lab.oracle.interface import Bind, OracleError, OraType

Wire = Sequence[bytes | None]
_NATIONAL = 2
#: in place of the size of a TIMESTAMP bind: one of its values has nanoseconds
NANOSECONDS = -9


def all_params(prepared: Prepared, statement: Parsed, rows: Sequence[Wire]) -> list[arrays.Params]:
    """The parameters of every execution, as the store takes them. Raises NanosecondsError and
    ScalarError.
    """
    if len(rows) > 1:
        return arrays.converted(rows, statement.inputs, prepared.converters, prepared.lobs)
    return [_params(prepared, statement, row) for row in rows]


def _params(prepared: Prepared, statement: Parsed, row: Wire) -> list[bytes | None]:
    values = [row[number] for number in statement.inputs] if any(statement.returning) else row
    params = [
        None if not value else convert(value)
        for value, convert in zip(values, prepared.converters, strict=True)
    ]
    for place in prepared.lobs:
        if values[place] == b"":
            params[place] = b""
    return params


def returned_rows(
    result: pq.abc.PGresult | None, converters: tuple[Converter, ...]
) -> list[list[bytes | None]]:
    """The values RETURNING gave, by expression."""
    rows = [] if result is None else encode(result, converters)
    return [[row[place] for row in rows] for place in range(len(converters))]


def bind_type(bind: Bind) -> tuple[str, Converter]:
    """The store's type for a bind, and how its values get there. Raises ORA-03001 for a type that
    cannot be bound.
    """
    if bind.csfrm == _NATIONAL and bind.type in (OraType.VARCHAR2, OraType.CHAR):
        return "ora.nfixed" if bind.type is OraType.CHAR else "ora.ntext", unchanged
    if bind.size == NANOSECONDS:
        return "ora.tsn", tsn_from_clock
    found = BIND_TYPES.get(bind.type)
    if found is None:
        raise OracleError(3001, f"unimplemented feature: a bind of type {bind.type}")
    return found
