"""The two catalogues of the flight specials, written out, and small helpers to make others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

from reconciliation.model import (
    AcceptedDifference,
    Catalogue,
    CatalogueColumn,
    CatalogueTable,
    ColumnPair,
    ColumnType,
    TableContract,
)

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = ROOT / "contracts"
ACCEPTED = CONTRACTS / "accepted.toml"
MAPPINGS = ROOT / "environments" / "mappings"
SOURCE, TARGET = "travelbuddy.flightspecial", "TRAVELBUDDY.FLIGHTSPECIAL"


def varchar(length: int | None) -> ColumnType:
    return ColumnType("varchar", length)


def varchar2(length: int) -> ColumnType:
    return ColumnType("VARCHAR2", length, byte_length=True)


NUMBER = ColumnType("NUMBER")


def table(
    full_name: str,
    columns: Mapping[str, ColumnType],
    *,
    key: tuple[str, ...],
    required: tuple[str, ...] = (),
) -> CatalogueTable:
    schema, _, name = full_name.partition(".")
    described = {
        column: CatalogueColumn(column, kind, nullable=column not in (*key, *required))
        for column, kind in columns.items()
    }
    return CatalogueTable(schema, name, described, key)


def catalogue(*tables: CatalogueTable) -> Catalogue:
    return {entry.full_name: entry for entry in tables}


def flight_source() -> CatalogueTable:
    columns = {
        "id": ColumnType("int8"),
        "header": varchar(255),
        "body": varchar(255),
        "origin": varchar(255),
        "origin_code": varchar(6),
        "destination": varchar(255),
        "destination_code": varchar(6),
        "cost": ColumnType("int4"),
        "expiry_date": ColumnType("timestamptz"),
    }
    return table(SOURCE, columns, key=("id",), required=("header",))


def flight_target() -> CatalogueTable:
    columns = {
        "ID": NUMBER,
        "HEADER": varchar2(255),
        "BODY": varchar2(255),
        "ORIGIN": varchar2(255),
        "ORIGINCODE": varchar2(6),
        "DESTINATION": varchar2(255),
        "DESTINATIONCODE": varchar2(6),
        "COST": NUMBER,
        "EXPIRYDATE": NUMBER,
    }
    return table(TARGET, columns, key=("ID",), required=("HEADER", "COST"))


def accepted(rule: str, *columns: str, of: str = "s.t") -> AcceptedDifference:
    return AcceptedDifference(of, columns, rule, "agreed", "the owner", dt.date(2099, 1, 1))


def pair_table(
    source_type: ColumnType,
    target_type: ColumnType,
    *,
    conversion: str | None = None,
    nullable: bool = True,
    minimum: object = None,
    maximum: object = None,
    accept: tuple[str, ...] = (),
) -> tuple[TableContract, CatalogueTable, CatalogueTable]:
    """A table of a key and one column ``v`` -> ``V``; ``nullable`` concerns the legacy column."""
    source = table("s.t", {"id": ColumnType("int8"), "v": source_type}, key=("id",))
    required = () if nullable else ("V",)
    target = table("S.T", {"ID": NUMBER, "V": target_type}, key=("ID",), required=required)
    pairs = (ColumnPair("id", "ID"), ColumnPair("v", "V", conversion, minimum, maximum))
    entries = tuple(accepted(rule, "v") for rule in accept)
    return TableContract("s.t", "S.T", ("id",), pairs, "v", entries), source, target
