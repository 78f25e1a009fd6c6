"""Assemblers for streams made by hand, without a database."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from lab.dms.capture.pglogical import PglogicalAssembler
from lab.dms.capture.pgoutput import PgoutputAssembler
from lab.dms.capture.selection import Selection
from lab.dms.capture.spill import Collector
from lab.dms.capture.test_decoding import TestDecodingAssembler
from lab.dms.capture.type_catalogue import TypeCatalogue
from lab.dms.ground.catalogue import SourceColumn, SourceTable
from lab.dms.mapping.document import parse_table_mappings

EVERYTHING = {
    "rules": [
        {
            "rule-type": "selection",
            "rule-id": "1",
            "rule-name": "1",
            "object-locator": {"schema-name": "%", "table-name": "%"},
            "rule-action": "include",
        }
    ]
}
TABLE = SourceTable("s", "t", (SourceColumn("id", "int4"), SourceColumn("a", "text")), ("id",))
#: a few rows of pg_type as ``type_catalogue.TYPES`` gives them
TYPES: tuple[tuple[object, ...], ...] = (
    (16, "boolean", "bool", "b", 0, 0, ",", False, None, None),
    (23, "integer", "int4", "b", 0, 0, ",", False, None, None),
    (25, "text", "text", "b", 0, 0, ",", False, None, None),
    (1700, "numeric", "numeric", "b", 0, 0, ",", False, None, None),
    (1184, "timestamp with time zone", "timestamptz", "b", 0, 0, ",", False, None, None),
    (1007, "integer[]", "_int4", "b", 0, 23, ",", False, None, None),
    (3802, "jsonb", "jsonb", "b", 0, 0, ",", False, None, None),
    (90001, "s.amount", "amount", "d", 1700, 0, ",", False, None, None),
    (90002, '"S".pair', "pair", "c", 0, 0, ",", False, ("x", "y"), (23, 25)),
)


def selection(*tables: SourceTable, **options: Any) -> Selection:
    """Everything is selected; the catalogue holds these tables, or ``TABLE``."""
    return Selection(parse_table_mappings(EVERYTHING), lambda: tables or (TABLE,), **options)


def types() -> TypeCatalogue:
    return TypeCatalogue(lambda: TYPES)


def collector(directory: Path | None = None, limit: int = 1 << 20) -> Collector:
    return Collector(directory or Path(tempfile.gettempdir()), limit)


def pglogical(chosen: Selection | None = None) -> PglogicalAssembler:
    return PglogicalAssembler(chosen or selection(), collector())


def text_decoding(chosen: Selection | None = None) -> TestDecodingAssembler:
    return TestDecodingAssembler(chosen or selection(), collector(), types())


def binary(chosen: Selection | None = None) -> PgoutputAssembler:
    return PgoutputAssembler(chosen or selection(), collector(), types())
