"""Changes to every table of a schema, as applications make them, right beside the rows of a run.

Inserts, updates of own rows and of those that were there, deletes, rows inserted again under a key
that was deleted. Values are those of rows that were there, or of their kind, so that every CHECK
holds; a parent is deleted only once no own row refers to it. Tables without a key take inserts
only, for nothing else of them is replicated.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.traffic_keys import Reserved, beside
from benchmarks.traffic_tables import Column, Link, Table, quoted, read_tables

#: so many rows of its own it has in a table at the most
OWN_ROWS = 40
#: rows that are there are read up to this number, as examples and to be updated
_EXAMPLES = 200
_SEED = 20260301
_KINDS = {"update": 45, "insert": 30, "delete": 25}
_WORDS = ("서울", "São Paulo", "Zürich", "paid", "café", "🧾", "'", "\\", "net 30")

#: values as PostgreSQL writes them
Row = Mapping[str, str | None]


class Traffic:
    """One change after the other. ``written`` counts rows changed for good, by table."""

    def __init__(self, schema: str, reserved: Reserved) -> None:
        self.random = random.Random(_SEED)
        self.written: Counter[str] = Counter()
        self._schema, self._reserved = schema, reserved
        self._tables: list[Table] = []
        self._examples: dict[str, list[Row]] = {}
        #: own rows by table and number; what PostgreSQL has numbered keeps its number
        self._own: dict[str, dict[int, Row]] = {}
        self._numbered: dict[tuple[str, str, int], str] = {}
        self._before: dict[str, dict[int, Row]] = {}
        self._open: Counter[str] = Counter()

    def begin(self, connection: Any) -> None:
        """Look at the tables and at rows they hold; tables without any are left alone."""
        with connection.cursor() as cursor:
            for table in read_tables(connection, self._schema).values():
                examples = _examples(cursor, table)
                if examples:
                    self._tables.append(table)
                    self._examples[table.name] = examples
                    self._own[table.name] = {}
        self.keep()

    def resume(self, connection: Any) -> None:
        """Keep of its own rows those that stand, as they do."""
        with connection.cursor() as cursor:
            for table in self._tables:
                before, now = self._before[table.name], self._own[table.name]
                standing = [
                    (number, row)
                    for number, row in [*before.items(), *now.items()]
                    if _stands(cursor, table, row)
                ]
                self._own[table.name] = dict(standing)
        self._open.clear()
        self.keep()

    def one(self, cursor: Any) -> int:
        table = self.random.choice(self._tables)
        kind = self.random.choices(list(_KINDS), weights=list(_KINDS.values()))[0]
        if not table.key or (kind == "update" and not table.plain):
            kind = "insert"
        if kind == "update":
            done = self._update(cursor, table)
        elif kind == "insert" and len(self._own[table.name]) < OWN_ROWS:
            done = self._insert(cursor, table)
        else:
            done = self._delete(cursor, table)
        self._open[table.full_name] += done
        return done

    def keep(self) -> None:
        self.written += self._open
        self._open.clear()
        self._before = {name: dict(rows) for name, rows in self._own.items()}

    def forget(self) -> None:
        self._open.clear()
        self._own = {name: dict(rows) for name, rows in self._before.items()}

    # ------------------------------------------------------------------ the changes

    def _update(self, cursor: Any, table: Table) -> int:
        own = list(self._own[table.name].values())
        rows = own if own and self.random.random() < 0.6 else self._examples[table.name]
        chosen = self.random.sample(table.plain, self.random.randint(1, len(table.plain)))
        values = self._values(table, [column.name for column in chosen])
        return _change(cursor, table, self.random.choice(rows), values)

    def _insert(self, cursor: Any, table: Table) -> int:
        taken = self._own[table.name]
        number = self.random.choice([one for one in range(OWN_ROWS) if one not in taken])
        row = dict(self.random.choice(self._examples[table.name]))
        row.update(self._values(table, [column.name for column in table.plain]))
        for link in table.links:
            parent = self._parent(table, link)
            if parent is None:
                return 0
            row.update(parent)
        for column in table.own:
            value = beside(table, column, self._reserved, number)
            if value is None:
                return 0
            row[column.name] = value
        for column in table.written:
            if column.sequence is not None:
                row[column.name] = self._next(cursor, table, column, number)
        if table.key:
            taken[number] = row
        return _add(cursor, table, row)

    def _delete(self, cursor: Any, table: Table) -> int:
        own = self._own[table.name]
        free = [number for number, row in own.items() if not self._is_referred_to(table, row)]
        if not free:
            return 0
        row = own.pop(self.random.choice(free))
        condition, binds = _where(table, row)
        cursor.execute(f"DELETE FROM {table.quoted} WHERE {condition}", binds)
        return cursor.rowcount

    # ------------------------------------------------------------------ values and parents

    def _values(self, table: Table, names: Sequence[str]) -> dict[str, str | None]:
        """New ones of these columns; columns of CHECKs take theirs from one row together."""
        checked = [one.name for one in table.plain if one.name in table.checked]
        if not table.checked.isdisjoint(names):
            names = [*names, *checked]
        example = self.random.choice(self._examples[table.name])
        return {
            name: example[name]
            if name in table.checked
            else self._value(
                table.columns[name], self.random.choice(self._examples[table.name])[name]
            )
            for name in names
        }

    def _value(self, column: Column, example: str | None) -> str | None:
        if example is None or self.random.random() < 0.3:
            return example
        if column.kind in ("text", "varchar"):
            words = " ".join(self.random.choices(_WORDS, k=4))
            return _cut(f"{self.random.randrange(10_000)} {words}", example)
        if column.kind in ("int2", "int4", "int8"):
            return str(self.random.randrange(100))
        if column.kind == "numeric" and (column.precision or 38) - (column.scale or 0) > 1:
            digits = min(column.scale if column.precision else 4, 4) or 0
            return f"{self.random.randrange(100)}.{self.random.randrange(10**digits):0{digits}}"
        return example

    def _parent(self, table: Table, link: Link) -> dict[str, str | None] | None:
        """Values that lead to a row of the parent, as often as not to an own one; None where there
        is none to be had.
        """
        own = list(self._own.get(link.parent, {}).values())
        rows = [*self._examples[link.parent], *own * 3]
        if set(table.key) <= {*link.columns}:  # one each
            here = [*self._examples[table.name], *self._own[table.name].values()]
            used = {tuple(row[name] for name in link.columns) for row in here}
            rows = [one for one in rows if tuple(one[n] for n in link.referenced) not in used]
        if not rows:
            return None
        row = self.random.choice(rows)
        return {name: row[there] for name, there in link.pairs}

    def _is_referred_to(self, parent: Table, row: Row) -> bool:
        return any(
            all(child[name] == row[there] for name, there in link.pairs)
            for table in self._tables
            for link in table.links
            if link.parent == parent.name
            for child in self._own[table.name].values()
        )

    def _next(self, cursor: Any, table: Table, column: Column, number: int) -> str:
        """What PostgreSQL has numbered for this row, when it was first inserted."""
        place = (table.name, column.name, number)
        if place not in self._numbered:
            cursor.execute("SELECT nextval(%s)::text", [column.sequence])
            self._numbered[place] = cursor.fetchone()[0]
        return self._numbered[place]


def _cut(text: str, example: str) -> str:
    """No longer than the example, in characters and in bytes."""
    return text[: len(example)].encode()[: len(example.encode())].decode(errors="ignore")


# ------------------------------------------------------------------ statements


def _examples(cursor: Any, table: Table) -> list[Row]:
    names = [column.name for column in table.written]
    columns = ", ".join(f"{quoted(name)}::text" for name in names)
    cursor.execute(f"SELECT {columns} FROM {table.quoted} LIMIT {_EXAMPLES}")
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _change(cursor: Any, table: Table, row: Row, values: Row) -> int:
    changes = ", ".join(f"{quoted(name)} = {_cast(table.columns[name])}" for name in values)
    condition, binds = _where(table, row)
    cursor.execute(
        f"UPDATE {table.quoted} SET {changes} WHERE {condition}", [*values.values(), *binds]
    )
    return cursor.rowcount


def _add(cursor: Any, table: Table, row: Row) -> int:
    names = ", ".join(quoted(name) for name in row)
    values = ", ".join(_cast(table.columns[name]) for name in row)
    cursor.execute(
        f"INSERT INTO {table.quoted} ({names}) OVERRIDING SYSTEM VALUE VALUES ({values})",
        list(row.values()),
    )
    return cursor.rowcount


def _stands(cursor: Any, table: Table, row: Row) -> bool:
    """Whether the row is there, and refers to the same parents."""
    names = sorted({*table.key, *table.linked})
    parts = [f"{quoted(one)} IS NOT DISTINCT FROM {_cast(table.columns[one])}" for one in names]
    statement = f"SELECT 1 FROM {table.quoted} WHERE {' AND '.join(parts)}"
    cursor.execute(statement, [row[name] for name in names])
    return cursor.fetchone() is not None


def _where(table: Table, row: Row) -> tuple[str, list[str | None]]:
    parts = [f"{quoted(name)} = {_cast(table.columns[name])}" for name in table.key]
    return " AND ".join(parts), [row[name] for name in table.key]


def _cast(column: Column) -> str:
    return f"%s::{column.type}"
