"""The tables of a schema as PostgreSQL's catalogue has them, for somebody who writes to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

_COLUMNS = """SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), t.typname,
    i.character_maximum_length, i.numeric_precision, i.numeric_scale, a.attgenerated <> '',
    pg_get_serial_sequence(quote_ident(n.nspname) || '.' || quote_ident(c.relname), a.attname)
FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type t ON t.oid = a.atttypid
    JOIN information_schema.columns i ON i.table_schema = n.nspname AND i.table_name = c.relname
        AND i.column_name = a.attname
WHERE n.nspname = %s AND c.relkind IN ('r', 'p') AND NOT c.relispartition
ORDER BY c.oid, a.attnum"""

_NAMES = """ARRAY(SELECT a.attname::text FROM unnest({keys}) WITH ORDINALITY g(number, place)
    JOIN pg_attribute a ON a.attrelid = {relation} AND a.attnum = g.number ORDER BY g.place)"""

_CONSTRAINTS = f"""SELECT c.relname, k.contype::text,
    {_NAMES.format(keys="k.conkey", relation="k.conrelid")}, p.relname,
    {_NAMES.format(keys="k.confkey", relation="k.confrelid")}
FROM pg_constraint k
    JOIN pg_class c ON c.oid = k.conrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_class p ON p.oid = k.confrelid
WHERE n.nspname = %s AND NOT c.relispartition AND k.conparentid = 0
ORDER BY c.oid, k.oid"""


@dataclass(frozen=True)
class Column:
    """``type`` as it is declared, ``kind`` its name in the catalogue; ``length`` in characters;
    ``sequence`` where PostgreSQL numbers it; ``computed`` columns take no values.
    """

    name: str
    type: str
    kind: str
    length: int | None
    precision: int | None
    scale: int | None
    computed: bool
    sequence: str | None


@dataclass(frozen=True)
class Link:
    """A foreign key: columns of a table, and those of its parent."""

    columns: tuple[str, ...]
    parent: str
    referenced: tuple[str, ...]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return list(zip(self.columns, self.referenced, strict=True))


@dataclass(frozen=True)
class Table:
    """``key`` is empty where there is none; ``unique`` are the columns of UNIQUE constraints,
    ``checked`` those of CHECKs.
    """

    schema: str
    name: str
    columns: dict[str, Column]
    key: tuple[str, ...]
    unique: frozenset[str]
    checked: frozenset[str]
    links: tuple[Link, ...]

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def quoted(self) -> str:
        return f"{quoted(self.schema)}.{quoted(self.name)}"

    @property
    def written(self) -> list[Column]:
        """Columns that take values."""
        return [column for column in self.columns.values() if not column.computed]

    @property
    def linked(self) -> frozenset[str]:
        return frozenset(name for link in self.links for name in link.columns)

    @property
    def own(self) -> list[Column]:
        """Columns whose values no two rows may share, and that no parent and no sequence gives."""
        single = {*self.key, *self.unique} - self.linked
        return [one for one in self.written if one.name in single and one.sequence is None]

    @property
    def plain(self) -> list[Column]:
        """Columns that may be changed without any other row being concerned."""
        fixed = {*self.key, *self.unique} | self.linked
        return [one for one in self.written if one.name not in fixed and one.sequence is None]


def quoted(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))


def read_tables(connection: Any, schema: str) -> dict[str, Table]:
    """The tables of a schema by name, but for the parts of divided ones."""
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS, [schema])
        columns: dict[str, dict[str, Column]] = {}
        for table, *column in cursor.fetchall():
            columns.setdefault(table, {})[column[0]] = Column(*column)
        cursor.execute(_CONSTRAINTS, [schema])
        constraints = cursor.fetchall()
    return {
        name: _table(schema, name, there, [rest for table, *rest in constraints if table == name])
        for name, there in columns.items()
    }


def _table(schema: str, name: str, columns: dict[str, Column], constraints: Sequence[Any]) -> Table:
    def of(kind: str) -> Iterator[tuple[str, ...]]:
        return (tuple(names) for contype, names, _, _ in constraints if contype == kind)

    links = [
        Link(tuple(names), parent, tuple(referenced))
        for kind, names, parent, referenced in constraints
        if kind == "f"
    ]
    return Table(
        schema,
        name,
        columns,
        next(of("p"), ()),
        frozenset(one for names in of("u") for one in names),
        frozenset(one for names in of("c") for one in names),
        tuple(links),
    )
