"""Texts that a regular expression asks for: character classes, alternatives and repetitions as
conditions of tables use them. Whether a text really matches is PostgreSQL's to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

#: a class, an escape, a group's brackets, an anchor, any other character; then how often
_TOKEN = re.compile(
    r"(\[(?:\\.|[^\]\\])+\]|\\.|\(\?:|[()|^$]|.)(\{\d+(?:,\d*)?\}|[*+?])?", re.DOTALL
)
_ESCAPES = {"d": "0123456789", "w": "abcdefghijklmnopqrstuvwxyz0123456789", "s": " "}
#: how often something is repeated that may be repeated without end
_REPEATED = 4


def texts_of(pattern: str, number: int) -> str | None:
    """Text ``number`` of those a pattern asks for, which differ where it leaves a choice; None for
    one with groups or alternatives.
    """
    places: list[str] = []
    for token, often in _TOKEN.findall(pattern):
        if token in "^$" and not often:
            continue
        if token in ("(", "(?:", ")", "|"):
            return None
        places += [_characters(token)] * _times(often)
    if not all(places):
        return None
    return _counted(places, number)


def _counted(places: Sequence[str], number: int) -> str:
    """The last places count, as the digits of a number do."""
    written = ""
    for choice in reversed(places):
        number, digit = divmod(number, len(choice))
        written = choice[digit] + written
    return written


def room_of(pattern: str) -> int:
    """How many texts ``texts_of`` has for a pattern."""
    found = 1
    for token, often in _TOKEN.findall(pattern):
        if token not in ("^", "$"):
            found *= max(1, len(_characters(token))) ** _times(often)
    return min(found, 10**9)


def _times(often: str) -> int:
    if often.startswith("{"):
        least, comma, most = often[1:-1].partition(",")
        return int(least) or min(int(most or 1), 1) if comma else int(least)
    return {"": 1, "?": 1, "*": _REPEATED, "+": _REPEATED}[often]


def _characters(token: str) -> str:
    """The characters one place may have."""
    if token.startswith("\\"):
        return _ESCAPES.get(token[1:], token[1:])
    if token == ".":
        return "abcdefghijklmnopqrstuvwxyz"
    if not token.startswith("[") or token.startswith("[^"):
        return "a" if token.startswith("[^") else token
    return "".join(_of_class(token[1:-1]))


def _of_class(inside: str) -> Iterator[str]:
    for first, last, escape, alone in re.findall(r"([^\\])-([^\\])|\\(.)|(.)", inside):
        if first:
            yield from map(chr, range(ord(first), min(ord(last), ord(first) + 64) + 1))
        else:
            yield _ESCAPES.get(escape, escape) if escape else alone
