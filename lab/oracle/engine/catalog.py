"""What the store knows of tables and columns, remembered until somebody changes the schema."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from lab.oracle.engine.access import Access
from lab.oracle.engine.lexer import quote
from lab.oracle.engine.store import Store
from lab.oracle.interface import Column, OraType

if TYPE_CHECKING:
    from lab.oracle.engine.temporary import Temporaries


@dataclass(frozen=True)
class ColumnFact:
    """One column with the facts Oracle keeps about it; sizes in bytes unless
    they say characters.
    """

    name: str
    attnum: int
    data_type: str
    data_length: int
    char_length: int
    char_used: str | None
    precision: int | None
    scale: int | None
    nullable: bool
    #: ALWAYS, BY DEFAULT or BY DEFAULT ON NULL for an identity column, and its sequence (quoted)
    identity: str | None = None
    sequence: str | None = None
    #: whether an expression makes its values
    is_virtual: bool = False

    def assign(self, value: str) -> str:
        """SQL that converts ``value`` as Oracle converts on assignment to this column."""
        base = _base(self.data_type)
        if base == "CHAR":
            pad, size = (
                ("pad_chars", self.char_length)
                if self.char_used == "C"
                else ("pad_bytes", self.data_length)
            )
            return f"ora.{pad}(ora.kept(ora.c_str({value})), {size})"
        if base == "TIMESTAMP" and (self.scale or 0) > MICROSECOND_DIGITS:
            base = "TIMESTAMP NS"
        pattern = _ASSIGN.get(base, "{}")
        shape = {"size": self.char_length, "precision": self.precision, "scale": self.scale}
        return pattern.format(value, **shape, digits=self._digits())

    def _digits(self) -> int:
        """The decimal digits that a FLOAT of so many binary ones keeps."""
        return ceil((self.precision or 126) * 0.30103)

    def described(self, name: str) -> Column:
        """The column as describe announces it under the name ``name``."""
        kind, size = _DESCRIBED[_base(self.data_type)]
        csfrm = 2 if self.data_type in NATIONAL else 1
        if kind in (OraType.VARCHAR2, OraType.CHAR):
            return Column(
                name, kind, self.data_length, self.char_length, csfrm=csfrm, nullable=self.nullable
            )
        if kind is OraType.RAW:
            return Column(name, kind, self.data_length, nullable=self.nullable)
        if kind is OraType.NUMBER:
            precision, scale = number_shape(self.precision, self.scale)
            return Column(
                name, kind, size, precision=precision, scale=scale, nullable=self.nullable
            )
        precision = (
            (self.precision or 0) if kind in (OraType.INTERVAL_DS, OraType.INTERVAL_YM) else 0
        )
        csfrm = csfrm if kind in (OraType.CLOB, OraType.LONG) else 0
        return Column(
            name,
            kind,
            size,
            precision=precision,
            scale=self.scale or 0,
            csfrm=csfrm,
            nullable=self.nullable,
        )


def number_shape(precision: int | None, scale: int | None) -> tuple[int, int]:
    """Precision and scale of a NUMBER as describe tells them: NUMBER alone is (0, -127)."""
    if precision is None:
        return (0, -127) if scale is None else (38, scale)
    return precision, -127 if scale is None else scale


#: base type -> how a value is converted on assignment
_ASSIGN = {
    "NUMBER": "ora.c_num({})",
    "FLOAT": "ora.significant(ora.c_num({}), {digits})",
    "VARCHAR2": "ora.kept(ora.c_str({}))",
    "NVARCHAR2": "ora.c_str({})::ora.ntext",
    "NCHAR": "ora.pad_units(ora.c_str({}), {size})",
    "DATE": "ora.c_date({})",
    "TIMESTAMP": "ora.fit_ts({}, {scale})",
    "TIMESTAMP NS": "ora.fit_tsn(ora.c_tsn({}), {scale})",
    "TIMESTAMP TZ": "ora.to_digits(ora.c_tstz({}), {scale})",
    "TIMESTAMP LTZ": "ora.to_digits(ora.c_ltz({}), {scale})",
    "RAW": "ora.c_raw({})",
    "CLOB": "ora.kept(ora.c_clob({})::text)::ora.clob",
    "NCLOB": "ora.c_clob({})::text::ora.nclob",
    "BLOB": "ora.c_blob({})",
    "LONG": "ora.kept(ora.c_str({}))::ora.long",
    "LONG RAW": "ora.c_raw({})::ora.longraw",
    "BINARY_DOUBLE": "ora.c_dbl({})",
    "BINARY_FLOAT": "ora.c_flt(ora.c_dbl({}))",
    "INTERVAL DAY": "ora.fit_ids(ora.c_ids({}), {precision}, {scale})",
    "INTERVAL YEAR": "ora.fit_iym(ora.c_iym({}), {precision})",
    "ROWID": "ora.c_rowid({})",
}

#: what the store's own timestamp keeps
MICROSECOND_DIGITS = 6
NATIONAL = ("NVARCHAR2", "NCHAR", "NCLOB")
#: what a LONG is described with
LONG_SIZE = 2**31 - 1

_DESCRIBED = {
    "NUMBER": (OraType.NUMBER, 22),
    "FLOAT": (OraType.NUMBER, 22),
    "VARCHAR2": (OraType.VARCHAR2, 0),
    "NVARCHAR2": (OraType.VARCHAR2, 0),
    "CHAR": (OraType.CHAR, 0),
    "NCHAR": (OraType.CHAR, 0),
    "DATE": (OraType.DATE, 7),
    "TIMESTAMP": (OraType.TIMESTAMP, 11),
    "TIMESTAMP TZ": (OraType.TIMESTAMP_TZ, 13),
    "TIMESTAMP LTZ": (OraType.TIMESTAMP_LTZ, 11),
    "RAW": (OraType.RAW, 0),
    "CLOB": (OraType.CLOB, 4000),
    "NCLOB": (OraType.CLOB, 4000),
    "BLOB": (OraType.BLOB, 4000),
    "LONG": (OraType.LONG, LONG_SIZE),
    "LONG RAW": (OraType.LONG_RAW, LONG_SIZE),
    "BINARY_DOUBLE": (OraType.BINARY_DOUBLE, 8),
    "BINARY_FLOAT": (OraType.BINARY_FLOAT, 4),
    "INTERVAL DAY": (OraType.INTERVAL_DS, 11),
    "INTERVAL YEAR": (OraType.INTERVAL_YM, 5),
    "ROWID": (OraType.ROWID, 10),
}


def _base(data_type: str) -> str:
    if data_type.endswith("LOCAL TIME ZONE"):
        return "TIMESTAMP LTZ"
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
    #: of a temporary table's rows: SESSION or TRANSACTION; and how often it was redefined
    lifetime: str = ""
    version: int = 0
    #: the number of the hidden column that holds the rows' ROWIDs; 0 where there is none
    rowid: int = 0

    @property
    def instance(self) -> str:
        """The store's temporary table that holds a session's rows of a temporary table."""
        return f"ora$temporary${self.oid}${self.version}"

    @property
    def stored(self) -> str:
        """What the rows are read from, quoted."""
        return (
            f"pg_temp.{quote(self.instance)}"
            if self.lifetime
            else f"{quote(self.schema)}.{quote(self.name)}"
        )


_RELATION = """
SELECT n.nspname, c.relname, c.oid, c.relkind, t.lifetime, t.version, h.attnum FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN ora.temporaries t ON t.relation = c.oid
    LEFT JOIN pg_attribute h ON h.attrelid = c.oid AND h.attname = 'ora"rowid'
