"""Rows of any target table in the statements of somebody who knows its catalogue: the newest one,
and one that differs from it in its key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from lab.dms.databases.target import Target, TargetError
from lab.quoting import qualified, quoted

_CONSTRAINTS = (
    "SELECT c.CONSTRAINT_TYPE, c.CONSTRAINT_NAME, k.COLUMN_NAME "
    "FROM ALL_CONSTRAINTS c JOIN ALL_CONS_COLUMNS k "
    "ON k.OWNER = c.OWNER AND k.CONSTRAINT_NAME = c.CONSTRAINT_NAME "
    "WHERE c.OWNER = :1 AND c.TABLE_NAME = :2 AND c.CONSTRAINT_TYPE IN ('P', 'U', 'R') "
    "ORDER BY c.CONSTRAINT_TYPE, c.CONSTRAINT_NAME, k.POSITION"
)
_CHILDREN = (
    "SELECT c.OWNER, c.TABLE_NAME, c.CONSTRAINT_NAME, k.COLUMN_NAME, p.COLUMN_NAME "
    "FROM ALL_CONSTRAINTS c "
    "JOIN ALL_CONSTRAINTS r ON r.OWNER = c.R_OWNER AND r.CONSTRAINT_NAME = c.R_CONSTRAINT_NAME "
    "JOIN ALL_CONS_COLUMNS k ON k.OWNER = c.OWNER AND k.CONSTRAINT_NAME = c.CONSTRAINT_NAME "
    "JOIN ALL_CONS_COLUMNS p ON p.OWNER = r.OWNER AND p.CONSTRAINT_NAME = r.CONSTRAINT_NAME "
    "AND p.POSITION = k.POSITION "
    "WHERE r.OWNER = :1 AND r.TABLE_NAME = :2 AND c.CONSTRAINT_TYPE = 'R' "
    "ORDER BY c.OWNER, c.CONSTRAINT_NAME, k.POSITION"
)
NUMBERS = ("NUMBER", "FLOAT", "BINARY_FLOAT", "BINARY_DOUBLE")
TEXTS = ("VARCHAR2", "CHAR", "NVARCHAR2", "NCHAR")


@dataclass(frozen=True)
class TargetRows:
    """A table of the target. Names are as the catalogue has them."""

    owner: str
    table: str
    kinds: dict[str, str]
    key: tuple[str, ...]
    #: the columns of each UNIQUE constraint, the key's not among them
    unique: tuple[tuple[str, ...], ...]
    references: frozenset[str]
    #: (schema and table quoted, ((their column, ours), ...)) of each foreign key to this table
    children: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]

    @classmethod
    def of(cls, session: Target, owner: str, table: str) -> TargetRows:
        """Raises TargetError for a table that is not there."""
        described = session.describe(owner, table)
        if described is None:
            raise TargetError(942, f"ORA-00942: table or view {owner}.{table} does not exist")
        unique: dict[str, list[str]] = {}
        references = set()
        for kind, name, column in session.query(_CONSTRAINTS, (owner, table)):
            if kind == "R":
                references.add(column)
            elif kind == "U":
                unique.setdefault(name, []).append(column)
        children: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for there, name, constraint, theirs, ours in session.query(_CHILDREN, (owner, table)):
            children.setdefault((qualified(there, name), constraint), []).append((theirs, ours))
        return cls(
            owner,
            table,
            {column.name: column.data_type for column in described.columns},
            described.key,
            tuple(map(tuple, unique.values())),
            frozenset(references),
            tuple((name, tuple(pairs)) for (name, _), pairs in children.items()),
        )

    @property
    def full(self) -> str:
        """The table as it stands in a statement."""
        return qualified(self.owner, self.table)

    def numbered(self) -> str:
        """A column of the key that can have another value. Raises TargetError when there is
        none.
        """
        found = self._varied(self.key)
        if found is None:
            why = "has no primary key" if not self.key else "has no key column of its own to vary"
            raise TargetError(None, f"table {self.owner}.{self.table} {why}")
        return found

    def varied(self) -> dict[str, str]:
        """Other values, as expressions, for what makes a row a row of its own: key and UNIQUE."""
        columns = {self.numbered()} if self.key else set()
        columns |= {name for one in self.unique if (name := self._varied(one)) is not None}
        return {name: self.other(name) for name in sorted(columns)}

    def other(self, column: str, row: str = "") -> str:
        """An expression that differs from the column's value, less than it where there is a less;
        ``row`` is the name that the row has in the statement.
        """
        name = f"{row}.{quoted(column)}" if row else quoted(column)
        kind = _plain(self.kinds[column])
        if kind in NUMBERS:
            return f"-{name}"
        if kind in TEXTS:
            return _start_changed(name)
        if kind == "RAW":
            return f"HEXTORAW({_start_changed(f'RAWTOHEX({name})')})"
        return f"{name} - INTERVAL '36525' DAY(5)"

    def newest(self, *among: str, childless: bool = False) -> str:
        """A condition that only the row with the greatest key fulfils, of those ``among`` whose
        conditions hold; ``childless``: of those that no other row refers to.
        """
        order = ", ".join(f"{quoted(name)} DESC" for name in self.key) or "ROWID DESC"
        conditions = [*among, *([self._childless] if childless and self.children else [])]
        some = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        return (
            f"ROWID = (SELECT R FROM (SELECT T.ROWID AS R FROM {self.full} T{some} "
            f"ORDER BY {order}) WHERE ROWNUM = 1)"
        )

    def is_first(self, column: str) -> str:
        """A condition for a row whose key has not been varied yet."""
        name, kind = quoted(column), _plain(self.kinds[column])
        if kind in NUMBERS:
            return f"{name} > 0"
        if kind in TEXTS or kind == "RAW":
            return f"{name} <> {self.other(column)}"
        return "1=1"

    @property
    def _childless(self) -> str:
        return " AND ".join(
            f"NOT EXISTS (SELECT 1 FROM {name} C WHERE "
            + " AND ".join(f"C.{quoted(theirs)} = T.{quoted(ours)}" for theirs, ours in pairs)
            + ")"
            for name, pairs in self.children
        )

    def _varied(self, columns: Iterable[str]) -> str | None:
        """The last column that refers to nothing and whose type has other values."""
        able = [
            name
            for name in columns
            if name not in self.references
            and (
                _plain(self.kinds[name]) in (*NUMBERS, *TEXTS, "RAW", "DATE")
                or self.kinds[name].startswith("TIMESTAMP")
            )
        ]
        return able[-1] if able else None


def _start_changed(text: str) -> str:
    """A text that begins otherwise, which leaves a UUID one: keys that are handed out one after the
    other differ in their ends.
    """
    return f"'f' || SUBSTR({text}, 2)"


def _plain(kind: str) -> str:
    return re.sub(r"\(.*", "", kind)
