"""Column types: what Oracle declares, what the store keeps, what must be checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lab.oracle.engine.ddl.reader import Reader
from lab.oracle.interface import OracleError

MAX_VARCHAR = 4000
MAX_CHAR = 2000


@dataclass(frozen=True)
class ColumnType:
    """A declared type: its name in the dictionary, its sizes, and the type that keeps it."""

    data_type: str
    stored: str
    data_length: int
    char_length: int = 0
    char_used: str | None = None
    precision: int | None = None
    scale: int | None = None

    def size_check(self) -> tuple[str, int] | None:
        """The function that measures a value and the largest measure allowed; None when nothing is
        to be checked.
        """
        if self.data_type in ("VARCHAR2", "CHAR"):
            return (
                ("length", self.char_length)
                if self.char_used == "C"
                else ("ora.bytes", self.data_length)
            )
        if self.data_type in ("NVARCHAR2", "NCHAR"):
            return "ora.units", self.char_length
        if self.data_type == "RAW":
            return "octet_length", self.data_length
        return None


_Read = Callable[[Reader], ColumnType]


def read_type(reader: Reader) -> ColumnType:
    """A type as it stands in a column definition. Raises ORA-00902, ORA-03001 and those of bad
    sizes.
    """
    word = reader.token().word
    known = _READERS.get(word)
    if known is None:
        if word in ("UROWID", "XMLTYPE", "BFILE", "JSON", "VECTOR"):
            raise reader.error(3001, f"unimplemented feature: columns of type {word}")
        raise reader.error(902, "invalid datatype")
    return known(reader)


def _number(reader: Reader) -> ColumnType:
    precision = scale = None
    if reader.accept("("):
        precision = None if reader.accept("*") else reader.number()
        scale = reader.number() if reader.accept(",") else 0
        reader.expect(")")
    return _numeric(precision, scale)


def _numeric(precision: int | None, scale: int | None) -> ColumnType:
    if precision is not None and not 1 <= precision <= 38:
        raise OracleError(1727, "numeric precision specifier is out of range (1 to 38)")
    if scale is not None and not -84 <= scale <= 127:
        raise OracleError(1728, "numeric scale specifier is out of range (-84 to 127)")
    stored = "numeric" if scale is None else f"numeric({precision or 38}, {scale})"
    return ColumnType("NUMBER", stored, 22, precision=precision, scale=scale)


def _integer(_reader: Reader) -> ColumnType:
    return _numeric(None, 0)


def _float(reader: Reader) -> ColumnType:
    bits = 126
    if reader.accept("("):
        bits = reader.number()
        reader.expect(")")
    if not 1 <= bits <= 126:
        raise reader.error(1724, "floating point precision is out of range (1 to 126)")
    return ColumnType("FLOAT", "numeric", 22, precision=bits)


def _double_precision(reader: Reader) -> ColumnType:
    reader.expect("PRECISION")
    return ColumnType("FLOAT", "numeric", 22, precision=126)


def _sized(reader: Reader, default: int | None) -> tuple[int, str]:
    if not reader.accept("("):
        if default is None:
            raise reader.error(906, "missing left parenthesis")
        return default, "B"
    size = reader.number()
    unit = "C" if reader.accept("CHAR") else "B"
    if unit == "B":
        reader.accept("BYTE")
    reader.expect(")")
    if size < 1:
        raise reader.error(1723, "zero-length columns are not allowed")
    return size, unit


def _text(name: str, stored: str, largest: int, default: int | None) -> _Read:
    def read(reader: Reader) -> ColumnType:
        if name == "CHAR" and reader.accept("VARYING"):
            return _text("VARCHAR2", "text", MAX_VARCHAR, None)(reader)
        size, unit = _sized(reader, default)
        if size > largest:
            raise reader.error(910, "specified length too long for its datatype")
        length = min(size * 4, largest) if unit == "C" else size
        return ColumnType(name, stored, length, size, unit)

    return read


def _raw(reader: Reader) -> ColumnType:
    size, _ = _sized(reader, None)
    if size > MAX_CHAR:
        raise reader.error(910, "specified length too long for its datatype")
    return ColumnType("RAW", "bytea", size)


def _timestamp(reader: Reader) -> ColumnType:
    digits = 6
    if reader.accept("("):
        digits = reader.number()
        reader.expect(")")
    if not 0 <= digits <= 9:
        raise reader.error(30088, "datetime/interval precision is out of range")
    if digits > 6 and reader.peek() == "WITH":
        raise reader.error(
            3001, f"unimplemented feature: TIMESTAMP({digits}) with a time zone (6 digits at most)"
        )
    if reader.accept("WITH", "LOCAL", "TIME", "ZONE"):
        return ColumnType(f"TIMESTAMP({digits}) WITH LOCAL TIME ZONE", "ora.ltz", 11, scale=digits)
    if reader.accept("WITH", "TIME", "ZONE"):
        return ColumnType(f"TIMESTAMP({digits}) WITH TIME ZONE", "ora.tstz", 13, scale=digits)
    stored = f"timestamp({digits})" if digits <= 6 else "ora.tsn"
    return ColumnType(f"TIMESTAMP({digits})", stored, 11, scale=digits)


def _interval(reader: Reader) -> ColumnType:
    if reader.accept("YEAR"):
        years = _digits(reader, 2)
        reader.expect("TO", "MONTH")
        return ColumnType(
            f"INTERVAL YEAR({years}) TO MONTH", "ora.iym", 5, precision=years, scale=0
        )
    reader.expect("DAY")
    days = _digits(reader, 2)
    reader.expect("TO", "SECOND")
    fraction = _digits(reader, 6)
    if fraction > 6:
        raise reader.error(
            3001, f"unimplemented feature: TO SECOND({fraction}), the store keeps microseconds"
        )
    name = f"INTERVAL DAY({days}) TO SECOND({fraction})"
    return ColumnType(name, "interval", 11, precision=days, scale=fraction)


def _digits(reader: Reader, default: int) -> int:
    if not reader.accept("("):
        return default
    digits = reader.number()
    reader.expect(")")
    if not 0 <= digits <= 9:
        raise reader.error(30088, "datetime/interval precision is out of range")
    return digits


def _national(name: str, stored: str, largest: int, default: int | None) -> _Read:
    """NCHAR and NVARCHAR2: sizes count UTF-16 code units of two bytes."""

    def read(reader: Reader) -> ColumnType:
        kind, keeps, limit = name, stored, largest
        if name == "NCHAR" and reader.accept("VARYING"):
            kind, keeps, limit = "NVARCHAR2", 'ora.ntext COLLATE "C"', MAX_VARCHAR // 2
        size = _digits_of_size(reader, default if kind == name else None)
        if size > limit:
            raise reader.error(910, "specified length too long for its datatype")
        return ColumnType(kind, keeps, 2 * size, size, "C")

    return read


def _digits_of_size(reader: Reader, default: int | None) -> int:
    if default is None and reader.peek() != "(":
        raise reader.error(906, "missing left parenthesis")
    if not reader.accept("("):
        return default or 1
    size = reader.number()
    reader.expect(")")
    if size < 1:
        raise reader.error(1723, "zero-length columns are not allowed")
    return size


def _long(reader: Reader) -> ColumnType:
    if reader.accept("RAW"):
        return ColumnType("LONG RAW", "ora.longraw", 0)
    return ColumnType("LONG", 'ora.long COLLATE "C"', 0)


def _simple(data_type: str, stored: str, length: int) -> _Read:
    return lambda _reader: ColumnType(data_type, stored, length)


_READERS: dict[str, _Read] = {
    "NUMBER": _number,
    "NUMERIC": _number,
    "DECIMAL": _number,
    "DEC": _number,
    "INTEGER": _integer,
    "INT": _integer,
    "SMALLINT": _integer,
    "FLOAT": _float,
    "DOUBLE": _double_precision,
    "VARCHAR2": _text("VARCHAR2", 'text COLLATE "C"', MAX_VARCHAR, None),
    "VARCHAR": _text("VARCHAR2", 'text COLLATE "C"', MAX_VARCHAR, None),
    "CHAR": _text("CHAR", 'ora.fixed COLLATE "C"', MAX_CHAR, 1),
    "CHARACTER": _text("CHAR", 'ora.fixed COLLATE "C"', MAX_CHAR, 1),
    "NVARCHAR2": _national("NVARCHAR2", 'ora.ntext COLLATE "C"', MAX_VARCHAR // 2, None),
    "NCHAR": _national("NCHAR", 'ora.nfixed COLLATE "C"', MAX_CHAR // 2, 1),
    "NCLOB": _simple("NCLOB", 'ora.nclob COLLATE "C"', 4000),
    "LONG": _long,
    "REAL": lambda _reader: ColumnType("FLOAT", "numeric", 22, precision=63),
    "RAW": _raw,
    "DATE": _simple("DATE", "ora.date", 7),
    "TIMESTAMP": _timestamp,
    "INTERVAL": _interval,
    "CLOB": _simple("CLOB", 'ora.clob COLLATE "C"', 4000),
    "BLOB": _simple("BLOB", "ora.blob", 4000),
    "ROWID": _simple("ROWID", "ora.rowid", 10),
    "BINARY_DOUBLE": _simple("BINARY_DOUBLE", "float8", 8),
    "BINARY_FLOAT": _simple("BINARY_FLOAT", "float4", 4),
}
