"""What PostgreSQL reports, told as Oracle tells it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from psycopg import pq

from lab.oracle.engine.lexer import Token
from lab.oracle.interface import OracleError

#: SQLSTATE of the errors that the store's own functions raise; their message is "code:text"
OWN_STATE = "OR000"

_FIELDS = pq.DiagnosticField


@dataclass(frozen=True)
class Diagnosis:
    """The named fields of a PostgreSQL error."""

    schema: str = ""
    table: str = ""
    column: str = ""
    constraint: str = ""
    detail: str = ""


class StoreError(Exception):
    """A failure reported by the store: SQLSTATE, message and where it happened."""

    def __init__(self, state: str, message: str, diagnosis: Diagnosis | None = None) -> None:
        super().__init__(f"{state}: {message}")
        self.state = state
        self.message = message
        self.diagnosis = diagnosis or Diagnosis()

    @classmethod
    def of(cls, result: pq.abc.PGresult, stands_for: Mapping[str, tuple[str, str]]) -> StoreError:
        """The error of a failed PGresult; tables in ``stands_for`` are called by the schema and
        name given there.
        """

        def field(name: pq.DiagnosticField) -> str:
            return (result.error_field(name) or b"").decode("utf-8", "replace")

        table = field(_FIELDS.TABLE_NAME)
        schema, table = stands_for.get(table, (field(_FIELDS.SCHEMA_NAME), table))
        diagnosis = Diagnosis(
            schema,
            table,
            field(_FIELDS.COLUMN_NAME),
            field(_FIELDS.CONSTRAINT_NAME),
            field(_FIELDS.MESSAGE_DETAIL),
        )
        return cls(field(_FIELDS.SQLSTATE), field(_FIELDS.MESSAGE_PRIMARY), diagnosis)


_FIXED = {
    "42P01": (942, "table or view does not exist"),
    "3F000": (942, "table or view does not exist"),
    "42702": (918, "column ambiguously defined"),
    "42712": (918, "column ambiguously defined"),
    "22P02": (1722, "invalid number"),
    "22012": (1476, "divisor is equal to zero"),
    "22008": (1841, "(full) year must be between -4713 and +9999, and not be 0"),
    "57014": (1013, "user requested cancel of current operation"),
    "55P03": (54, "resource busy and acquire with NOWAIT specified or timeout expired"),
    "40P01": (60, "deadlock detected while waiting for resource"),
    "40001": (8177, "can't serialize access for this transaction"),
    "42P07": (955, "name is already used by an existing object"),
    "42710": (955, "name is already used by an existing object"),
    "42P06": (955, "name is already used by an existing object"),
    "42701": (957, "duplicate column name"),
    "42P17": (
        3001,
        (
            "unimplemented feature: a virtual column or an index whose expression depends on the "
            "session"
        ),
    ),
    "42P16": (2260, "table can have only one primary key"),
    "42501": (1031, "insufficient privileges"),
    "25006": (
        1456,
        "may not perform insert, delete, update operation inside a READ ONLY transaction",
    ),
    "42804": (932, "inconsistent datatypes: the expressions do not have one common type"),
    "42P18": (932, "inconsistent datatypes: the type of an expression cannot be determined"),
    "42601": (900, "invalid SQL statement"),
    "54000": (3001, "unimplemented feature: a statement beyond the store's limits"),
    "53100": (1653, "unable to extend table in tablespace USERS"),
    "2200H": (8004, "sequence exceeds its limit and cannot be instantiated"),
    "22021": (3001, "unimplemented feature: text with the character U+0000"),
    "22P05": (3001, "unimplemented feature: text that is no valid UTF-8"),
    "55000": (1031, "insufficient privileges"),
    "2BP01": (
        3001,
        "unimplemented feature: dropping or changing what a view reads (drop the view first)",
    ),
    "42P20": (30483, "window functions are not allowed here"),
    "42P19": (3001, "unimplemented feature: a recursive WITH query of this form"),
    "2201W": (1428, "argument is out of range"),
    "22013": (1428, "argument is out of range"),
    "42809": (1031, "insufficient privileges"),
}


def to_oracle(
    error: StoreError, *, updating: bool = False, tokens: tuple[Token, ...] = ()
) -> OracleError:
    """The Oracle error for a store error; ``tokens`` of the statement serve to find the error's
    offset.
    """
    if error.state == OWN_STATE:
        code, _, text = error.message.partition(":")
        return OracleError(int(code), text)
    special = _SPECIAL.get(error.state)
    if special is not None:
        return special(error, updating, tokens)
    if error.state in _FIXED:
        number, said = _FIXED[error.state]
        return OracleError(number, said, _offset_of_quoted(error.message, tokens))
    if error.state.startswith(("08", "57P")):
        return OracleError(
            3113, "end-of-file on communication channel (the store is not reachable)"
        )
    return OracleError(
        604, f"error occurred at recursive SQL level 1 (store: {error.state} {error.message})"
    )


@contextmanager
def told_as_oracle() -> Iterator[None]:
    """Turns a store error of the block into Oracle's."""
    try:
        yield
    except StoreError as error:
        raise to_oracle(error) from None


