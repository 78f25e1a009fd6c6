"""Tables, views and columns with the facts Oracle keeps about them."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from lab.oracle.engine.lexer import quote
from lab.oracle.interface import Column, OraType


@dataclass(frozen=True)
class ColumnFact:
    """One column with the facts Oracle keeps about it; sizes in bytes unless
    they say characters.
    """

    name: str
    attnum: int
    data_type: str
    data_length: int
    char_length: int
    char_used: str | None
    precision: int | None
    scale: int | None
    nullable: bool
    #: ALWAYS, BY DEFAULT or BY DEFAULT ON NULL for an identity column, and its sequence (quoted)
    identity: str | None = None
    sequence: str | None = None
    #: whether an expression makes its values
    is_virtual: bool = False

    def assign(self, value: str) -> str:
        """SQL that converts ``value`` as Oracle converts on assignment to this column."""
        base = base_type(self.data_type)
        if base == "CHAR":
            pad, size = (
                ("pad_chars", self.char_length)
                if self.char_used == "C"
                else ("pad_bytes", self.data_length)
            )
            return f"ora.{pad}(ora.kept(ora.c_str({value})), {size})"
        if base == "TIMESTAMP" and (self.scale or 0) > MICROSECOND_DIGITS:
            base = "TIMESTAMP NS"
        pattern = _ASSIGN.get(base, "{}")
        shape = {"size": self.char_length, "precision": self.precision, "scale": self.scale}
        return pattern.format(value, **shape, digits=self._digits())

    def _digits(self) -> int:
        """The decimal digits that a FLOAT of so many binary ones keeps."""
        return ceil((self.precision or 126) * 0.30103)

    def described(self, name: str) -> Column:
        """The column as describe announces it under the name ``name``."""
        kind, size = _DESCRIBED[base_type(self.data_type)]
        csfrm = 2 if self.data_type in NATIONAL else 1
        if kind in (OraType.VARCHAR2, OraType.CHAR):
            return Column(
                name, kind, self.data_length, self.char_length, csfrm=csfrm, nullable=self.nullable
            )
        if kind is OraType.RAW:
            return Column(name, kind, self.data_length, nullable=self.nullable)
        if kind is OraType.NUMBER:
            precision, scale = number_shape(self.precision, self.scale)
            return Column(
                name, kind, size, precision=precision, scale=scale, nullable=self.nullable
            )
        precision = (
            (self.precision or 0) if kind in (OraType.INTERVAL_DS, OraType.INTERVAL_YM) else 0
        )
        csfrm = csfrm if kind in (OraType.CLOB, OraType.LONG) else 0
        return Column(
            name,
            kind,
            size,
            precision=precision,
            scale=self.scale or 0,
            csfrm=csfrm,
            nullable=self.nullable,
        )


def number_shape(precision: int | None, scale: int | None) -> tuple[int, int]:
    """Precision and scale of a NUMBER as describe tells them: NUMBER alone is (0, -127)."""
    if precision is None:
        return (0, -127) if scale is None else (38, scale)
    return precision, -127 if scale is None else scale


#: base type -> how a value is converted on assignment
_ASSIGN = {
    "NUMBER": "ora.c_num({})",
    "FLOAT": "ora.significant(ora.c_num({}), {digits})",
    "VARCHAR2": "ora.kept(ora.c_str({}))",
    "NVARCHAR2": "ora.c_str({})::ora.ntext",
    "NCHAR": "ora.pad_units(ora.c_str({}), {size})",
    "DATE": "ora.c_date({})",
    "TIMESTAMP": "ora.fit_ts({}, {scale})",
    "TIMESTAMP NS": "ora.fit_tsn(ora.c_tsn({}), {scale})",
    "TIMESTAMP TZ": "ora.to_digits(ora.c_tstz({}), {scale})",
    "TIMESTAMP LTZ": "ora.to_digits(ora.c_ltz({}), {scale})",
    "RAW": "ora.c_raw({})",
    "CLOB": "ora.kept(ora.c_clob({})::text)::ora.clob",
    "NCLOB": "ora.c_clob({})::text::ora.nclob",
    "BLOB": "ora.c_blob({})",
    "LONG": "ora.kept(ora.c_str({}))::ora.long",
    "LONG RAW": "ora.c_raw({})::ora.longraw",
    "BINARY_DOUBLE": "ora.c_dbl({})",
    "BINARY_FLOAT": "ora.c_flt(ora.c_dbl({}))",
    "INTERVAL DAY": "ora.fit_ids(ora.c_ids({}), {precision}, {scale})",
    "INTERVAL YEAR": "ora.fit_iym(ora.c_iym({}), {precision})",
    "ROWID": "ora.c_rowid({})",
}

#: what the store's own timestamp keeps
MICROSECOND_DIGITS = 6
NATIONAL = ("NVARCHAR2", "NCHAR", "NCLOB")
#: what a LONG is described with
LONG_SIZE = 2**31 - 1

_DESCRIBED = {
    "NUMBER": (OraType.NUMBER, 22),
    "FLOAT": (OraType.NUMBER, 22),
    "VARCHAR2": (OraType.VARCHAR2, 0),
    "NVARCHAR2": (OraType.VARCHAR2, 0),
    "CHAR": (OraType.CHAR, 0),
    "NCHAR": (OraType.CHAR, 0),
    "DATE": (OraType.DATE, 7),
    "TIMESTAMP": (OraType.TIMESTAMP, 11),
    "TIMESTAMP TZ": (OraType.TIMESTAMP_TZ, 13),
    "TIMESTAMP LTZ": (OraType.TIMESTAMP_LTZ, 11),
    "RAW": (OraType.RAW, 0),
    "CLOB": (OraType.CLOB, 4000),
    "NCLOB": (OraType.CLOB, 4000),
    "BLOB": (OraType.BLOB, 4000),
    "LONG": (OraType.LONG, LONG_SIZE),
    "LONG RAW": (OraType.LONG_RAW, LONG_SIZE),
    "BINARY_DOUBLE": (OraType.BINARY_DOUBLE, 8),
    "BINARY_FLOAT": (OraType.BINARY_FLOAT, 4),
    "INTERVAL DAY": (OraType.INTERVAL_DS, 11),
    "INTERVAL YEAR": (OraType.INTERVAL_YM, 5),
    "ROWID": (OraType.ROWID, 10),
}


def base_type(data_type: str) -> str:
    if data_type.endswith("LOCAL TIME ZONE"):
        return "TIMESTAMP LTZ"
    if data_type.endswith("TIME ZONE"):
        return "TIMESTAMP TZ"
    return data_type.partition("(")[0]


@dataclass(frozen=True)
class Relation:
    """A table or view: its names, its oid in the store, its columns by name in their order."""

    schema: str
    name: str
    oid: int
    is_view: bool
    columns: dict[str, ColumnFact]
    #: of a temporary table's rows: SESSION or TRANSACTION; and how often it was redefined
    lifetime: str = ""
    version: int = 0
    #: the number of the hidden column that holds the rows' ROWIDs; 0 where there is none
    rowid: int = 0
    #: whether its rows have an SCN each, not one for all of a block
    row_dependencies: bool = False

    @property
    def instance(self) -> str:
        """The store's temporary table that holds a session's rows of a temporary table."""
        return f"ora$temporary${self.oid}${self.version}"

    @property
    def stored(self) -> str:
        """What the rows are read from, quoted."""
        return (
            f"pg_temp.{quote(self.instance)}"
            if self.lifetime
            else f"{quote(self.schema)}.{quote(self.name)}"
        )
