"""Patterns of object locators (AWS DMS user guide, "Wildcards in table mapping")."""

from __future__ import annotations

import re
from functools import lru_cache

_SET = re.compile(r"\[([^\]]+)\]")


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts: list[str] = []
    position = 0
    while position < len(pattern):
        character = pattern[position]
        bracket = _SET.match(pattern, position) if character == "[" else None
        if bracket:
            parts.append(_character_set(bracket.group(1)))
            position = bracket.end()
            continue
        parts.append({"%": ".*", "_": "."}.get(character) or re.escape(character))
        position += 1
    return re.compile("".join(parts), re.DOTALL)


def _character_set(members: str) -> str:
    """``[ab]`` is a set, ``[a-d]`` a range, ``[_]`` a literal underscore; nothing else is special
    inside.
    """
    parts: list[str] = []
    position = 0
    while position < len(members):
        if members[position + 1 : position + 2] == "-" and position + 2 < len(members):
            low, high = members[position], members[position + 2]
            # a reversed range names no character, as in SQL
            parts.append(f"{re.escape(low)}-{re.escape(high)}" if low <= high else "")
            position += 3
            continue
        parts.append(re.escape(members[position]))
        position += 1
    return f"[{''.join(parts)}]" if any(parts) else r"(?!)"


def matches(pattern: str | None, name: str) -> bool:
    """Whether the whole name fits the pattern. Case-sensitive. No pattern fits nothing."""
    return pattern is not None and _compiled(pattern).fullmatch(name) is not None


def literal(pattern: str | None) -> str | None:
    """The one name a pattern is evidently meant for, or None for a pattern with real wildcards.

    A bare ``_`` is formally a wildcard, but almost always part of a name.
    """
    if pattern is None or "%" in pattern:
        return None
    plain = _SET.sub(
        lambda found: found.group(1) if len(found.group(1)) == 1 else found.group(0), pattern
    )
    return None if "[" in plain else plain
