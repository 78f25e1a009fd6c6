"""Row filters of a contract: SQL conditions, checked for what could make them more than one
condition.

A filter is part of a reviewed file and runs in a read-only session; what is refused here would
change the statement around it, or hide from the reviewer what is compared.
"""

from __future__ import annotations

import re

#: literals and quoted names, which may hold anything; '' within a literal is two literals side by
#: side
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
#: other ways to quote, each with a blind spot of its own: E'\'' (PostgreSQL), q'[']' (Oracle),
#: $$'$$ (PostgreSQL)
_OTHER_QUOTES = re.compile(r"(?:(?<![\w$#])(?:e|n?q|u&)'|\$\w*\$)", re.IGNORECASE)
_REFUSED = ((";", "a semicolon"), ("--", "a comment (--)"), ("/*", "a comment (/*)"))


class FilterError(ValueError):
    """What is wrong with a condition, as the end of a sentence about it."""


def check_filter(condition: str) -> None:
    """Raise FilterError unless ``condition`` is one condition by its shape; the database judges the
    rest.
    """
    if not condition.strip():
        raise FilterError("is empty; leave it out to compare all rows")
    bare = _QUOTED.sub("''", condition)
    if _OTHER_QUOTES.search(bare):
        raise FilterError(
            "quotes a text in another way than '...'; write plain literals, with '' for a quote"
        )
    left_over = bare.replace("''", "")
    for quote in "'\"":
        if quote in left_over:
            raise FilterError(f"has a {quote} that is never closed")
    for sign, name in _REFUSED:
        if sign in left_over:
            raise FilterError(
                f"holds {name}; write one condition, and its explanation as a comment of the file"
            )
    depth = 0
    for character in left_over:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth < 0:
            raise FilterError("closes a bracket that it does not open")
    if depth:
        raise FilterError("opens a bracket that it does not close")
