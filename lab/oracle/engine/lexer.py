"""Cuts SQL text into tokens with their positions; knows quotes, q-quotes, comments, hints and
binds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from lab.oracle.interface import OracleError
from lab.quoting import quoted


class Lexeme(Enum):
    WORD = "word"
    QUOTED = "quoted"
    STRING = "string"
    NUMBER = "number"
    BIND = "bind"
    SYMBOL = "symbol"


@dataclass(frozen=True, slots=True)
class Token:
    """One token; ``text`` as written, ``start`` and ``end`` as character positions."""

    kind: Lexeme
    text: str
    start: int
    end: int

    @property
    def name(self) -> str:
        """The identifier it stands for: upper-cased unless quoted; '' when it is none."""
        if self.kind is Lexeme.WORD:
            return self.text.upper()
        if self.kind is Lexeme.QUOTED:
            return self.text[1:-1]
        return ""

    @property
    def word(self) -> str:
        """The key word (upper case), '' for anything quoted or not a word."""
        return self.text.upper() if self.kind is Lexeme.WORD else ""

    @property
    def string(self) -> str:
        """The content of a string literal."""
        text = self.text[1:] if self.is_national else self.text
        if text[0] in "qQ":
            return text[3:-2]
        return text[1:-1].replace("''", "'")

    @property
    def is_national(self) -> bool:
        """Whether it is a literal in the national character set, N'...'."""
        return self.kind is Lexeme.STRING and self.text[0] in "nN"


_PATTERN = re.compile(
    r"""(?P<space>\s+|--[^\n]*|/\*.*?\*/)
      |(?P<qstring>[nN]?[qQ]'(?:\[.*?\]'|\{.*?\}'|\(.*?\)'|<.*?>'|(?P<mark>[^\s\[\{\(<]).*?(?P=mark)'))
      |(?P<string>[nN]?'(?:[^']|'')*')
      |(?P<quoted>"[^"]*")
      |(?P<number>(?:\d+(?:\.(?!\.)\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?:[fFdD](?!\w))?)
      |(?P<word>[^\W\d][\w$\#]*)
      |(?P<bind>:[ ]*(?:[^\W\d][\w$\#]*|\d+|"[^"]+"))
      |(?P<symbol><>|!=|\^=|<=|>=|:=|\|\||=>|\*\*|\.\.|[-+*/%=<>()\[\],.;@!^:?])""",
    re.VERBOSE | re.DOTALL,
)

_KINDS: dict[str | None, Lexeme] = {
    "qstring": Lexeme.STRING,
    "string": Lexeme.STRING,
    "quoted": Lexeme.QUOTED,
    "number": Lexeme.NUMBER,
    "word": Lexeme.WORD,
    "bind": Lexeme.BIND,
    "symbol": Lexeme.SYMBOL,
}


def tokenize(text: str) -> tuple[Token, ...]:
    """All tokens but white space and comments. Raises ORA-01756, ORA-01740 or ORA-00911 where none
    fits.
    """
    tokens, position = [], 0
    while position < len(text):
        match = _PATTERN.match(text, position)
        if match is None:
            raise _unfit(text, position)
        kind = match.lastgroup if match.lastgroup != "mark" else "qstring"
        if kind != "space":
            tokens.append(Token(_KINDS[kind], match.group(), position, match.end()))
        position = match.end()
    return tuple(tokens)


def _unfit(text: str, position: int) -> OracleError:
    rest = text[position:]
    if rest[0] == "'" or rest[1:2] == "'":
        return OracleError(1756, "quoted string not properly terminated", position)
    if rest[0] == '"':
        return OracleError(1740, "missing double quote in identifier", position)
    if rest.startswith("/*"):
        return OracleError(1742, "comment not terminated properly", position)
    return OracleError(911, "invalid character", position)


def bind_name(token: Token) -> str:
    """The name of a bind without its colon, upper-cased unless quoted."""
    name = token.text[1:].strip()
    return name[1:-1] if name.startswith('"') else name.upper()


#: words that no bind may be called unless in quotes (SQL Language Reference, "Oracle SQL Reserved
#: Words")
_RESERVED = frozenset(
    (
        "ACCESS",
        "ADD",
        "ALL",
        "ALTER",
        "AND",
        "ANY",
        "AS",
        "ASC",
        "AUDIT",
        "BETWEEN",
        "BY",
        "CHAR",
        "CHECK",
        "CLUSTER",
        "COLUMN",
        "COMMENT",
        "COMPRESS",
        "CONNECT",
        "CREATE",
        "CURRENT",
        "DATE",
        "DECIMAL",
        "DEFAULT",
        "DELETE",
        "DESC",
        "DISTINCT",
        "DROP",
        "ELSE",
        "EXCLUSIVE",
        "EXISTS",
        "FILE",
        "FLOAT",
        "FOR",
        "FROM",
        "GRANT",
        "GROUP",
        "HAVING",
        "IDENTIFIED",
        "IMMEDIATE",
        "IN",
        "INCREMENT",
        "INDEX",
        "INITIAL",
        "INSERT",
        "INTEGER",
        "INTERSECT",
        "INTO",
        "IS",
        "LEVEL",
        "LIKE",
        "LOCK",
        "LONG",
        "MAXEXTENTS",
        "MINUS",
        "MLSLABEL",
        "MODE",
        "MODIFY",
        "NOAUDIT",
        "NOCOMPRESS",
        "NOT",
        "NOWAIT",
        "NULL",
        "NUMBER",
        "OF",
        "OFFLINE",
        "ON",
        "ONLINE",
        "OPTION",
        "OR",
        "ORDER",
        "PCTFREE",
        "PRIOR",
        "PUBLIC",
        "RAW",
        "RENAME",
        "RESOURCE",
        "REVOKE",
        "ROW",
        "ROWID",
        "ROWNUM",
        "ROWS",
        "SELECT",
        "SESSION",
        "SET",
        "SHARE",
        "SIZE",
        "SMALLINT",
        "START",
        "SUCCESSFUL",
        "SYNONYM",
        "SYSDATE",
        "TABLE",
        "THEN",
        "TO",
        "TRIGGER",
        "UID",
        "UNION",
        "UNIQUE",
        "UPDATE",
        "USER",
        "VALIDATE",
        "VALUES",
        "VARCHAR",
        "VARCHAR2",
        "VIEW",
        "WHENEVER",
        "WHERE",
        "WITH",
    )
)


def check_bind_names(tokens: tuple[Token, ...]) -> None:
    """Raises ORA-01745 where a bind has the name of a reserved word."""
    for token in tokens:
        if token.kind is Lexeme.BIND and '"' not in token.text and bind_name(token) in _RESERVED:
            raise OracleError(1745, "invalid host/bind variable name", token.start)


def top_level(tokens: tuple[Token, ...]) -> list[int]:
    """For every token the depth of parentheses it stands at (an opening one counts as outside)."""
    depths, depth = [], 0
    for token in tokens:
        if token.kind is Lexeme.SYMBOL and token.text == ")":
            depth -= 1
        depths.append(depth)
        if token.kind is Lexeme.SYMBOL and token.text == "(":
            depth += 1
    return depths


def quote(name: str) -> str:
    """A name as a quoted PostgreSQL identifier. Raises ORA-00972 beyond PostgreSQL's 63 bytes."""
    if len(name.encode()) > 63:
        raise OracleError(972, f"identifier is too long: {name} (the store keeps 63 bytes)")
    return quoted(name)


def literal(value: str) -> str:
    """A string as a PostgreSQL literal."""
    if "\\" in value:
        return "E'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
    return "'" + value.replace("'", "''") + "'"