def _unique(error: StoreError, _updating: bool, _tokens: tuple[Token, ...]) -> OracleError:
    where = error.diagnosis
    return OracleError(1, f"unique constraint ({where.schema}.{where.constraint}) violated")


def _not_null(error: StoreError, updating: bool, _tokens: tuple[Token, ...]) -> OracleError:
    where = error.diagnosis
    name = f'"{where.schema}"."{where.table}"."{where.column}"'
    if updating:
        return OracleError(1407, f"cannot update ({name}) to NULL")
    return OracleError(1400, f"cannot insert NULL into ({name})")


def _foreign_key(error: StoreError, _updating: bool, _tokens: tuple[Token, ...]) -> OracleError:
    where = error.diagnosis
    name = f"{where.schema}.{where.constraint}"
    if error.message.startswith("insert or update"):
        return OracleError(2291, f"integrity constraint ({name}) violated - parent key not found")
    return OracleError(2292, f"integrity constraint ({name}) violated - child record found")


def _check(error: StoreError, _updating: bool, _tokens: tuple[Token, ...]) -> OracleError:
    return OracleError(
        2290, f"check constraint ({error.diagnosis.schema}.{error.diagnosis.constraint}) violated"
    )


def _undefined_column(error: StoreError, _updating: bool, tokens: tuple[Token, ...]) -> OracleError:
    """PostgreSQL says ``column "X" does not exist`` or ``column T.X does not exist``."""
    match = re.search(
        r'column "([^"]*)"|column (\S+) does not exist|relation "([^"]*)"', error.message
    )
    name = next((part for part in match.groups() if part), "?") if match else "?"
    parts = name.split(".") if match and match.group(2) else [name]
    quoted = ".".join('"' + part.strip('"') + '"' for part in parts)
    return OracleError(
        904, f"{quoted}: invalid identifier", _offset_of(parts[-1].strip('"'), tokens)
    )


def _undefined_table_alias(
    error: StoreError, _updating: bool, tokens: tuple[Token, ...]
) -> OracleError:
    match = re.search(r'table "([^"]*)"', error.message)
    if match is None:
        return OracleError(
            942, "table or view does not exist", _offset_of_quoted(error.message, tokens)
        )
    offset = _offset_of(match.group(1), tokens)
    after = next((i for i, token in enumerate(tokens) if token.start == offset), None)
    column = ""
    if after is not None and after + 2 < len(tokens) and tokens[after + 1].text == ".":
        column = f'."{tokens[after + 2].name}"'
    return OracleError(904, f'"{match.group(1)}"{column}: invalid identifier', offset)


def _number_range(error: StoreError, _updating: bool, _tokens: tuple[Token, ...]) -> OracleError:
    if "field overflow" in error.message:
        return OracleError(1438, "value larger than specified precision allowed for this column")
    return OracleError(1426, "numeric overflow")


def _undefined_function(
    error: StoreError, _updating: bool, tokens: tuple[Token, ...]
) -> OracleError:
    """Translated statements only name functions that exist, so it is the types of the arguments
    that do not fit.
    """
    conversion = re.search(r"function ora\.c_(\w+)\(", error.message)
    types = [_ORACLE_NAMES.get(name, name.upper()) for name in _argument_types(error.message)]
    if "LONG" in types and "function" not in error.message:
        return OracleError(997, "illegal use of LONG datatype")
    if conversion and len(types) == 1:
        wanted = _CONVERSIONS.get(conversion.group(1), "-")
        return OracleError(932, f"inconsistent datatypes: expected {wanted} got {types[0]}")
    if len(types) == 2:
        return OracleError(932, f"inconsistent datatypes: expected {types[0]} got {types[1]}")
    return OracleError(932, f"inconsistent datatypes: expected - got {', '.join(types) or '-'}")


