"""What the store knows of tables and columns, remembered until somebody changes the schema."""

from __future__ import annotations

from dataclasses import dataclass

from lab.oracle.engine.store import Store
from lab.oracle.interface import Column, OraType


@dataclass(frozen=True)
class ColumnFact:
    """One column with the facts Oracle keeps about it; sizes in bytes unless they say characters."""

    name: str
    attnum: int
    data_type: str
    data_length: int
    char_length: int
    char_used: str | None
    precision: int | None
    scale: int | None
    nullable: bool

    def assign(self, value: str) -> str:
        """SQL that converts ``value`` as Oracle converts on assignment to this column."""
        convert = _ASSIGN.get(self.data_type.partition("(")[0])
        if self.data_type == "CHAR":
            pad, size = ("pad_chars", self.char_length) if self.char_used == "C" else ("pad_bytes", self.data_length)
            return f"ora.{pad}(ora.c_str({value}), {size})"
        if self.data_type.endswith("TIME ZONE"):
            return f"ora.c_tstz({value})"
        return f"ora.{convert}({value})" if convert else value

    def described(self, name: str) -> Column:
        """The column as describe announces it under the name ``name``."""
        kind, size = _DESCRIBED[_base(self.data_type)]
        if kind in (OraType.VARCHAR2, OraType.CHAR):
            return Column(name, kind, self.data_length, self.char_length, csfrm=1, nullable=self.nullable)
        if kind is OraType.RAW:
            return Column(name, kind, self.data_length, nullable=self.nullable)
        if kind is OraType.NUMBER:
            precision, scale = number_shape(self.precision, self.scale)
            return Column(name, kind, size, precision=precision, scale=scale, nullable=self.nullable)
        csfrm = 1 if kind is OraType.CLOB else 0
        return Column(name, kind, size, scale=self.scale or 0, csfrm=csfrm, nullable=self.nullable)


def number_shape(precision: int | None, scale: int | None) -> tuple[int, int]:
    """Precision and scale of a NUMBER as describe tells them: NUMBER alone is (0, -127)."""
    if precision is None:
        return (0, -127) if scale is None else (38, scale)
    return precision, -127 if scale is None else scale


_ASSIGN = {
    "NUMBER": "c_num",
    "FLOAT": "c_num",
    "VARCHAR2": "c_str",
    "DATE": "c_date",
    "TIMESTAMP": "c_ts",
    "RAW": "c_raw",
    "CLOB": "c_clob",
    "BLOB": "c_blob",
    "BINARY_DOUBLE": "c_dbl",
    "BINARY_FLOAT": "c_dbl",
    "INTERVAL DAY": "c_ids",
}

_DESCRIBED = {
    "NUMBER": (OraType.NUMBER, 22),
    "FLOAT": (OraType.NUMBER, 22),
    "VARCHAR2": (OraType.VARCHAR2, 0),
    "CHAR": (OraType.CHAR, 0),
    "DATE": (OraType.DATE, 7),
    "TIMESTAMP": (OraType.TIMESTAMP, 11),
    "TIMESTAMP TZ": (OraType.TIMESTAMP_TZ, 13),
    "RAW": (OraType.RAW, 0),
    "CLOB": (OraType.CLOB, 4000),
    "BLOB": (OraType.BLOB, 4000),
    "BINARY_DOUBLE": (OraType.BINARY_DOUBLE, 8),
    "BINARY_FLOAT": (OraType.BINARY_FLOAT, 4),
    "INTERVAL DAY": (OraType.INTERVAL_DS, 11),
}


def _base(data_type: str) -> str:
    if data_type.endswith("TIME ZONE"):
        return "TIMESTAMP TZ"
    return data_type.partition("(")[0]


@dataclass(frozen=True)
class Relation:
    """A table or view: its names, its oid in the store, its columns by name in their order."""

    schema: str
    name: str
    oid: int
    is_view: bool
    columns: dict[str, ColumnFact]


_RELATION = """
SELECT n.nspname, c.relname, c.oid, c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v') AND n.nspname = $1 AND c.relname = $2"""

_BY_OID = """
SELECT n.nspname, c.relname, c.oid, c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v') AND c.oid = $1::int8::oid"""

_SEQUENCE = """
SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'S' AND n.nspname = $1 AND c.relname = $2"""

_COLUMNS = """
SELECT a.attname, a.attnum, o.data_type, o.data_length, o.char_length, o.char_used, o.data_precision, o.data_scale,
       NOT a.attnotnull
FROM pg_attribute a JOIN ora.columns o ON o.relation = a.attrelid AND o.attnum = a.attnum
WHERE a.attrelid = $1::int8::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"""


class Catalog:
    """Relations by name and by oid; ``forget`` after a change of the schema."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._by_name: dict[tuple[str, str], Relation | None] = {}
        self._by_oid: dict[int, Relation | None] = {}
        self._sequences: dict[tuple[str, str], bool] = {}
        self._users: frozenset[str] | None = None

    def forget(self) -> None:
        """Everything is read anew."""
        self._by_name.clear()
        self._by_oid.clear()
        self._sequences.clear()
        self._users = None

    @property
    def store_version(self) -> int:
        """PostgreSQL's version number, 150018 for 15.18."""
        return self._store.server_version

    @property
    def users(self) -> frozenset[str]:
        """The names of all Oracle users."""
        if self._users is None:
            self._users = frozenset(row[0] or "" for row in self._store.rows("SELECT name FROM ora.users"))
        return self._users

    def find(self, schema: str | None, name: str, current: str) -> Relation | None:
        """A relation by its Oracle name; without a schema the current one, then the dictionary."""
        if schema is not None:
            return self._named(schema, name) if schema == "SYS" or schema in self.users else None
        return self._named(current, name) or self._named("SYS", name)

    def _named(self, schema: str, name: str) -> Relation | None:
        key = (schema, name)
        if key not in self._by_name:
            rows = self._store.rows(_RELATION, key)
            self._by_name[key] = self._loaded(rows[0]) if rows else None
        return self._by_name[key]

    def has_sequence(self, schema: str, name: str) -> bool:
        """Whether a sequence of this name exists."""
        key = (schema, name)
        if key not in self._sequences:
            self._sequences[key] = bool(self._store.rows(_SEQUENCE, key))
        return self._sequences[key]

    def by_oid(self, oid: int) -> Relation | None:
        """A relation by the oid that a result names."""
        if oid not in self._by_oid:
            rows = self._store.rows(_BY_OID, [str(oid)])
            self._by_oid[oid] = self._loaded(rows[0]) if rows else None
        return self._by_oid[oid]

    def _loaded(self, row: tuple[str | None, ...]) -> Relation:
        schema, name, oid, kind = (value or "" for value in row)
        columns = {}
        for fact in self._store.rows(_COLUMNS, [oid]):
            column = _column(fact)
            columns[column.name] = column
        return Relation(schema, name, int(oid), kind == "v", columns)


def _column(row: tuple[str | None, ...]) -> ColumnFact:
    name, attnum, data_type, length, chars, used, precision, scale, nullable = row
    return ColumnFact(
        name or "",
        int(attnum or 0),
        data_type or "",
        int(length or 0),
        int(chars or 0),
        used,
        None if precision is None else int(precision),
        None if scale is None else int(scale),
        nullable == "t",
    )
