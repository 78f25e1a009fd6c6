"""Which columns a key of the journal stands in, on both sides: noted with the keys, so that whoever
reads the journal needs neither database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciliation.databases.rows import Side
from reconciliation.documents import elements, members, text, whole
from reconciliation.model import ColumnType, Document
from reconciliation.parallel_run import ParallelRun
from reconciliation.session.places import place_of


@dataclass(frozen=True)
class KeySide:
    """A table of one database and its key's columns, with their types."""

    schema: str
    table: str
    key: tuple[tuple[str, ColumnType], ...]

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.table}"

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.key)


@dataclass(frozen=True)
class KeyPlace:
    """``there`` is None where nothing of the table reaches Oracle; ``sensitive`` are key columns of
    PostgreSQL whose values nobody may see.
    """

    here: KeySide
    there: KeySide | None = None
    sensitive: tuple[str, ...] = ()


def key_place(run: ParallelRun, name: str) -> KeyPlace | None:
    """Of a table by its source name; None where it cannot be looked at as its contract says."""
    place = place_of(run, name)
    if place is None:
        return None
    hidden = () if place.contract is None else place.contract.sensitive
    return KeyPlace(
        _side(place.here),
        None if place.there is None else _side(place.there),
        tuple(column for column in place.here.key if column in hidden),
    )


def _side(side: Side) -> KeySide:
    columns = side.table.columns
    key = tuple((column, columns[column].type) for column in side.key)
    return KeySide(side.table.schema, side.table.name, key)


# ------------------------------------------------------------------ as JSON


def written(place: KeyPlace) -> Document:
    return {
        "here": _written_side(place.here),
        "there": None if place.there is None else _written_side(place.there),
        "sensitive": list(place.sensitive),
    }


def _written_side(side: KeySide) -> Document:
    key = [{"column": name, "type": kind.name, "length": kind.length} for name, kind in side.key]
    return {"schema": side.schema, "table": side.table, "key": key}


def read(document: Document) -> KeyPlace:
    """The place again; ValueError or KeyError for what ``written`` does not write."""
    found = members(document, "a place")
    here, there = found["here"], found["there"]
    hidden = elements(found["sensitive"], "sensitive")
    return KeyPlace(
        _read_side(members(here, "here")),
        None if there is None else _read_side(members(there, "there")),
        tuple(text(name, "sensitive") for name in hidden),
    )


def _read_side(found: Mapping[str, Document]) -> KeySide:
    key = (members(one, "a key column") for one in elements(found["key"], "key"))
    return KeySide(
        text(found["schema"], "schema"),
        text(found["table"], "table"),
        tuple((text(one["column"], "column"), _type(one)) for one in key),
    )


def _type(found: Mapping[str, Document]) -> ColumnType:
    """As far as literals need it."""
    length = found["length"]
    return ColumnType(
        text(found["type"], "type"), None if length is None else whole(length, "length")
    )
