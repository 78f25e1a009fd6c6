"""Clauses that the grammar does not know, taken out of the tokens or put into
a form that it reads.
"""

from __future__ import annotations

from collections.abc import Sequence

from lab.oracle.engine.lexer import Lexeme, Token
from lab.oracle.interface import OracleError

#: the call that stands for ``DEFAULT value ON CONVERSION ERROR`` among a function's arguments
CONVERSION_DEFAULT = "ora$default"


def prepared(tokens: Sequence[Token]) -> list[Token]:
    """The tokens without what the grammar cannot read. Raises ORA-03001 for clauses that are
    refused.
    """
    _refuse(tokens)
    return _without_counting_side(_without_overflow(_conversion_defaults(list(tokens))))


def _refuse(tokens: Sequence[Token]) -> None:
    for place, token in enumerate(tokens):
        following = [later.word or later.text for later in tokens[place + 1 : place + 3]]
        if token.text == "@" and token.kind is Lexeme.SYMBOL:
            raise OracleError(
                2019, "connection description for remote database not found", token.start
            )
        for words, name in _REFUSED:
            if [token.word, *following][: len(words)] == words:
                raise OracleError(3001, f"unimplemented feature: {name}", token.start)


_REFUSED = (
    (["VERSIONS", "BETWEEN", "SCN"], "VERSIONS BETWEEN"),
    (["VERSIONS", "BETWEEN", "TIMESTAMP"], "VERSIONS BETWEEN"),
    (["UPDATE", "("], "UPDATE of an inline view"),
    (["CURSOR", "(", "SELECT"], "CURSOR expressions"),
    (["OVERFLOW", "TRUNCATE"], "LISTAGG with ON OVERFLOW TRUNCATE"),
    (["MATCH_RECOGNIZE", "("], "MATCH_RECOGNIZE"),
)


def _at(tokens: Sequence[Token], place: int, *words: str) -> bool:
    return [token.word for token in tokens[place : place + len(words)]] == list(words)


def _conversion_defaults(tokens: list[Token]) -> list[Token]:
    """``f(x DEFAULT y ON CONVERSION ERROR, ...)`` as ``f(x, "ora$default"(y), ...)``; CAST's own is
    known.
    """
    for place in range(len(tokens) - 3, 0, -1):
        if not _at(tokens, place, "ON", "CONVERSION", "ERROR"):
            continue
        start, opener = _clause_start(tokens, place)
        if opener > 0 and tokens[opener - 1].word == "CAST":
            continue
        here = tokens[start]
        marker = [
            Token(Lexeme.SYMBOL, ",", here.start, here.end),
            Token(Lexeme.QUOTED, f'"{CONVERSION_DEFAULT}"', here.start, here.end),
            Token(Lexeme.SYMBOL, "(", here.start, here.end),
        ]
        closing = Token(Lexeme.SYMBOL, ")", here.start, here.end)
        tokens = [
            *tokens[:start],
            *marker,
            *tokens[start + 1 : place],
            closing,
            *tokens[place + 3 :],
        ]
    return tokens


def _clause_start(tokens: list[Token], end: int) -> tuple[int, int]:
    """Where the DEFAULT before ``end`` stands, and the parenthesis that both stand in."""
    depth, found = 0, None
    for place in range(end - 1, -1, -1):
        token = tokens[place]
        if token.kind is Lexeme.SYMBOL and token.text == ")":
            depth += 1
        elif token.kind is Lexeme.SYMBOL and token.text == "(":
            if depth == 0:
                if found is None:
                    break
                return found, place
            depth -= 1
        elif depth == 0 and found is None and token.word == "DEFAULT":
            found = place
    raise OracleError(43918, "This argument must be a literal", tokens[end].start)


def _without_overflow(tokens: list[Token]) -> list[Token]:
    for place in range(len(tokens) - 3, 0, -1):
        if _at(tokens, place, "ON", "OVERFLOW", "ERROR"):
            tokens = [*tokens[:place], *tokens[place + 3 :]]
    return tokens


def _without_counting_side(tokens: list[Token]) -> list[Token]:
    """``NTH_VALUE(...) FROM FIRST`` is what NTH_VALUE does anyway."""
    for place in range(len(tokens) - 3, 0, -1):
        if tokens[place - 1].text != ")" or not (
            _at(tokens, place, "FROM", "FIRST", "OVER")
            or _at(tokens, place, "FROM", "LAST", "OVER")
        ):
            continue
        if tokens[place + 1].word == "LAST":
            raise OracleError(
                3001, "unimplemented feature: NTH_VALUE with FROM LAST", tokens[place].start
            )
        tokens = [*tokens[:place], *tokens[place + 2 :]]
    return tokens


def split_merge_delete(tokens: Sequence[Token]) -> tuple[list[Token], list[Token]]:
    """A MERGE without the ``DELETE WHERE condition`` after its update, and
    that condition's tokens.
    """
    depth, start, end = 0, None, len(tokens)
    for place, token in enumerate(tokens):
        if token.kind is Lexeme.SYMBOL:
            depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth == 0 and start is None and _at(tokens, place, "DELETE", "WHERE"):
            start = place
        elif depth == 0 and start is not None and token.word == "WHEN":
            end = place
            break
    if start is None:
        return list(tokens), []
    return [*tokens[:start], *tokens[end:]], list(tokens[start + 2 : end])
