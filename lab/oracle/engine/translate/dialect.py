"""sqlglot's Oracle grammar without its rewriting of functions, and the checks that keep its
leniency out.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlglot
from sqlglot import exp
from sqlglot.dialects.oracle import Oracle
from sqlglot.errors import ParseError, TokenError
from sqlglot.parsers.oracle import OracleParser

from lab.oracle.engine.lexer import Lexeme, Token
from lab.oracle.engine.translate.rewriting import prepared, split_merge_delete
from lab.oracle.interface import OracleError


class PlainOracle(Oracle):
    """Every function call stays a call by its Oracle name."""

    class Parser(OracleParser):
        FUNCTIONS = {}  # noqa: RUF012 - sqlglot's own way of configuring a dialect
        FUNCTION_PARSERS = {  # noqa: RUF012
            name: parser
            for name, parser in OracleParser.FUNCTION_PARSERS.items()
            if name in ("CAST", "EXTRACT", "TRIM")
        }
        NO_PAREN_FUNCTION_PARSERS = {  # noqa: RUF012
            name: parser
            for name, parser in OracleParser.NO_PAREN_FUNCTION_PARSERS.items()
            if name != "DBMS_RANDOM"
        }


def parse(tokens: Sequence[Token], bind_numbers: dict[int, int]) -> exp.Expression:
    """The tree of one statement; ``bind_numbers`` maps the position of a bind token to its number.

    Binds come out as placeholders named after their number. Raises OracleError for what is no valid
    statement.
    """
    rest = prepared(tokens)
    deleted: list[Token] = []
    if rest and rest[0].word == "MERGE":
        rest, deleted = split_merge_delete(rest)
    try:
        tree = sqlglot.parse_one(_rebuilt(rest, bind_numbers), read=PlainOracle)
        if deleted:
            text = f"SELECT 1 FROM DUAL WHERE {_rebuilt(deleted, bind_numbers)}"
            tree.set("delete", sqlglot.parse_one(text, read=PlainOracle).args["where"].this)
    except (ParseError, TokenError):
        raise syntax_error(tokens) from None
    if isinstance(tree, exp.Command):
        raise OracleError(900, "invalid SQL statement")
    # sqlglot promises no more than one of its traits; all nodes that it makes are of this class
    assert isinstance(tree, exp.Expression)
    for kind in (exp.Or, exp.And):
        _balance(tree, kind)
    return tree


_Chain = exp.Or | exp.And
#: conditions joined in one chain that may hang below one another
_DEEP = 100


def _balance(tree: exp.Expression, kind: type[_Chain]) -> None:
    """Long chains, each condition of which hangs below the one behind it, as trees of little depth:
    what walks through a statement calls itself at each step down.
    """
    for top in list(tree.find_all(kind)):
        if isinstance(top.parent, kind):
            continue
        joined: list[exp.Expression] = []
        node: exp.Expression = top
        while isinstance(node, kind):
            joined.append(node.expression)
            node = node.this
        if len(joined) > _DEEP:
            top.replace(_halved(kind, [node, *reversed(joined)]))


def _halved(kind: type[_Chain], joined: list[exp.Expression]) -> exp.Expression:
    if len(joined) == 1:
        return joined[0]
    middle = len(joined) // 2
    return kind(this=_halved(kind, joined[:middle]), expression=_halved(kind, joined[middle:]))


#: types that sqlglot takes for another one, under names that it leaves alone
_TYPES_APART = {"BINARY_FLOAT": "ORA_BINARY_FLOAT", "REAL": "ORA_REAL"}


def _rebuilt(tokens: Sequence[Token], bind_numbers: dict[int, int]) -> str:
    parts = []
    in_cast = [False]
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.text == "(":
            in_cast.append(before is not None and before.word == "CAST")
        elif token.text == ")" and len(in_cast) > 1:
            in_cast.pop()
        if (
            in_cast[-1]
            and token.word in _TYPES_APART
            and before is not None
            and before.word == "AS"
        ):
            parts.append(_TYPES_APART[token.word])
        elif token.word == "LOCAL" and before is not None and before.word == "AT":
            parts.append("TIME ZONE SESSIONTIMEZONE")
        elif token.kind is Lexeme.BIND:
            parts.append(f":B{bind_numbers[token.start]}")
        elif token.kind is Lexeme.STRING:
            parts.append(
                ("N'" if token.is_national else "'") + token.string.replace("'", "''") + "'"
            )
        elif token.kind is Lexeme.NUMBER and token.text[-1] in "fFdD":
            kind = "FLOAT" if token.text[-1] in "fF" else "DOUBLE"
            parts.append(f"TO_BINARY_{kind} ( '{token.text[:-1]}' )")
        elif token.kind is Lexeme.SYMBOL and token.text in (":", ";", "?", "[", "]", ":="):
            raise OracleError(
                911 if token.text != ";" else 933,
                _SYMBOL_TEXTS.get(token.text, "invalid character"),
            )
        elif token.text == "^=":
            parts.append("<>")
        else:
            parts.append(token.text)
    _bracket_fetch(tokens, parts)
    return " ".join(parts).replace("( + )", "(+)")


def _bracket_fetch(tokens: Sequence[Token], parts: list[str]) -> None:
    """FETCH FIRST takes any expression; the grammar here reads one only in parentheses."""
    for start, token in enumerate(tokens[:-2], start=2):
        if token.word != "FETCH" or tokens[start - 1].word not in ("FIRST", "NEXT"):
            continue
        end = next(
            (i for i in range(start, len(tokens)) if tokens[i].word in ("ROW", "ROWS", "PERCENT")),
            start,
        )
        if end > start + 1:
            parts[start], parts[end - 1] = f"({parts[start]}", f"{parts[end - 1]})"


_SYMBOL_TEXTS = {";": "SQL command not properly ended"}


def unsupported(what: str, offset: int = 0) -> OracleError:
    """The loud refusal of something Oracle knows and this server does not."""
    return OracleError(3001, f"unimplemented feature: {what}", offset)


def only(node: exp.Expression, *known: str) -> None:
    """Refuses a node that carries an argument nobody handles."""
    for name, value in node.args.items():
        if name not in known and value not in (None, False, [], ""):
            raise unsupported(f"{name.rstrip('_').upper()} in {type(node).__name__.upper()}")


def syntax_error(tokens: Sequence[Token]) -> OracleError:
    """The likeliest of Oracle's messages for a statement that does not parse."""
    words = [token.word for token in tokens]
    depth = sum(
        {"(": 1, ")": -1}.get(token.text, 0) for token in tokens if token.kind is Lexeme.SYMBOL
    )
    if depth > 0:
        return OracleError(907, "missing right parenthesis", tokens[-1].end)
    if words[0] == "SELECT" and "FROM" not in words:
        return OracleError(923, "FROM keyword not found where expected", tokens[-1].end)
    if _lacks_expression(tokens):
        return OracleError(936, "missing expression", tokens[-1].start)
    if words[0] == "INSERT" and "INTO" not in words:
        return OracleError(925, "missing INTO keyword", tokens[min(1, len(tokens) - 1)].start)
    if words[0] == "UPDATE" and "SET" not in words:
        return OracleError(971, "missing SET keyword", tokens[-1].end)
    return OracleError(933, "SQL command not properly ended", tokens[-1].start)


_BEFORE_EXPRESSION = frozenset(("SELECT", "WHERE", "AND", "OR", "BY", "SET", "VALUES"))
_AFTER_EXPRESSION = frozenset(("FROM", "WHERE", "GROUP", "ORDER", "AND", "OR"))


def _lacks_expression(tokens: Sequence[Token]) -> bool:
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        wants = token.word in _BEFORE_EXPRESSION or token.text in (",", "=", "+", "-")
        if wants and (
            following is None or following.word in _AFTER_EXPRESSION or following.text in (",", ")")
        ):
            return True
    return False
