"""DMS types as the Oracle types DMS makes columns of (AWS DMS user guide, "Target data types for
Oracle").
"""

from __future__ import annotations

from lab.dms.values.types import DmsType

_FIXED = {
    "real": "FLOAT",
    "date": "DATE",
    "time": "TIMESTAMP(0)",
    "blob": "BLOB",
    "clob": "CLOB",
    "nclob": "NCLOB",
    "bytes": "RAW(2000)",
}
#: the longest NVARCHAR2 and VARCHAR2 columns DMS makes, in characters and bytes
_NATIONAL, _PLAIN = 2000, 4000


def oracle_type(kind: DmsType) -> str:
    """The type of the column DMS would make for values of ``kind``."""
    if kind.kind in _FIXED:
        return _FIXED[kind.kind]
    if kind.kind in ("int", "numeric"):
        return _number(kind.precision, kind.scale)
    if kind.kind == "datetime":
        return f"TIMESTAMP({6 if kind.scale is None else kind.scale})"
    if kind.kind == "boolean":
        return "NUMBER(1)"
    length = kind.length or _PLAIN
    if kind.kind == "wstring":
        return f"NVARCHAR2({length})" if length <= _NATIONAL else "NCLOB"
    return f"VARCHAR2({length})" if length <= _PLAIN else "CLOB"


def _number(precision: int | None, scale: int | None) -> str:
    if precision is None:
        return "NUMBER"
    return f"NUMBER({precision},{scale})" if scale else f"NUMBER({precision})"
