"""A statement as the client sent it: its kind, its binds, its RETURNING clause, the names of its
columns.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from sqlglot import exp

from lab.oracle.engine.lexer import Lexeme, Token, bind_name, check_bind_names, tokenize, top_level
from lab.oracle.engine.translate.dialect import parse
from lab.oracle.interface import Kind, OracleError

_KINDS = {
    "SELECT": Kind.QUERY,
    "WITH": Kind.QUERY,
    "INSERT": Kind.DML,
    "UPDATE": Kind.DML,
    "DELETE": Kind.DML,
    "MERGE": Kind.DML,
    "BEGIN": Kind.PLSQL,
    "DECLARE": Kind.PLSQL,
    "CALL": Kind.PLSQL,
    "CREATE": Kind.DDL,
    "ALTER": Kind.DDL,
    "DROP": Kind.DDL,
    "TRUNCATE": Kind.DDL,
    "COMMENT": Kind.DDL,
    "GRANT": Kind.DDL,
    "REVOKE": Kind.DDL,
    "RENAME": Kind.DDL,
    "ANALYZE": Kind.DDL,
    "PURGE": Kind.DDL,
    "COMMIT": Kind.OTHER,
    "ROLLBACK": Kind.OTHER,
    "SAVEPOINT": Kind.OTHER,
    "SET": Kind.OTHER,
    "LOCK": Kind.OTHER,
    "EXPLAIN": Kind.OTHER,
    "FLASHBACK": Kind.DDL,
}


@dataclass
class Parsed:
    """Implements ``Statement``; translations are kept with it by the session."""

    text: str
    kind: Kind
    returning: tuple[bool, ...]
    tokens: tuple[Token, ...]
    verb: str
    tree: exp.Expression | None = None
    #: the expressions after RETURNING
    returned: tuple[exp.Expression, ...] = ()
    names: tuple[str | None, ...] = ()
    translations: dict[Any, Any] = field(default_factory=dict)

    @property
    def inputs(self) -> tuple[int, ...]:
        """The numbers of the binds that carry a value in."""
        return tuple(number for number, is_out in enumerate(self.returning) if not is_out)

    @property
    def asks_for_transaction(self) -> bool:
        """Whether this is the block by which SQLAlchemy begins a transaction
        and learns its number.
        """
        words = [
            ":" if token.kind is Lexeme.BIND else token.word or token.text for token in self.tokens
        ]
        return "".join(words) == "BEGIN::=DBMS_TRANSACTION.LOCAL_TRANSACTION_ID(TRUE);END;"


def parse_statement(text: str) -> Parsed:
    """Reads a statement. Raises ORA-00900 and its kin when it is none."""
    tokens = tokenize(text.rstrip("\x00"))
    if not tokens:
        raise OracleError(24373, "invalid length specified for statement")
    check_bind_names(tokens)
    verb = next((token.word for token in tokens if token.text != "("), "")
    kind = _KINDS.get(verb)
    if kind is None:
        raise OracleError(900, "invalid SQL statement")
    if verb == "ALTER" and len(tokens) > 1 and tokens[1].word in ("SESSION", "SYSTEM"):
        kind = Kind.OTHER
    if kind in (Kind.QUERY, Kind.DML):
        return _parse_sql(text, kind, tokens, verb)
    binds = _plsql_binds(tokens) if kind is Kind.PLSQL else ()
    parsed = Parsed(text, kind, (False,) * len(binds), tokens, verb)
    return replace(parsed, returning=(True,)) if parsed.asks_for_transaction else parsed


def _plsql_binds(tokens: tuple[Token, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(bind_name(token) for token in tokens if token.kind is Lexeme.BIND))


def _parse_sql(text: str, kind: Kind, tokens: tuple[Token, ...], verb: str) -> Parsed:
    numbers = {
        token.start: number
        for number, token in enumerate(token for token in tokens if token.kind is Lexeme.BIND)
    }
    if verb == "INSERT" and (len(tokens) < 2 or tokens[1].word not in ("INTO", "ALL", "FIRST")):
        raise OracleError(
            925, "missing INTO keyword", tokens[-1].start if len(tokens) < 2 else tokens[1].start
        )
    cut = _returning_at(tokens) if kind is Kind.DML else None
    main = tokens if cut is None else tokens[:cut]
    tree = parse(main, numbers)
    outs, expressions = (set(), ()) if cut is None else _returning(tokens[cut:], numbers)
    returning = tuple(number in outs for number in range(len(numbers)))
    names = column_names(text, tokens) if kind is Kind.QUERY else ()
    return Parsed(text, kind, returning, tokens, verb, tree, expressions, names)


def _returning_at(tokens: tuple[Token, ...]) -> int | None:
    depths = top_level(tokens)
    for place in range(len(tokens) - 1, -1, -1):
        if not depths[place] and tokens[place].word in ("RETURNING", "RETURN") and place > 1:
            return place
    return None


def _returning(
    tokens: tuple[Token, ...], numbers: dict[int, int]
) -> tuple[set[int], tuple[exp.Expression, ...]]:
    into = next((place for place, token in enumerate(tokens) if token.word == "INTO"), None)
    if into is None:
        raise OracleError(925, "missing INTO keyword", tokens[-1].end)
    targets = [token for token in tokens[into + 1 :] if token.text != ","]
    if any(token.kind is not Lexeme.BIND for token in targets):
        raise OracleError(439, "feature is not enabled: RETURNING INTO anything but binds")
    start = tokens[0]
    words = (
        Token(Lexeme.WORD, "SELECT", start.start, start.end),
        *tokens[1:into],
        Token(Lexeme.WORD, "FROM", start.start, start.end),
        Token(Lexeme.WORD, "DUAL", start.start, start.end),
    )
    expressions = tuple(parse(words, numbers).expressions)
    if len(expressions) != len(targets):
        raise OracleError(
            947 if len(expressions) < len(targets) else 913,
            "RETURNING and INTO lists differ in length",
        )
    return {numbers[token.start] for token in targets}, expressions


_SQUEEZE = re.compile(r"\s+")


def column_names(text: str, tokens: tuple[Token, ...]) -> tuple[str | None, ...]:
    """The names Oracle gives the columns of the (first) select list; None for ``*`` and what
    follows it.
    """
    depths = top_level(tokens)
    start = _select_at(tokens, depths)
    if start is None:
        return ()
    base = depths[start]
    items: list[list[Token]] = []
    item: list[Token] = []
    for place in range(start + 1, len(tokens)):
        token = tokens[place]
        if depths[place] < base or (depths[place] == base and token.word == "FROM"):
            break
        if depths[place] == base and token.text == ",":
            items.append(item)
            item = []
        elif item or token.word not in ("DISTINCT", "ALL", "UNIQUE"):
            item.append(token)
    return tuple(_column_name(text, part) for part in [*items, item])


def _select_at(tokens: tuple[Token, ...], depths: list[int]) -> int | None:
    """The SELECT that names the columns: in WITH the one after the common queries."""
    if tokens[0].word == "WITH":
        return next(
            (i for i, token in enumerate(tokens) if token.word == "SELECT" and not depths[i]), None
        )
    return next((i for i, token in enumerate(tokens) if token.word == "SELECT"), None)


def _column_name(text: str, item: list[Token]) -> str | None:
    if not item or item[-1].text == "*":
        return None
    last = item[-1]
    if len(item) == 1:
        return last.name or _expression_name(text, item)
    before = item[-2]
    if last.kind in (Lexeme.WORD, Lexeme.QUOTED) and (
        before.text == "." or before.word == "AS" or _ends_operand(before, last)
    ):
        return last.name
    return _expression_name(text, item)


def _ends_operand(before: Token, last: Token) -> bool:
    if last.word == "END":
        return False
    if before.kind is Lexeme.WORD:
        return before.word not in (
            "NOT",
            "AND",
            "OR",
            "THEN",
            "ELSE",
            "CASE",
            "WHEN",
            "PRIOR",
            "DISTINCT",
        )
    return (
        before.kind in (Lexeme.QUOTED, Lexeme.STRING, Lexeme.NUMBER, Lexeme.BIND)
        or before.text == ")"
    )


def _expression_name(text: str, item: list[Token]) -> str:
    parts = [
        token.text if token.kind is Lexeme.QUOTED else _SQUEEZE.sub("", token.text).upper()
        for token in item
    ]
    return "".join(parts)[:128]
