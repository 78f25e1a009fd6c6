"""What the store knows of tables and columns, remembered until somebody changes the schema."""

from __future__ import annotations

from typing import Protocol

from lab.oracle.engine.access import Access
from lab.oracle.engine.facts import ColumnFact, Relation
from lab.oracle.engine.store import Store

_RELATION = """
SELECT n.nspname, c.relname, c.oid, c.relkind, t.lifetime, t.version, h.attnum,
    EXISTS (SELECT 1 FROM ora.row_dependencies d WHERE d.relation = c.oid) FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN ora.temporaries t ON t.relation = c.oid
    LEFT JOIN pg_attribute h ON h.attrelid = c.oid AND h.attname = 'ora"rowid'
WHERE c.relkind IN ('r', 'v') AND n.nspname = $1 AND c.relname = $2"""

_BY_OID = """
SELECT n.nspname, c.relname, c.oid, c.relkind, t.lifetime, t.version, h.attnum,
    EXISTS (SELECT 1 FROM ora.row_dependencies d WHERE d.relation = c.oid) FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN ora.temporaries t ON t.relation = c.oid
    LEFT JOIN pg_attribute h ON h.attrelid = c.oid AND h.attname = 'ora"rowid'
WHERE c.relkind IN ('r', 'v') AND c.oid = $1::int8::oid"""

_SEQUENCE = """
SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'S' AND n.nspname = $1 AND c.relname = $2"""

_PACKAGES = """
SELECT c.relname, c.oid FROM pg_class c
WHERE c.relkind = 'c' AND c.relnamespace = '"SYS"'::regnamespace"""

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


class Instances(Protocol):
    """Where the rows of temporary tables are kept: with the session."""

    def open(self, relation: Relation) -> None:
        """Has the session's own instance of a temporary table exist."""


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
        self._packages: dict[str, int] | None = None
        #: where a session's rows of temporary tables are; set by the session
        self.temporaries: Instances | None = None

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

    def package(self, name: str) -> int | None:
        """The number by which EXECUTE on a package of SYS is granted; None for one that is
        everybody's.
        """
        if self._packages is None:
            self._packages = {row[0] or "": int(row[1] or 0) for row in self._store.rows(_PACKAGES)}
        return self._packages.get(name)

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
        schema, name, oid, kind, lifetime, version, rowid, by_row = (value or "" for value in row)
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
            by_row == "t",
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