WHERE c.relkind IN ('r', 'v') AND n.nspname = $1 AND c.relname = $2"""

_BY_OID = """
SELECT n.nspname, c.relname, c.oid, c.relkind, t.lifetime, t.version, h.attnum FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN ora.temporaries t ON t.relation = c.oid
    LEFT JOIN pg_attribute h ON h.attrelid = c.oid AND h.attname = 'ora"rowid'
WHERE c.relkind IN ('r', 'v') AND c.oid = $1::int8::oid"""

_SEQUENCE = """
SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'S' AND n.nspname = $1 AND c.relname = $2"""

_COLUMNS = """
SELECT a.attname, a.attnum, o.data_type, o.data_length, o.char_length, o.char_used,
  o.data_precision, o.data_scale,
       coalesce(o.nullable, NOT a.attnotnull), i.generation,
         quote_ident(n.nspname) || '.' || quote_ident(s.relname),
       a.attgenerated
FROM pg_attribute a JOIN ora.columns o ON o.relation = a.attrelid AND o.attnum = a.attnum
    LEFT JOIN ora.identities i ON i.relation = a.attrelid AND i.attnum = a.attnum
    LEFT JOIN pg_class s ON s.oid = i.sequence LEFT JOIN pg_namespace n ON n.oid = s.relnamespace
