"""Results: how their columns are described, and their rows as wire scalars."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import cast

from psycopg import pq

from lab.oracle.engine import pgcodec
from lab.oracle.engine.catalog import Catalog
from lab.oracle.engine.errors import OWN_STATE, StoreError
from lab.oracle.engine.facts import LONG_SIZE
from lab.oracle.engine.numbers import number_of_numeric
from lab.oracle.engine.packed import PackedRows
from lab.oracle.engine.pgcodec import Converter
from lab.oracle.engine.store import Store
from lab.oracle.engine.translation import facts_by_attnum
from lab.oracle.interface import Column, ColumnarRows, OracleError, OraType

Row = Sequence[bytes | None]

#: rows taken at once before the rest of a result is left in the connection
EAGER_ROWS = 50_000
#: rows kept for later when another statement needs the connection; a longer result is broken off
#: then
SPOOL_ROWS = 500_000

#: fixed oids of PostgreSQL's types -> how an expression of that type is described
_BUILT_IN = {
    25: ("text", OraType.VARCHAR2, 4000),
    1043: ("text", OraType.VARCHAR2, 4000),
    705: ("text", OraType.VARCHAR2, 4000),
    19: ("text", OraType.VARCHAR2, 128),
    1700: ("numeric", OraType.NUMBER, 22),
    21: ("int", OraType.NUMBER, 22),
    23: ("int", OraType.NUMBER, 22),
    20: ("int", OraType.NUMBER, 22),
    1114: ("timestamp", OraType.TIMESTAMP, 11),
    17: ("bytea", OraType.RAW, 2000),
    701: ("float", OraType.BINARY_DOUBLE, 8),
    700: ("float", OraType.BINARY_FLOAT, 4),
    1186: ("interval", OraType.INTERVAL_DS, 11),
}
_OWN = {
    "date": ("date", OraType.DATE, 7),
    "fixed": ("text", OraType.CHAR, 2000),
    "clob": ("lob", OraType.CLOB, 4000),
    "blob": ("lob", OraType.BLOB, 4000),
    "stored_clob": ("stored", OraType.CLOB, 4000),
    "stored_blob": ("stored", OraType.BLOB, 4000),
    "tstz": ("tstz", OraType.TIMESTAMP_TZ, 13),
    "ltz": ("timestamp", OraType.TIMESTAMP_LTZ, 11),
    "iym": ("iym", OraType.INTERVAL_YM, 5),
    "rowid": ("rowid", OraType.ROWID, 10),
    "tsn": ("tsn", OraType.TIMESTAMP, 11),
    "ntext": ("text", OraType.VARCHAR2, 4000),
    "nfixed": ("text", OraType.CHAR, 2000),
    "nclob": ("lob", OraType.CLOB, 4000),
    "long": ("text", OraType.LONG, LONG_SIZE),
    "longraw": ("bytea", OraType.LONG_RAW, LONG_SIZE),
}
_NATIONAL = ("ntext", "nfixed", "nclob")
_CONVERTERS: dict[str, Converter] = {
    "text": pgcodec.unchanged,
    "bytea": pgcodec.unchanged,
    "lob": pgcodec.lob_content,
    "stored": pgcodec.stored_lob,
    "numeric": number_of_numeric,
    "int": pgcodec.number_from_int,
    "timestamp": pgcodec.timestamp_from_timestamp,
    "date": pgcodec.date_from_timestamp,
    "tstz": pgcodec.timestamp_tz_from_record,
    "float": pgcodec.double_from_float,
    "interval": pgcodec.interval_ds_from_interval,
    "iym": pgcodec.interval_ym_from_iym,
    "tsn": pgcodec.timestamp_from_tsn,
    "rowid": pgcodec.rowid_from_rowid,
}


class Types:
    """The oids of the store's own types, read once per session."""

    def __init__(self, store: Store) -> None:
        rows = store.rows(
            "SELECT t.typname, t.oid, t.typarray FROM pg_catalog.pg_type t JOIN "
            "pg_catalog.pg_namespace n ON n.oid = "
            "t.typnamespace WHERE n.nspname = 'ora' OR n.nspname = 'pg_catalog' AND t.typname IN "
            "('text', 'numeric', "
            "'timestamp', 'bytea', 'float8', 'float4', 'interval') ORDER BY n.nspname DESC"
        )
        own = {
            f"ora.{name}" if name in _OWN else name: (int(oid or 0), int(array or 0))
            for name, oid, array in rows
        }
        #: name of a bind's PostgreSQL type -> (oid, oid of its array)
        self.oids = own
        self.national = frozenset(own[f"ora.{name}"][0] for name in _NATIONAL)
        self.described = {
            **_BUILT_IN,
            **{own[f"ora.{name}"][0]: entry for name, entry in _OWN.items()},
        }


