"""DMS's names for the types of PostgreSQL's columns, as rules and expressions speak of them.

(AWS DMS user guide, PostgreSQL source, "Source data types".) What the types do to values is in
lab/dms/values/types.py.
"""

from __future__ import annotations

import unicodedata

from lab.dms.ground.catalogue import SourceColumn

LOBS = ("blob", "clob", "nclob")
_SPECIAL = "#\\/-"
_NAMES = {
    "int2": "int2",
    "int4": "int4",
    "int8": "int8",
    "oid": "int4",
    "float4": "real4",
    "float8": "real8",
    "numeric": "numeric",
    "money": "numeric",
    "varchar": "wstring",
    "bpchar": "wstring",
    "bool": "boolean",
    "date": "date",
    "time": "time",
    "timetz": "time",
    "timestamp": "datetime",
    "timestamptz": "datetime",
    "bytea": "blob",
    **dict.fromkeys(("text", "citext", "json", "jsonb", "hstore"), "nclob"),
    **dict.fromkeys(("xml", "tsvector", "tsquery", "path", "polygon"), "clob"),
}


def dms_type_name(column: SourceColumn) -> str:
    """The column's type in the names a rule's ``data-type`` uses."""
    if column.kind in ("e", "r"):
        return "string"
    if column.type_name.startswith("_") or column.kind in ("c", "m"):
        return "nclob"
    return _NAMES.get(column.type_name, "string")


def is_lob(column: SourceColumn) -> bool:
    return dms_type_name(column) in LOBS


def has_supported_name(column: SourceColumn) -> bool:
    """Whether transformations are supported for a column of that name.

    They are not with special characters or in scripts written from right to left (AWS DMS user
    guide, transformation rules, limitations).
    """
    return not any(
        character in _SPECIAL or unicodedata.bidirectional(character) in ("R", "AL")
        for character in column.name
    )