WHERE a.attrelid = $1::int8::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"""


class Catalog:
    """Relations by name and by oid; ``forget`` after a change of the schema."""

    def __init__(self, store: Store, user: str) -> None:
        self._store = store
        self.access = Access(store, user)
        #: whether changing rows by their columns' values takes SELECT too, as it does from 12.2 on
        self.sql92_security = True
        self._by_name: dict[tuple[str, str], Relation | None] = {}
        self._by_oid: dict[int, Relation | None] = {}
        self._sequences: dict[tuple[str, str], int | None] = {}
        self._synonyms: dict[tuple[str, str], tuple[str, str]] | None = None
        self._users: frozenset[str] | None = None
        #: where a session's rows of temporary tables are; set by the session
        self.temporaries: Temporaries | None = None

    def forget(self) -> None:
        """Everything is read anew."""
        self._by_name.clear()
        self._by_oid.clear()
        self._sequences.clear()
        self._users = None
        self._synonyms = None
        self.access.forget()

    @property
    def store_version(self) -> int:
        """PostgreSQL's version number, 150018 for 15.18."""
        return self._store.server_version

    @property
    def users(self) -> frozenset[str]:
        """The names of all Oracle users."""
        if self._users is None:
            self._users = frozenset(
                row[0] or "" for row in self._store.rows("SELECT name FROM ora.users")
            )
        return self._users

    @property
    def synonyms(self) -> dict[tuple[str, str], tuple[str, str]]:
        """Owner (PUBLIC for a public one) and name of every synonym -> schema and name of what it
        stands for.
        """
        if self._synonyms is None:
            rows = self._store.rows("SELECT owner, name, table_owner, table_name FROM ora.synonyms")
            self._synonyms = {
                (row[0] or "", row[1] or ""): (row[2] or "", row[3] or "") for row in rows
            }
        return self._synonyms

    def find(self, schema: str | None, name: str, current: str) -> Relation | None:
        """A relation by its Oracle name or a synonym; without a schema the current one, then what
        is public.
        """
        if schema is not None:
            if schema != "SYS" and schema not in self.users:
                return None
            return self._named(schema, name) or self._behind(schema, name)
        found = self._named(current, name) or self._behind(current, name)
        return found or self._named("SYS", name) or self._behind("PUBLIC", name)

    def dangles(self, schema: str | None, name: str, current: str) -> bool:
        """Whether the name is a synonym; asked when nothing was found behind it."""
        places = [(schema, name)] if schema is not None else [(current, name), ("PUBLIC", name)]
        return any(place in self.synonyms for place in places)

    def _behind(self, owner: str, name: str) -> Relation | None:
        """What a synonym stands for; a synonym may stand for another one."""
        seen: set[tuple[str, str]] = set()
        place = (owner, name)
        while place in self.synonyms and place not in seen:
            seen.add(place)
            place = self.synonyms[place]
            found = self._named(*place)
            if found is not None:
                return found
        return None

    def find_sequence(
        self, schema: str | None, name: str, current: str
    ) -> tuple[str, str, int] | None:
        """Schema, name and oid in the store of a sequence, synonyms followed."""
        places = [(schema, name)] if schema is not None else [(current, name), ("PUBLIC", name)]
        for place in places:
            for _ in range(len(self.synonyms) + 1):
                oid = self._sequence_oid(*place)
                if oid is not None:
                    return (*place, oid)
                if place not in self.synonyms:
                    break
                place = self.synonyms[place]
        return None

    def _named(self, schema: str, name: str) -> Relation | None:
        key = (schema, name)
        if key not in self._by_name:
            rows = self._store.rows(_RELATION, key)
            self._by_name[key] = self._loaded(rows[0]) if rows else None
        return self._by_name[key]

    def has_sequence(self, schema: str, name: str) -> bool:
        """Whether a sequence of this name exists."""
        return self._sequence_oid(schema, name) is not None

    def _sequence_oid(self, schema: str, name: str) -> int | None:
        key = (schema, name)
        if key not in self._sequences:
            rows = self._store.rows(_SEQUENCE, key)
            self._sequences[key] = int(rows[0][0] or 0) if rows else None
        return self._sequences[key]

    def by_oid(self, oid: int) -> Relation | None:
        """A relation by the oid that a result names."""
        if oid not in self._by_oid:
            rows = self._store.rows(_BY_OID, [str(oid)])
            self._by_oid[oid] = self._loaded(rows[0]) if rows else None
        return self._by_oid[oid]

    def _loaded(self, row: tuple[str | None, ...]) -> Relation:
        schema, name, oid, kind, lifetime, version, rowid = (value or "" for value in row)
        columns = {}
        for fact in self._store.rows(_COLUMNS, [oid]):
            column = _column(fact)
            columns[column.name] = column
        return Relation(
            schema,
            name,
            int(oid),
            kind == "v",
            columns,
            lifetime,
            int(version or 0),
            int(rowid or 0),
        )

    def know(self, relation: Relation) -> None:
        """Has ``by_oid`` find a relation that is not in the catalogue under this oid."""
        self._by_oid[relation.oid] = relation


def _column(row: tuple[str | None, ...]) -> ColumnFact:
    (
        name,
        attnum,
        data_type,
        length,
        chars,
        used,
        precision,
        scale,
        nullable,
        identity,
        sequence,
        generated,
    ) = row
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
        identity,
        sequence if identity else None,
        bool(generated),
    )
