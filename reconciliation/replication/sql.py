"""Changes as the replication reports them, taken apart: INSERT, UPDATE, DELETE or MERGE of one row,
with the values it was sent with.

What is not understood has no value here, which is not NULL. Oracle SQL Language Reference,
"Literals", "Database Object Names and Qualifiers".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

from reconciliation.replication.tokens import NotUnderstood, Reader, Token, tokens_of

#: what a literal stands for; None is NULL
Literal: TypeAlias = str | bytes | Decimal | None
Row: TypeAlias = Mapping[str, Literal]

_VERBS = ("INSERT", "UPDATE", "DELETE", "MERGE")
_MOMENTS = frozenset({"TO_DATE", "TO_TIMESTAMP", "TO_TIMESTAMP_TZ"})
_AS_IT_IS = frozenset(
    {"TO_NUMBER", "TO_CHAR", "TO_NCHAR", "TO_CLOB", "TO_NCLOB", "TO_BLOB", "CAST"}
)
#: the only order of a date's parts that its text alone tells as well
_ISO = re.compile(r"S?YYYY-MM-DD", re.IGNORECASE)


@dataclass(frozen=True)
class Told:
    """``wanted`` are, by column, the values of the row it looks for, ``written`` those it gives it;
    names as the database has them.
    """

    verb: str
    owner: str
    table: str
    wanted: Row = field(default_factory=dict)
    written: Row = field(default_factory=dict)


def taken_apart(statement: str) -> Told | None:
    """What a statement says; None for anything but a change of one row. One that is cut short tells
    what stands before the cut.
    """
    reader = Reader(list(tokens_of(statement)))
    verb = next((word for word in _VERBS if reader.took(word)), None)
    reader.took("INTO" if verb in ("INSERT", "MERGE") else "FROM")
    if verb is None:
        return None
    try:
        owner, table = reader.table()
    except NotUnderstood:
        return None
    wanted: dict[str, Literal] = {}
    written: dict[str, Literal] = {}
    read: Callable[..., None] = {
        "INSERT": _insert,
        "UPDATE": _update,
        "DELETE": _update,
        "MERGE": _merge,
    }[verb]
    with suppress(NotUnderstood):
        read(reader, wanted, written)
    return Told(verb, owner, table, wanted, written)


# ------------------------------------------------------------------ statements


def _insert(reader: Reader, wanted: dict[str, Literal], written: dict[str, Literal]) -> None:
    columns = reader.columns()
    reader.take("VALUES")
    reader.take("(")
    for column in columns:
        # a value that nothing follows may be cut short
        value = reader.value()
        if reader.took(",") or reader.took(")"):
            _note(written, column, value, {})


def _update(reader: Reader, wanted: dict[str, Literal], written: dict[str, Literal]) -> None:
    if reader.sought("SET"):
        _assignments(reader, written, {})
    if reader.sought("WHERE"):
        wanted |= _conditions(reader, {})


def _merge(reader: Reader, wanted: dict[str, Literal], written: dict[str, Literal]) -> None:
    given: dict[str, Literal] = {}
    reader.seek("USING")
    if reader.took("("):
        reader.take("SELECT")
        while True:
            value = reader.value()
            reader.took("AS")
            _note(given, reader.column(), value, {})
            if not reader.took(","):
                break
    reader.seek("ON")
    wanted |= _conditions(reader, given)
    if reader.sought("SET"):
        _assignments(reader, written, given)
    written |= given


def _assignments(reader: Reader, row: dict[str, Literal], given: Row) -> None:
    while True:
        column = reader.column()
        reader.take("=")
        _note(row, column, reader.value(), given)
        if not reader.took(","):
            return


def _conditions(reader: Reader, given: Row) -> dict[str, Literal]:
    """The columns that have to be equal to something, all of them at once; whatever else is asked
    for beside them does not matter.
    """
    row: dict[str, Literal] = {}
    while True:
        while reader.took("("):
            pass
        with suppress(NotUnderstood):
            _condition(reader, row, given)
        reader.value()
        while reader.took(")"):
            pass
        if reader.took("OR"):
            return {}
        if not reader.took("AND"):
            return row


def _condition(reader: Reader, row: dict[str, Literal], given: Row) -> None:
    column = reader.column()
    if reader.took("="):
        _note(row, column, reader.value(), given)
    elif reader.took("IS") and reader.took("NULL"):
        row[column] = None


def _note(row: dict[str, Literal], column: str, said: Sequence[Token], given: Row) -> None:
    try:
        row[column] = _meant(said, given)
    except NotUnderstood:
        row.pop(column, None)


# ------------------------------------------------------------------ values


def _meant(said: Sequence[Token], given: Row) -> Literal:
    """What an expression stands for; ``given`` are the columns it may refer to."""
    kinds = [token.kind for token in said]
    match kinds:
        case ["text"]:
            return said[0].text[1:-1].replace("''", "'")
        case ["hex"]:
            return bytes.fromhex(said[0].text)
        case ["number"]:
            return Decimal(said[0].text)
        case ["sign", "number"] if said[0].text in "+-":
            return Decimal(said[0].text + said[1].text)
        case ["word"] if said[0].name == "NULL":
            return None
        case ["word", "text"] if said[0].name in ("DATE", "TIMESTAMP"):
            return _meant(said[1:], given)
        case ["word", "sign", *_] if said[1].text == "(" and said[-1].text == ")":
            return _called(said[0].name, list(_parts(said[2:-1])), given)
        case ["sign", *_] if said[0].text == "(" and said[-1].text == ")":
            return _meant(said[1:-1], given)
        case [*_, "name" | "word"] if said[-1].name in given:
            return given[said[-1].name]
    raise NotUnderstood


def _called(function: str, arguments: Sequence[Sequence[Token]], given: Row) -> Literal:
    if function in ("EMPTY_BLOB", "EMPTY_CLOB"):
        return b"" if function == "EMPTY_BLOB" else ""
    value = _meant(arguments[0], given) if arguments else None
    if function == "HEXTORAW" and isinstance(value, str):
        try:
            return bytes.fromhex(value)
        except ValueError:
            raise NotUnderstood from None
    if function in _MOMENTS and isinstance(value, str):
        if len(arguments) > 1 and not _ISO.match(str(_meant(arguments[1], given))):
            raise NotUnderstood
        return value
    if function in _AS_IT_IS and len(arguments) == 1:
        return value
    raise NotUnderstood


def _parts(said: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """Arguments of a call, the type behind AS of a CAST left out."""
    reader = Reader(list(said))
    while not reader.at_end:
        yield reader.value()
        if not reader.took(","):
            return
