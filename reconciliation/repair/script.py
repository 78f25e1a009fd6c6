"""The script as text, for SQL*Plus and SQLcl, and back from text.

Every line is plain ASCII as long as names are, shorter than SQL*Plus takes, and ends neither with a
hyphen nor, but for the end of a statement, with a semicolon ("SQL*Plus User's Guide and Reference":
SET, WHENEVER, SQL*Plus Limits). Each statement stands behind a note (lines beginning with ``-->``)
that says which row it is for.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import TypeVar

from reconciliation.canonical.values import of_type
from reconciliation.describe import digest, show
from reconciliation.model import DifferenceKind, Key, Value
from reconciliation.process.visible import visible
from reconciliation.repair.plan import Plan
from reconciliation.repair.statements import Statement, Unrepaired

T = TypeVar("T")

#: raised when scripts of older versions can no longer be read
FORMAT = 1
ROWS_PER_TRANSACTION = 500
_FIRST_LINE = f"-- Repair script for Oracle, format {FORMAT}"
_DIGEST = re.compile(
    r"^-- digest of this file without this line: SHA-256 ([0-9a-f]{64})\n", re.MULTILINE
)
_NOTE = "--> "
_WIDTH = 160

_SETTINGS = """\
WHENEVER SQLERROR EXIT FAILURE ROLLBACK
WHENEVER OSERROR EXIT FAILURE ROLLBACK
SET DEFINE OFF
SET ESCAPE OFF
SET SQLBLANKLINES ON
SET SQLTERMINATOR ";"
SET AUTOCOMMIT OFF
SET ECHO OFF
SET FEEDBACK 1
ALTER SESSION SET NLS_NUMERIC_CHARACTERS = '.,';
ALTER SESSION SET NLS_CALENDAR = 'GREGORIAN';
ALTER SESSION SET NLS_COMP = BINARY;
ALTER SESSION SET NLS_SORT = BINARY;
ALTER SESSION SET TIME_ZONE = '+00:00';
"""


class ScriptError(Exception):
    """A file that is no repair script of ours, or no longer; one line."""


@dataclass(frozen=True)
class Facts:
    """What the header says about the run. ``watermarks`` are sentences, ``target`` is where the
    rows are.
    """

    run_id: str
    environment: str
    title: str
    target: str
    made: dt.datetime
    watermarks: tuple[str, ...] = ()


# ------------------------------------------------------------------ writing


def render(
    plan: Plan, facts: Facts, *, sensitive: Sequence[str] = (), rows: int = ROWS_PER_TRANSACTION
) -> str:
    """The whole script; ``rows`` statements at most make one transaction.

    ``sensitive`` names key columns' tables whose keys appear as digests where rows are only
    mentioned.
    """
    body = "".join(f"{line}\n" for line in _body(plan, rows))
    header = [
        _FIRST_LINE,
        *(line for text in _header(plan, facts, rows, sensitive) for line in _comment(text)),
    ]
    text = "\n".join(header) + "\n" + _SETTINGS + body
    mark = hashlib.sha256(text.encode()).hexdigest()
    return text.replace("\n", f"\n-- digest of this file without this line: SHA-256 {mark}\n", 1)


def _header(plan: Plan, facts: Facts, rows: int, sensitive: Sequence[str]) -> Iterator[str]:
    yield "Written by the reconciliation; it has not been executed by it, and never is."
    yield f"run: {facts.run_id}"
    yield f"made: {facts.made:%Y-%m-%dT%H:%M:%SZ}"
    yield f"environment: {facts.environment} ({facts.title})"
    yield f"target: {facts.target}"
    for watermark in facts.watermarks:
        yield f"watermark: {watermark}"
    counts = Counter(statement.verb for statement in plan.statements)
    words = ", ".join(f"{counts[verb]} {verb}" for verb in ("INSERT", "UPDATE", "DELETE"))
    yield f"statements: {len(plan.statements)} ({words}); by hand: {len(plan.unrepaired)}"
    yield ""
    yield (
        "What it does: each statement changes one row, "
        "and only while Oracle still holds in it what the run compared; "
        "a row that has moved on is left as it is. Executed again, it changes nothing."
    )
    yield (
        f"It commits after each table and after {rows} statements; "
        "at the first error it rolls back what is open and ends with a failure, "
        "and may be executed again once the reason is gone."
    )
    yield (
        "It writes to Oracle only. Execute it while the replication has caught up, or is stopped; "
        "the row counts that are printed are 1, or 0 for a row that has moved on."
    )
    yield (
        f"Check it, reading only: python -m reconciliation repair-check --environment "
        f"{facts.environment} FILE.sql"
    )
    yield "Execute it: sqlplus -L USER@SERVICE @FILE.sql (or sql, SQLcl); afterwards compare again."
    yield (
        "It holds values of rows in plain text: keep it as safe as the databases, and "
        "remove it when it is done."
    )
    if not all(statement.sql.isascii() for statement in plan.statements):
        yield "Names outside ASCII: set NLS_LANG=.AL32UTF8 before executing it."
    yield ""
    yield from plan.notes
    for (table, why), count in sorted(plan.left_out.items()):
        yield f"{table}: {count} rows {why}; no statement is written for them"
    if plan.unrepaired:
        yield "By hand:"
    for item in plan.unrepaired:
        yield f"  {describe_unrepaired(item, sensitive)}"


def describe_unrepaired(item: Unrepaired, sensitive: Sequence[str] = ()) -> str:
    """One line; the key of a table named in ``sensitive`` as digests."""
    key = ", ".join((digest if item.table in sensitive else show)(part) for part in item.key)
    return f"{item.table} ({key}) {item.kind.value}: {item.reason}"


def _comment(text: str) -> Iterator[str]:
    """Comment lines SQL*Plus cannot take for anything else: ASCII, no hyphen and no semicolon at
    the end.
    """
    plain = visible(text.replace("\n", " ")).encode("ascii", "backslashreplace").decode()
    words, line = plain.split(" "), "--"
    for word in words:
        while len(word) > _WIDTH:
            yield f"{line} {word[:_WIDTH]} ."
            line, word = "--", word[_WIDTH:]
        if len(line) + len(word) >= _WIDTH:
            yield _ended(line)
            line = "--  "
        line += f" {word}"
    yield _ended(line)


def _ended(line: str) -> str:
    line = line.rstrip()
    return f"{line} ." if line.endswith(("-", ";")) and line != "--" else line


def _body(plan: Plan, rows: int) -> Iterator[str]:
    if not plan.statements:
        yield "PROMPT nothing to do"
        return
    total, number, transaction = len(plan.statements), 0, 0
    for (table, _), group in groupby(
        plan.statements, key=lambda statement: (statement.table, statement.kind)
    ):
        members = list(group)
        for start in range(0, len(members), rows):
            part, transaction = members[start : start + rows], transaction + 1
            verb = part[0].verb
            yield ""
            name = visible(table).replace(";", "?")
            yield f"PROMPT transaction {transaction}: {name}, {len(part)} x {verb}, each of 1 row"
            for statement in part:
                number += 1
                yield f"PROMPT {number} of {total}"
                yield from _note(number, statement)
                yield f"{statement.sql};"
            yield "COMMIT;"
    yield ""
    yield f"PROMPT done: {total} statements; compare again"


def _note(number: int, statement: Statement) -> Iterator[str]:
    facts = {
        "n": number,
        "table": statement.table,
        "kind": statement.kind.value,
        "key": [_to_json(part) for part in statement.key],
        "columns": list(statement.columns),
    }
    text = json.dumps(facts)
    return (f"{_NOTE}{text[start : start + _WIDTH]}|" for start in range(0, len(text), _WIDTH))


# ------------------------------------------------------------------ keys as JSON


def _to_json(value: Value) -> Value:
    """A canonical key value; what JSON has no type for stands as {type: text}."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, float):
        return {"float": value.hex()}
    if isinstance(value, dt.datetime):
        return {"moment": value.isoformat()}
    if isinstance(value, dt.timedelta):
        return {"microseconds": value // dt.timedelta(microseconds=1)}
    if isinstance(value, uuid.UUID):
        return {"uuid": str(value)}
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"bytes": bytes(value).hex()}
    if isinstance(value, tuple):
        return {"tuple": [_to_json(part) for part in value]}
    raise ScriptError(f"a key holds a {type(value).__name__}, which the script cannot name")


