"""SQL files for Oracle: taken apart into statements, as SQL*Plus does, and run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab.core.errors import LabError

if TYPE_CHECKING:
    import oracledb

#: what holds semicolons of its own and ends with a line that is a slash
_BLOCK = re.compile(
    r"\s*(?:CREATE\s+(?:OR\s+REPLACE\s+)?(?:(?:NON)?EDITIONABLE\s+)?"
    r"(?:TRIGGER|PROCEDURE|FUNCTION|PACKAGE|TYPE)|DECLARE|BEGIN)\b",
    re.IGNORECASE,
)
_CONNECT = re.compile(r"CONNECT\s+(\S+)", re.IGNORECASE)
#: what a line holds that may hide a semicolon: texts, quoted names, comments
_TOKENS = re.compile(r"'|\"|--|/\*|\*/")


@dataclass(frozen=True)
class Statement:
    """One statement without its end mark; ``line`` is where it begins in its file, from 1."""

    line: int
    text: str


def statements(text: str) -> Iterator[Statement]:
    """The statements of a file.

    A statement ends with a semicolon at the end of a line, PL/SQL with a line that is a slash.
    Comments between statements are left out.
    """
    lines: list[str] = []
    began, inside = 1, ""
    for number, line in enumerate(text.splitlines(), 1):
        is_slash = not inside and line.strip() == "/"
        if not lines and (is_slash or (not inside and _says_nothing(line))):
            continue
        if not lines:
            began = number
        code, inside = _code(line, inside)
        ends = not inside and code.endswith(";") and not _BLOCK.match("\n".join([*lines, line]))
        if not is_slash:
            lines.append(code[:-1] if ends else line)
        if ends or is_slash:
            yield Statement(began, "\n".join(lines).rstrip())
            lines = []
    if lines and not all(map(_says_nothing, lines)):
        yield Statement(began, "\n".join(lines).rstrip())


def run_files(
    files: Iterable[tuple[str, str]], connections: Mapping[str, oracledb.Connection]
) -> None:
    """Run files, (name, text), each as the first of the users until it says ``CONNECT``; commit.

    Raises LabError with file, line and Oracle's words for a statement that is refused.
    """
    for file, text in files:
        user = next(iter(connections))
        for statement in statements(text):
            where = f"{file}, line {statement.line}"
            if other := _CONNECT.fullmatch(statement.text):
                user = _known(other[1].upper(), connections, where)
            else:
                _execute(connections[user], statement, where)
    for connection in connections.values():
        connection.commit()


def _known(user: str, connections: Mapping[str, oracledb.Connection], where: str) -> str:
    if user not in connections:
        raise LabError(f"{where}: CONNECT {user}: oracle_schemas are {', '.join(connections)}")
    return user


def _execute(connection: oracledb.Connection, statement: Statement, where: str) -> None:
    import oracledb  # a third of a second, which the clusters' start hides

    try:
        with connection.cursor() as cursor:
            cursor.execute(statement.text)
    except oracledb.Error as error:
        raise LabError(f"{where}: {str(error).splitlines()[0]}") from None


def _says_nothing(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("--")


def _code(line: str, inside: str) -> tuple[str, str]:
    """A line without its trailing comment, and what is open at its end: a text, a name, a comment
    or nothing.
    """
    end = len(line)
    for token in _TOKENS.finditer(line):
        mark = token[0]
        if inside:
            closes = {"/*": "*/"}.get(inside, inside)
            inside = "" if mark == closes else inside
        elif mark == "--":
            end = token.start()
            break
        elif mark in ("'", '"', "/*"):
            inside = mark
    return line[:end].rstrip(), inside
