"""Filter patterns for unstructured log events.

Amazon CloudWatch Logs user guide, "Filter pattern syntax": all terms must occur, a term after ``-``
must not, of the terms after ``?`` one must (they are ignored when there are other terms); terms
with other characters than letters, digits and underscores stand in double quotes; ``%...%`` holds a
regular expression. Case matters.
"""

from __future__ import annotations

import re
from collections.abc import Callable

Matcher = Callable[[str], bool]

_PART = re.compile(
    r'\s*(?P<sign>[?-]?)(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|%(?P<regex>[^%]+)%|(?P<word>[^\s"]+))'
)
_WORD = re.compile(r"\w+")


class PatternError(ValueError):
    """The pattern is not one for unstructured log events."""


def parse_pattern(text: str) -> Matcher:
    """A test for messages. Raises PatternError with what is wrong in the pattern."""
    needed: list[Matcher] = []
    refused: list[Matcher] = []
    optional: list[Matcher] = []
    by_sign = {"": needed, "-": refused, "?": optional}
    for part in _parts(text.strip()):
        by_sign[part["sign"]].append(_matcher(part))

    def matches(message: str) -> bool:
        if any(match(message) for match in refused) or not all(match(message) for match in needed):
            return False
        return bool(needed or refused) or not optional or any(match(message) for match in optional)

    return matches


def _parts(text: str) -> list[re.Match[str]]:
    if text.startswith(("{", "[")):
        raise PatternError(
            "JSON and space-delimited filter patterns are not done in the lab; use terms"
        )
    parts: list[re.Match[str]] = []
    position = 0
    while position < len(text):
        part = _PART.match(text, position)
        if part is None:
            raise PatternError(f"Invalid filter pattern at position {position}: {text!r}")
        parts.append(part)
        position = part.end()
    return parts


def _matcher(part: re.Match[str]) -> Matcher:
    if part["regex"] is not None:
        try:
            found = re.compile(part["regex"]).search
        except re.error as error:
            raise PatternError(f"Invalid regular expression in filter pattern: {error}") from None
        return lambda message: found(message) is not None
    if part["quoted"] is not None:
        term = re.sub(r"\\(.)", r"\1", part["quoted"])
    else:
        term = part["word"]
        if not _WORD.fullmatch(term):
            raise PatternError(f"Invalid character(s) in term '{term}'; put it in double quotes")
    return lambda message: term in message