_ORACLE_NAMES = {
    "text": "CHAR",
    "ora.fixed": "CHAR",
    "fixed": "CHAR",
    "numeric": "NUMBER",
    "ora.date": "DATE",
    "date": "DATE",
    "timestamp without time zone": "TIMESTAMP",
    **dict.fromkeys(("tsn", "ora.tsn"), "TIMESTAMP"),
    "ora.tstz": "TIMESTAMP WITH TIME ZONE",
    "tstz": "TIMESTAMP WITH TIME ZONE",
    **dict.fromkeys(("ltz", "ora.ltz"), "TIMESTAMP WITH LOCAL TIME ZONE"),
    **dict.fromkeys(("iym", "ora.iym"), "INTERVAL YEAR TO MONTH"),
    **dict.fromkeys(("ntext", "ora.ntext", "nfixed", "ora.nfixed"), "NCHAR"),
    **dict.fromkeys(("nclob", "ora.nclob"), "NCLOB"),
    **dict.fromkeys(("long", "ora.long"), "LONG"),
    **dict.fromkeys(("longraw", "ora.longraw"), "LONG BINARY"),
    "bytea": "BINARY",
    "ora.clob": "CLOB",
    "clob": "CLOB",
    "ora.blob": "BLOB",
    "blob": "BLOB",
    "double precision": "BINARY_DOUBLE",
    "interval": "INTERVAL DAY TO SECOND",
    "unknown": "CHAR",
}


_CONVERSIONS = {
    "num": "NUMBER",
    "dbl": "BINARY_DOUBLE",
    "str": "CHAR",
    "date": "DATE",
    "ts": "TIMESTAMP",
    "tstz": "TIMESTAMP WITH TIME ZONE",
    "raw": "BINARY",
    "clob": "CLOB",
    "blob": "BLOB",
    "ids": "INTERVAL DAY TO SECOND",
}


def _argument_types(message: str) -> list[str]:
    call = re.search(r"function [\w.$]+\((.*)\) does not exist", message)
    if call:
        return [part.strip() for part in call.group(1).split(",") if part.strip()]
    operator = re.search(r"operator does not exist: (.*)", message)
    if operator:
        return [part.strip() for part in re.split(r"\s[<>=+\-*/|~!]+\s", operator.group(1))]
    missing = re.search(r"for type (.+)$", message)
    return [missing.group(1)] if missing else []


def _cardinality(error: StoreError, _updating: bool, _tokens: tuple[Token, ...]) -> OracleError:
    if "MERGE" in error.message:
        return OracleError(30926, "unable to get a stable set of rows in the source tables")
    return OracleError(1427, "single-row subquery returns more than one row")


def _regular_expression(
    error: StoreError, _updating: bool, _tokens: tuple[Token, ...]
) -> OracleError:
    for part, (code, text) in _PATTERN_ERRORS.items():
        if part in error.message:
            return OracleError(code, text)
    return OracleError(3001, "unimplemented feature: this regular expression")


_PATTERN_ERRORS = {
    "parenthes": (12725, "unmatched parentheses in regular expression"),
    "brackets": (12726, "unmatched bracket in regular expression"),
    "backreference": (12727, "invalid back reference in regular expression"),
    "range": (12728, "invalid range in regular expression"),
    "character class": (12729, "invalid character class in regular expression"),
}


def _not_done(error: StoreError, _updating: bool, _tokens: tuple[Token, ...]) -> OracleError:
    return OracleError(3001, f"unimplemented feature: {error.message}")


def _object_state(error: StoreError, _updating: bool, _tokens: tuple[Token, ...]) -> OracleError:
    match = re.search(r'currval of sequence "([^"]*)" is not yet defined', error.message)
    if match:
        return OracleError(
            8002, f"sequence {match.group(1)}.CURRVAL is not yet defined in this session"
        )
    return OracleError(1031, "insufficient privileges")


def _offset_of_quoted(message: str, tokens: tuple[Token, ...]) -> int:
    match = re.search(r'"([^"]+)"', message)
    return _offset_of(match.group(1).split(".")[-1], tokens) if match else 0


def _offset_of(name: str, tokens: tuple[Token, ...]) -> int:
    return next((token.start for token in tokens if token.name == name), 0)


def _sort_key(error: StoreError, _updating: bool, _tokens: tuple[Token, ...]) -> OracleError:
    if "position" in error.message:
        return OracleError(1785, "ORDER BY item must be the number of a SELECT-list expression")
    return OracleError(1791, "not a SELECTed expression")


def _grouping(error: StoreError, _updating: bool, _tokens: tuple[Token, ...]) -> OracleError:
    if "nested" in error.message:
        return OracleError(3001, "unimplemented feature: an aggregate of an aggregate")
    if "not allowed" in error.message:
        return OracleError(934, "group function is not allowed here")
    return OracleError(979, "not a GROUP BY expression")


_SPECIAL = {
    "42803": _grouping,
    "42P10": _sort_key,
    "23505": _unique,
    "23502": _not_null,
    "23503": _foreign_key,
    "23514": _check,
    "42703": _undefined_column,
    "42P01": _undefined_table_alias,
    "22003": _number_range,
    "42883": _undefined_function,
    "55000": _object_state,
    "21000": _cardinality,
    "2201B": _regular_expression,
    "0A000": _not_done,
}
