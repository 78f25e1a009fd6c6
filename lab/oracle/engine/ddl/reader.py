"""Reads DDL token by token."""

from __future__ import annotations

from collections.abc import Sequence

from lab.oracle.engine.lexer import Lexeme, Token
from lab.oracle.interface import OracleError


class Reader:
    """A position in a list of tokens."""

    def __init__(self, text: str, tokens: Sequence[Token]) -> None:
        self.text = text
        self._tokens = tokens
        self._at = 0

    @property
    def tokens(self) -> tuple[Token, ...]:
        """All tokens of the statement."""
        return tuple(self._tokens)

    def peek(self, ahead: int = 0) -> str:
        """The key word or symbol ahead, '' at the end or for anything else."""
        place = self._at + ahead
        if place >= len(self._tokens):
            return ""
        token = self._tokens[place]
        return token.word or (token.text if token.kind is Lexeme.SYMBOL else "")

    @property
    def at_end(self) -> bool:
        """Whether nothing is left."""
        return self._at >= len(self._tokens)

    @property
    def remaining(self) -> int:
        """How many tokens are left."""
        return len(self._tokens) - self._at

    def here(self) -> int:
        """The character position of the next token."""
        return self._tokens[self._at].start if not self.at_end else len(self.text)

    def token(self) -> Token:
        """The next token. Raises ORA-00900 family at the end."""
        if self.at_end:
            raise OracleError(922, "missing or invalid option", len(self.text))
        token = self._tokens[self._at]
        self._at += 1
        return token

    def accept(self, *words: str) -> bool:
        """Takes these words when all of them come next."""
        if all(self.peek(place) == word for place, word in enumerate(words)):
            self._at += len(words)
            return True
        return False

    def expect(self, *words: str) -> None:
        """Takes these words or raises ORA-00922."""
        if not self.accept(*words):
            raise self.error(922, "missing or invalid option")

    def error(self, code: int, message: str) -> OracleError:
        """An error at this place."""
        offset = self._tokens[self._at].start if not self.at_end else len(self.text)
        return OracleError(code, message, offset)

    def unsupported(self) -> OracleError:
        """ORA-03001 naming the word at this place."""
        word = self._tokens[self._at].text if not self.at_end else "the end of the statement"
        return self.error(3001, f"unimplemented feature: {word}")

    def finish(self) -> None:
        """Raises when anything is left."""
        if not self.at_end:
            raise self.unsupported()

    def name(self) -> str:
        """An identifier; raises ORA-00903 or the like."""
        token = self.token()
        if not token.name:
            raise OracleError(904, f"{token.text}: invalid identifier", token.start)
        return token.name

    def path(self, schema: str) -> tuple[str, str]:
        """[schema.]name"""
        first = self.name()
        if self.accept("."):
            return first, self.name()
        return schema, first

    def number(self) -> int:
        """A whole number, a sign allowed."""
        sign = -1 if self.accept("-") else 1
        token = self.token()
        if token.kind is not Lexeme.NUMBER or not token.text.isdigit():
            raise OracleError(2017, "integer value required", token.start)
        return sign * int(token.text)

    def names(self) -> list[str]:
        """(name, name, ...)"""
        if not self.accept("("):
            raise self.error(906, "missing left parenthesis")
        found = [self.name()]
        while self.accept(","):
            found.append(self.name())
        if not self.accept(")"):
            raise self.error(907, "missing right parenthesis")
        return found

    def expression(self, stops: Sequence[str]) -> list[Token]:
        """The tokens up to a stop word, a comma or a closing parenthesis at this level."""
        taken: list[Token] = []
        depth = 0
        while not self.at_end:
            word = self.peek()
            if depth == 0 and (word in stops or word in (",", ")")):
                break
            depth += {"(": 1, ")": -1}.get(word, 0)
            taken.append(self.token())
        if not taken:
            raise self.error(936, "missing expression")
        return taken

    def parenthesised(self) -> list[Token]:
        """The tokens within the parentheses that open here."""
        if not self.accept("("):
            raise self.error(906, "missing left parenthesis")
        taken: list[Token] = []
        depth = 1
        while True:
            token = self.token()
            if token.kind is Lexeme.SYMBOL:
                depth += {"(": 1, ")": -1}.get(token.text, 0)
            if depth == 0:
                return taken
            taken.append(token)

    def source(self, tokens: Sequence[Token]) -> str:
        """The text of these tokens as written."""
        return self.text[tokens[0].start : tokens[-1].end]
