"""What a thin client sees in a statement's text.

The clients scan the text themselves to decide which binds they send: those behind RETURNING ...
INTO have a descriptor but no value. The server must come to the same result or the two wait for
each other, so this scanner follows the clients' rules, not SQL's grammar.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_QUERY = frozenset({"SELECT", "WITH"})
_DML = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE"})
_PLSQL = frozenset({"DECLARE", "BEGIN", "CALL"})
_CLOSING = {"[": "]", "{": "}", "<": ">", "(": ")"}

_TOKEN = re.compile(
    r"""
    (?P<comment> --[^\n]* )
  | (?P<block>   /\* )
  | (?P<qstring> [qQ]'(?P<open>.) )
  | (?P<string>  '[^']*' )
  | (?P<quoted>  "[^"]*" )
  | (?P<bind>    :\s*(?: "(?P<qname>[^"]*)" | (?P<number>\d+) | (?P<name>[^\W\d_][\w$#]*) ) )
  | (?P<word>    (?: (?![qQ]') [^\W\d_] )+ )
  | (?P<space>   \s+ )
  | (?P<other>   . )
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Scan:
    """The client's view: ``returning`` tells per bind (as sent) whether it receives a value of
    RETURNING ... INTO.
    """

    is_query: bool
    is_dml: bool
    is_plsql: bool
    returning: tuple[bool, ...]


def scan(statement: str) -> Scan:
    """Scans a statement's text as a thin client does."""
    keyword = ""
    returning = into = after_string = unclosed = False
    names: dict[str, None] = {}
    binds: list[bool] = []
    position = 0
    while found := _TOKEN.match(statement, position):
        position = found.end()
        kind = (
            found.lastgroup
            if found.lastgroup not in {"open", "qname", "number", "name"}
            else _outer(found)
        )
        if kind == "space":
            continue
        if kind == "word":
            word = found.group().upper()
            keyword = keyword or word
            returning = returning or (keyword in _DML and word == "RETURNING")
            into = into or (returning and word == "INTO")
        elif kind == "block":
            # found once that no block comment is closed behind here, the text is not searched again
            end = -1 if unclosed else statement.find("*/", position)
            unclosed = end < 0
            position = position if unclosed else end + 2
        elif kind == "qstring":
            position = _end_of_qstring(statement, found.end(), found["open"])
        elif kind == "bind" and not after_string:
            # a quoted name may be empty
            name = (
                found["name"].upper() if found["name"] else found["qname"] or found["number"] or ""
            )
            if keyword not in _PLSQL or name not in names:
                binds.append(into)
            names[name] = None
        after_string = kind in {"string", "qstring"}
    return Scan(keyword in _QUERY, keyword in _DML, keyword in _PLSQL, tuple(binds))


def _outer(found: re.Match[str]) -> str:
    return "qstring" if found["qstring"] is not None else "bind"


def _end_of_qstring(statement: str, start: int, opening: str) -> int:
    """The position behind ``q'[...]'``; the end of the text when it is not closed."""
    end = statement.find(_CLOSING.get(opening, opening) + "'", start)
    return len(statement) if end < 0 else end + 2