def _of(kind: type[T], read: Callable[[T], Value]) -> Callable[[Value], Value]:
    return lambda given: read(of_type(kind, given))


_FROM_JSON: Mapping[str, Callable[[Value], Value]] = {
    "decimal": _of(str, Decimal),
    "float": _of(str, float.fromhex),
    "moment": _of(str, dt.datetime.fromisoformat),
    "microseconds": _of(int, lambda count: dt.timedelta(microseconds=count)),
    "uuid": _of(str, uuid.UUID),
    "bytes": _of(str, bytes.fromhex),
    "tuple": _of(list, lambda parts: tuple(_from_json(part) for part in parts)),
}


def _from_json(value: Value) -> Value:
    if isinstance(value, dict):
        ((kind, text),) = value.items()
        return _FROM_JSON[kind](text)
    return value


# ------------------------------------------------------------------ reading


@dataclass(frozen=True)
class Written:
    """One statement of a file: the row it is for, and its text."""

    number: int
    table: str
    kind: DifferenceKind
    key: Key
    columns: tuple[str, ...]
    sql: str

    @property
    def where(self) -> str:
        """Its condition; no literal holds a line break, so the first one found is it."""
        return self.sql.partition("\n WHERE ")[2]


def environment_of(text: str) -> str:
    """The environment a script was written for, '' when it does not say so."""
    found = re.search(r"^-- environment: (\S+)", text, re.MULTILINE)
    return found.group(1) if found else ""


def parse(text: str) -> tuple[Written, ...]:
    """The statements of a script that is as it was written.

    Raises ScriptError for any other file, and for a script that somebody edited: what was checked
    would not be what is executed.
    """
    if not text.startswith(f"{_FIRST_LINE}\n"):
        raise ScriptError(f"it does not begin with {_FIRST_LINE!r}")
    found = _DIGEST.search(text)
    rest = text[: found.start()] + text[found.end() :] if found else ""
    if not found or hashlib.sha256(rest.encode()).hexdigest() != found.group(1):
        raise ScriptError(
            "it was changed after it was written (its digest does not fit); write it anew"
        )
    try:
        return tuple(_statements(text.splitlines()))
    except (ValueError, KeyError, TypeError, StopIteration) as error:
        raise ScriptError(f"a note in it cannot be read ({type(error).__name__})") from error


def _statements(lines: Sequence[str]) -> Iterator[Written]:
    ahead = iter(lines)
    for line in ahead:
        if not line.startswith(_NOTE):
            continue
        note = ""
        while line.startswith(_NOTE):
            note += line[len(_NOTE) : -1]
            line = next(ahead, "")
        sql = [line]
        while not sql[-1].endswith(";"):
            sql.append(next(ahead, ";"))
        facts = json.loads(note)
        yield Written(
            facts["n"],
            facts["table"],
            DifferenceKind(facts["kind"]),
            tuple(_from_json(part) for part in facts["key"]),
            tuple(facts["columns"]),
            "\n".join(sql)[:-1],
        )