def describe(
    result: pq.abc.PGresult, types: Types, catalog: Catalog, names: Sequence[str | None]
) -> tuple[tuple[Column, ...], tuple[Converter, ...]]:
    """The columns of a result and the converter of each. Raises ORA-03001 for a type Oracle does
    not have.
    """
    columns, converters = [], []
    given = _aligned(names, result.nfields)
    for place in range(result.nfields):
        name = given[place] or (result.fname(place) or b"").decode()
        entry = types.described.get(result.ftype(place))
        if entry is None:
            raise OracleError(904, f'"{name}": invalid identifier')
        converters.append(_CONVERTERS[entry[0]])
        columns.append(_column(result, place, name, entry, catalog, types))
    return tuple(columns), tuple(converters)


def _aligned(names: Sequence[str | None], count: int) -> list[str | None]:
    """The names from the statement's text laid over the result: a ``*`` covers as many columns as
    are left.
    """
    if len(names) == count and None not in names:
        return list(names)
    stars = [place for place, name in enumerate(names) if name is None]
    if len(stars) != 1:
        return [None] * count
    after = list(names[stars[0] + 1 :])
    before = list(names[: stars[0]])
    return [*before, *[None] * (count - len(before) - len(after)), *after]


def _column(
    result: pq.abc.PGresult,
    place: int,
    name: str,
    entry: tuple[str, OraType, int],
    catalog: Catalog,
    types: Types,
) -> Column:
    relation = catalog.by_oid(result.ftable(place)) if result.ftable(place) else None
    if relation is not None:
        fact = facts_by_attnum(relation.columns).get(result.ftablecol(place))
        if fact is not None:
            return fact.described(name)
    _, kind, size = entry
    if kind is OraType.NUMBER:
        precision, scale = (
            _number_shape(result.fmod(place)) if result.ftype(place) == 1700 else (0, -127)
        )
        return Column(name, kind, size, precision=precision, scale=scale)
    csfrm = 2 if result.ftype(place) in types.national else 1
    if kind in (OraType.VARCHAR2, OraType.CHAR):
        return Column(name, kind, size, size // csfrm, csfrm=csfrm)
    if kind in (OraType.TIMESTAMP, OraType.TIMESTAMP_TZ, OraType.TIMESTAMP_LTZ):
        return Column(name, kind, size, scale=9 if entry[0] == "tsn" else 6)
    if kind in (OraType.INTERVAL_DS, OraType.INTERVAL_YM):
        return Column(name, kind, size, precision=9, scale=9 if kind is OraType.INTERVAL_DS else 0)
    return Column(name, kind, size, csfrm=csfrm if kind in (OraType.CLOB, OraType.LONG) else 0)


def _number_shape(modifier: int) -> tuple[int, int]:
    if modifier < 4:
        return 0, -127
    scale = (modifier - 4) & 0x7FF
    return (modifier - 4) >> 16 & 0xFFFF, scale - 2048 if scale > 1023 else scale


def encode(result: pq.abc.PGresult, converters: Sequence[Converter]) -> list[Row]:
    """All rows of a PGresult as wire scalars; an empty string counts as NULL."""
    rows = range(result.ntuples)
    columns = [
        _converted(list(map(result.get_value, rows, repeat(place))), convert)
        for place, convert in enumerate(converters)
    ]
    return list(ColumnarRows(columns, result.ntuples))


def last_rowid(result: pq.abc.PGresult | None, converters: Sequence[Converter]) -> bytes | None:
    """The ROWID of the row changed last, which is the last column; None where nothing changed or
    none came back.
    """
    place = len(converters) - 1
    if result is None or not result.ntuples or result.nfields <= place:
        return None
    value = result.get_value(result.ntuples - 1, place)
    return None if value is None else converters[place](value)


#: converters of values that repeat a lot, as costs and dates do: what is equal is converted once
_REPEATING = frozenset((number_of_numeric, pgcodec.number_from_int, pgcodec.date_from_timestamp))


def _converted(values: list[bytes | None], convert: Converter) -> list[bytes | None]:
    """A column as wire scalars."""
    if convert is pgcodec.unchanged:
        return [value or None for value in values] if b"" in values else values
    if convert not in _REPEATING:
        return [None if value is None else convert(value) for value in values]
    distinct = set(values)
    if 2 * len(distinct) > len(values) and None not in distinct:
        # no copy and no test per value: that none is NULL is known from the distinct ones
        return list(map(convert, cast("list[bytes]", values)))
    table = {value: None if value is None else convert(value) for value in distinct}
    return list(map(table.__getitem__, values))


class Cursor:
    """An open query: rows at hand as the store sent them, and the stream they come from until it is
    exhausted.
    """

    def __init__(
        self,
        store: Store,
        converters: Sequence[Converter],
        first: pq.abc.PGresult,
        *,
        packed: bool = False,
    ) -> None:
        self._store = store
        self._packed = packed
        self._converters = converters
        self._chunks: deque[pq.abc.PGresult] = deque()
        #: rows of the first chunk that have been taken, and rows of all chunks that have not
        self._at, self._left = 0, 0
        self.streaming = True
        self._is_broken = False
        self._add(first)
        self.read_ahead(EAGER_ROWS)

    def _add(self, chunk: pq.abc.PGresult) -> None:
        if chunk.ntuples:
            self._chunks.append(chunk)
            self._left += chunk.ntuples

    def read_ahead(self, limit: int | None) -> None:
        """Takes chunks from the stream until ``limit`` rows are at hand; all of them with None."""
        while self.streaming and (limit is None or self._left < limit):
            self._take_chunk()

    def _take_chunk(self) -> None:
        chunk = self._store.next_chunk()
        if chunk is None:
            self.streaming = False
        else:
            self._add(chunk)

    def await_rows(self, count: int) -> bool:
        """Takes chunks as long as the client is silent; whether ``take`` of as many rows would not
        wait.
        """
        while self.streaming and self._left <= count:
            if not self._store.await_result():
                return False
            self._take_chunk()
        return True

    def settle(self) -> bool:
        """Frees the connection: takes the rest into memory, or breaks the query off when that is
        too much.

        False when it was broken off: the query's statement has to be undone in the store.
        """
        self.read_ahead(SPOOL_ROWS)
        if not self.streaming:
            return True
        self._store.cancel()
        self._drop_rest()
        self._is_broken = True
        return False

    def discard(self) -> None:
        """Gives up all rows, those to come as well."""
        self._chunks.clear()
        self._at, self._left = 0, 0
        if self.streaming:
            self._store.cancel()
            self._drop_rest()

    def _drop_rest(self) -> None:
        try:
            while self.streaming and self._store.next_chunk() is not None:
                pass
        except StoreError as error:
            if error.state != "57014":
                raise
        self.streaming = False

    def take(self, count: int) -> tuple[ColumnarRows, bool]:
        """The next rows and whether they were the last."""
        self.read_ahead(count + 1)
        if self._is_broken and self._left < count:
            raise OracleError(
                1555,
                "snapshot too old (a large result left unread does not outlive other statements)",
            )
        try:
            rows = self._encoded(min(count, self._left))
        except OracleError as error:
            # a value that Oracle's types cannot hold ends the query as an error of the store would
            if not self.streaming:
                raise
            self._store.cancel()
            self._drop_rest()
            raise StoreError(OWN_STATE, f"{error.code}:{error.text.partition(': ')[2]}") from None
        return rows, not self.streaming and not self._left

    def _encoded(self, count: int) -> ColumnarRows:
        parts = list(self._slices(count))
        if self._packed:
            raws = [raw for chunk, rows in parts for raw in map(chunk.get_value, rows, repeat(0))]
            # record_send of a row is never NULL
            return PackedRows(cast("list[bytes]", raws), self._converters)
        columns = []
        for place, convert in enumerate(self._converters):
            values = [
                value
                for chunk, rows in parts
                for value in map(chunk.get_value, rows, repeat(place))
            ]
            columns.append(_converted(values, convert))
        return ColumnarRows(columns, count)

    def _slices(self, missing: int) -> Iterator[tuple[pq.abc.PGresult, range]]:
        """The next rows, by chunk; they count as taken."""
        self._left -= missing
        while missing:
            chunk = self._chunks[0]
            rows = range(self._at, min(chunk.ntuples, self._at + missing))
            yield chunk, rows
            missing -= len(rows)
            self._at = rows.stop
            if self._at == chunk.ntuples:
                self._chunks.popleft()
                self._at = 0
