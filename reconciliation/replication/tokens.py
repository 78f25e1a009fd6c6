"""A statement read from left to right, one token after the other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""\s+ | /\*.*?\*/
      | (?P<name>"(?:[^"]|"")*+")
      | [xX]'(?P<hex>[0-9A-Fa-f]*)'
      | [nN]?(?P<text>'(?:[^']|'')*+')
      | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
      | (?P<word>[^\W\d][\w$\#]*)
      | (?P<hidden>\?|:\w+|<digest\ [^>]*>)
      | (?P<sign>.)""",
    re.VERBOSE | re.DOTALL,
)
_ENDS = frozenset({"AND", "OR", "WHERE", "WHEN", "FROM", "AS"})


class NotUnderstood(Exception):  # noqa: N818 - says what it is
    """This part of a statement says something else than was expected."""


@dataclass(frozen=True)
class Token:
    kind: str
    text: str

    @property
    def name(self) -> str:
        """As the database has it: in capitals, unless it is quoted."""
        return self.text[1:-1].replace('""', '"') if self.kind == "name" else self.text.upper()


def tokens_of(statement: str) -> Iterator[Token]:
    """Up to a text that does not end."""
    for found in _TOKEN.finditer(statement):
        if found["sign"] in ("'", '"'):
            return
        if found.lastgroup:
            yield Token(found.lastgroup, found[found.lastgroup])


class Reader:
    """Goes over the tokens of a statement."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0

    @property
    def at_end(self) -> bool:
        return self._at >= len(self._tokens)

    def took(self, text: str) -> bool:
        """Go past a word or sign, if it comes next."""
        if not self._is(text):
            return False
        self._at += 1
        return True

    def take(self, text: str) -> None:
        if not self.took(text):
            raise NotUnderstood

    def sought(self, word: str) -> bool:
        """Go past the next place of a word, if there is one."""
        start = self._at
        while not self.at_end:
            if self.took(word):
                return True
            self._at += 1
        self._at = start
        return False

    def seek(self, word: str) -> None:
        if not self.sought(word):
            raise NotUnderstood

    def table(self) -> tuple[str, str]:
        """Owner, empty where none is named, and name."""
        parts = self._names()
        return (parts[-2] if len(parts) > 1 else ""), parts[-1]

    def column(self) -> str:
        """A column, whatever it is qualified with."""
        return self._names()[-1]

    def columns(self) -> list[str]:
        self.take("(")
        found = [self.column()]
        while self.took(","):
            found.append(self.column())
        self.take(")")
        return found

    def value(self) -> Sequence[Token]:
        """An expression, up to what ends it."""
        start, depth = self._at, 0
        while not self.at_end:
            token = self._tokens[self._at]
            opens, closes = token.text == "(", token.text == ")"
            if token.kind not in ("word", "sign"):
                opens = closes = False
            if depth == 0 and (closes or self._ends(token)):
                break
            depth += opens - closes
            self._at += 1
        return self._tokens[start : self._at]

    @staticmethod
    def _ends(token: Token) -> bool:
        return (token.kind == "sign" and token.text in ",;") or (
            token.kind == "word" and token.name in _ENDS
        )

    def _names(self) -> list[str]:
        found = []
        while not self.at_end and self._tokens[self._at].kind in ("name", "word"):
            found.append(self._tokens[self._at].name)
            self._at += 1
            if not self.took("."):
                break
        if not found:
            raise NotUnderstood
        return found

    def _is(self, text: str) -> bool:
        return (
            not self.at_end
            and self._tokens[self._at].kind in ("word", "sign")
            and self._tokens[self._at].text.upper() == text
        )
