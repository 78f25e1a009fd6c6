"""Rows of an application that rows of a run refer to: they are read, and nothing else."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import text

from reconciliation.canonical import ColumnRule
from reconciliation.canonical.types import is_moment, read_moment, source_reading, target_reading
from reconciliation.databases.keys import key_condition
from reconciliation.databases.quoting import text_quoted
from reconciliation.making.asking import spelled
from reconciliation.making.links import Link
from reconciliation.making.tables import Table
from reconciliation.model import Key, Row, Value
from reconciliation.parallel_run import ParallelRun

#: rows of a parent looked at for one that both databases hold
_LOOKED_AT = 200
#: and rows of Oracle's, each of which takes a statement
_ASKED_SINGLY = 20


@dataclass(frozen=True)
class Lender:
    """Parents for one link of a table, by the columns of the table."""

    run: ParallelRun
    table: Table
    link: Link

    def borrowed(self, count: int, given: Row, *, unused: bool, but: Collection[Key]) -> list[Row]:
        """Up to ``count`` parents, of those both databases hold where Oracle has the table, too.

        They agree with ``given``; ``unused``: no row of the table refers to them, and they are not
        among ``but``.
        """
        if self.link.parent is None:
            found = self._in_oracle(None)
        else:
            found = self._in_postgresql(given, unused)
            target = self._counterpart()
            if target is not None and found:
                held = self._held(found) or self._first_of_oracle(given, unused)
                # of a table without a foreign key in Oracle any row of PostgreSQL will do
                found = held if held or self.link.target_parent else found
        fit = [
            row
            for row in found
            if all(row[name] == value for name, value in given.items() if name in row)
            and not (unused and self.key(row) in but)
        ]
        return fit[:count]

    def key(self, row: Row) -> Key:
        return tuple(row[name] for name in self.link.columns)

    def _in_postgresql(self, given: Row, unused: bool) -> list[Row]:
        link = self.link
        reading = ", ".join(
            source_reading(self.table.columns[name].type, f"p.{text_quoted(there)}")
            for name, there in zip(link.columns, link.referenced, strict=True)
        )
        names = [f"p.{text_quoted(name)}" for name in link.referenced]
        conditions = [f"{name} IS NOT NULL" for name in names]
        binds: dict[str, Value] = {}
        for place, (name, there) in enumerate(zip(link.columns, names, strict=True)):
            if given.get(name) is not None:
                cast = self.table.columns[name].cast
                conditions.append(f"{there} = CAST(:g{place} AS {cast})")
                binds[f"g{place}"] = spelled(given[name])
        if unused:
            same = " AND ".join(
                f"c.{text_quoted(name)} = {there}"
                for name, there in zip(link.columns, names, strict=True)
            )
            child = _full_name(self.table.name)
            conditions.append(f"NOT EXISTS (SELECT 1 FROM {child} c WHERE {same})")
        statement = (
            f"SELECT {reading} FROM {_full_name(link.parent or '')} p "
            f"WHERE {' AND '.join(conditions)} ORDER BY {', '.join(names)} LIMIT {_LOOKED_AT}"
        )
        with self.run.source.connect() as connection:
            answers = connection.execute(text(statement), binds).all()
        return [dict(zip(link.columns, map(_plain, answer), strict=True)) for answer in answers]

    def _counterpart(self) -> tuple[str, tuple[str, ...]] | None:
        """Oracle's table with the same rows, and its columns that are referred to."""
        link = self.link
        if link.target_parent:
            return link.target_parent, link.target_referenced
        for contract in self.run.contract.tables:
            there = {pair.source: pair.target for pair in contract.pairs}
            if contract.source == link.parent and all(name in there for name in link.referenced):
                if contract.target not in self.run.target_catalogue:
                    return None
                return contract.target, tuple(there[name] for name in link.referenced)
        return None

    def _held(self, rows: Sequence[Row]) -> list[Row]:
        keys = [self._canonical(row) for row in rows]
        if any(key is None for key in keys):
            return list(rows)
        found = {self._canonical(row) for row in self._in_oracle([key for key in keys if key])}
        return [row for row, key in zip(rows, keys, strict=True) if key in found]

    def _first_of_oracle(self, given: Row, unused: bool) -> list[Row]:
        """Where none of PostgreSQL's first rows is in Oracle: those of Oracle's first ones that are
        in PostgreSQL.
        """
        there = self._in_oracle(None)[:_ASKED_SINGLY]
        return [row for row in there if self._in_postgresql({**row, **given}, unused)]

    def _canonical(self, row: Row) -> Key | None:
        """As Oracle's columns hold it; None where the link's columns are not contracted."""
        rules = self._rules()
        if rules is None:
            return None
        return tuple(rule.canonical_source(row[rule.pair.source]) for rule in rules)

    def _rules(self) -> list[ColumnRule] | None:
        rules = [self.table.rules.get(name) for name in self.link.columns]
        known = [rule for rule in rules if rule is not None]
        return known if len(known) == len(rules) else None

    def _in_oracle(self, keys: Sequence[Key] | None) -> list[Row]:
        """The rows of Oracle's table with these keys, or its first ones, as PostgreSQL's values."""
        rules, counterpart = self._rules(), self._counterpart()
        if rules is None or counterpart is None:
            return []
        table, columns = counterpart
        kinds = [rule.target.type for rule in rules]
        reading = ", ".join(
            target_reading(kind, text_quoted(name))
            for kind, name in zip(kinds, columns, strict=True)
        )
        condition, binds = f"ROWNUM <= {_LOOKED_AT}", dict[str, Value]()
        if keys is not None:
            quoted = [(text_quoted(name), kind) for name, kind in zip(columns, kinds, strict=True)]
            condition, binds = key_condition(quoted, keys, is_target=True)
        statement = f"SELECT {reading} FROM {_full_name(table)} WHERE {condition}"
        with self.run.target.connect() as connection:
            answers = connection.execute(text(statement), binds).all()
        return [
            {
                rule.pair.source: _of_source(rule, value)
                for rule, value in zip(rules, answer, strict=True)
            }
            for answer in answers
            if None not in tuple(answer)
        ]


def _full_name(table: str) -> str:
    schema, _, name = table.partition(".")
    return f"{text_quoted(schema)}.{text_quoted(name)}"


def _plain(value: Value) -> Value:
    return bytes(value) if isinstance(value, memoryview) else value


def _of_source(rule: ColumnRule, value: Value) -> Value:
    """Oracle's value as PostgreSQL's column takes it."""
    if isinstance(value, str) and is_moment(rule.target.type):
        value = read_moment(rule.target.type, value)
    found = rule.canonical_target(value)
    if rule.source.type.name == "uuid" and isinstance(found, bytes):
        return str(uuid.UUID(bytes=found))
    if rule.source.type.name == "date" and isinstance(found, dt.datetime):
        return found.date()
    if rule.source.type.name == "bool" and found is not None:
        return next((flag for flag in (True, False) if rule.canonical_source(flag) == found), None)
    return found
