"""What only PostgreSQL can tell of rows nobody has written: which conditions refuse them, and which
of their keys are there already. Many rows a statement, and nothing is written.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from reconciliation.databases.quoting import for_text, text_quoted, text_quoted_table
from reconciliation.errors import Locked, TooSlow, Unreadable
from reconciliation.making.columns import Column
from reconciliation.model import CatalogueTable, Row, Value

#: rows asked about in one statement
ROWS_PER_STATEMENT = 500


@dataclass(frozen=True)
class Condition:
    """``expression`` reads the columns ``columns``, each under the names that ``spelled`` gives.

    ``strict``: what is neither true nor false is refused, too (WHERE); a CHECK lets it pass.
    ``what`` is its name for messages; ``asked`` is put in the place of the expression where that
    cannot be asked as it is. One of Oracle's is asked in PostgreSQL as far as that goes.
    """

    what: str
    expression: str
    columns: tuple[str, ...]
    strict: bool = False
    spelled: tuple[tuple[str, str], ...] = ()
    asked: str = ""

    @property
    def words(self) -> str:
        return f"{self.what} ({self.expression})"


@dataclass(frozen=True)
class Asking:
    """Asks with the reading user of PostgreSQL about rows of one table; ``columns`` are those a row
    may have.
    """

    engine: Engine
    columns: dict[str, Column]

    def refused(
        self, conditions: Sequence[Condition], rows: Sequence[Row]
    ) -> list[frozenset[Condition]]:
        """For each row the conditions that refuse it; all of them when it cannot be asked about."""
        found: list[frozenset[Condition]] = [frozenset() for _ in rows]
        here = [one for one in conditions if not one.spelled]
        for group in (here, [one for one in conditions if one.spelled]):
            for start in range(0, len(rows) if group else 0, ROWS_PER_STATEMENT):
                answers = self._refused(group, rows[start : start + ROWS_PER_STATEMENT])
                for place, answer in enumerate(answers, start):
                    found[place] |= answer
        return found

    def askable(self, conditions: Sequence[Condition]) -> tuple[Condition, ...]:
        """Those PostgreSQL understands when they are asked of a row of nothing but NULL."""
        return tuple(one for one in conditions if self._is_askable(one))

    def _is_askable(self, condition: Condition) -> bool:
        try:
            self._asked([condition], [dict.fromkeys(condition.columns)])
        except (Unreadable, DBAPIError) as error:
            if isinstance(error, (Locked, TooSlow)):
                raise
            return False
        return True

    def _refused(
        self, conditions: Sequence[Condition], rows: Sequence[Row]
    ) -> list[frozenset[Condition]]:
        if not rows:
            return []
        try:
            return self._asked(conditions, rows)
        except (Unreadable, DBAPIError) as error:
            if isinstance(error, (Locked, TooSlow)):
                raise
        if len(rows) > 1:
            half = len(rows) // 2
            return [
                *self._refused(conditions, rows[:half]),
                *self._refused(conditions, rows[half:]),
            ]
        if len(conditions) > 1:
            each = (self._refused([condition], rows)[0] for condition in conditions)
            return [frozenset().union(*each)]
        return [frozenset(conditions)]

    def _asked(
        self, conditions: Sequence[Condition], rows: Sequence[Row]
    ) -> list[frozenset[Condition]]:
        read = list(dict.fromkeys(name for one in conditions for name in one.columns))
        spelled = [pair for one in conditions for pair in one.spelled]
        asked = ", ".join(
            f"({for_text(one.asked or one.expression)}) IS {'TRUE' if one.strict else 'NOT FALSE'}"
            for one in conditions
        )
        number = _free("row number", {*read, *(alias for alias, _ in spelled)})
        candidates = self._candidates(read, rows, number, spelled)
        statement = f"SELECT {text_quoted(number)}, {asked} FROM {candidates}"
        with self.engine.connect() as connection:
            answers = {
                answer[0]: answer[1:]
                for answer in connection.execute(text(statement), {"rows": written(rows, read)})
            }
        return [
            frozenset(
                one for one, holds in zip(conditions, answers[place], strict=True) if not holds
            )
            for place in range(len(rows))
        ]

    def _candidates(
        self,
        names: Sequence[str],
        rows: Sequence[Row],
        number: str,
        spelled: Sequence[tuple[str, str]] = (),
    ) -> str:
        """The rows as a table of PostgreSQL's, each column of its own type, under its own name or
        the names of ``spelled``.
        """
        given = "".join(f', "c{place}" text' for place in range(len(names)))
        values = {
            name: f'CAST("c{place}" AS {for_text(self.columns[name].cast)})'
            if any(name in row for row in rows)
            else self._absent(name)
            for place, name in enumerate(names)
        }
        aliases = dict(spelled) or {name: name for name in names}
        chosen = "".join(
            f", {values[name]} AS {text_quoted(alias)}" for alias, name in aliases.items()
        )
        return (
            f'(SELECT "n" AS {text_quoted(number)}{chosen} FROM '
            f'json_to_recordset(CAST(:rows AS json)) AS given("n" int4{given})) AS candidate'
        )

    def _absent(self, name: str) -> str:
        """What PostgreSQL puts into a column no row has a value for; a sequence is not moved."""
        column = self.columns[name]
        default = column.source.default
        plain = default and not column.source.generated and not column.source.identity
        if default and plain and "nextval" not in default and not default.startswith("generated "):
            return f"CAST({for_text(default)} AS {for_text(column.cast)})"
        return f"CAST(NULL AS {for_text(column.cast)})"

    def present(
        self, table: CatalogueTable, names: Sequence[str], rows: Sequence[Row]
    ) -> frozenset[int]:
        """The places of the rows that the table holds already, by the values of these columns."""
        found: set[int] = set()
        number = _free("row number", set(names))
        same = " AND ".join(f"t.{text_quoted(n)} = candidate.{text_quoted(n)}" for n in names)
        for start in range(0, len(rows), ROWS_PER_STATEMENT):
            part = rows[start : start + ROWS_PER_STATEMENT]
            statement = (
                f"SELECT {text_quoted(number)} FROM {self._candidates(names, part, number)} "
                f"WHERE EXISTS (SELECT 1 FROM {text_quoted_table(table)} t WHERE {same})"
            )
            with self.engine.connect() as connection:
                answer = connection.execute(text(statement), {"rows": written(part, names)})
                found |= {start + place for place in answer.scalars()}
        return frozenset(found)


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += " "
    return name


def written(rows: Sequence[Row], names: Sequence[str]) -> str:
    """The rows as JSON, every value as the text PostgreSQL reads it from."""
    document = [
        {"n": place, **{f"c{at}": spelled(row.get(name)) for at, name in enumerate(names)}}
        for place, row in enumerate(rows)
    ]
    return json.dumps(document, ensure_ascii=False)


def spelled(value: Value) -> str | None:
    """A value as PostgreSQL reads it; None for NULL."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (bytes, bytearray, memoryview)):
        return "\\x" + bytes(value).hex()
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
