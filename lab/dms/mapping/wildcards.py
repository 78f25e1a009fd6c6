"""The wildcards of object locators.

``%`` stands for any characters, ``_`` for exactly one, ``[_]`` for a literal underscore, ``[ab]``
and ``[a-d]`` for a set (AWS DMS user guide, "Wildcards in table mapping"). Matching is
case-sensitive.
"""

from __future__ import annotations

import re
from functools import lru_cache

_NOTHING = "(?!)"


@lru_cache(maxsize=512)
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """The pattern as a regular expression that matches whole names."""
    parts: list[str] = []
    position = 0
    while position < len(pattern):
        character = pattern[position]
        end = pattern.find("]", position + 2) if character == "[" else -1
        if end > 0:
            parts.append(_character_set(pattern[position + 1 : end]))
            position = end + 1
            continue
        parts.append({"%": ".*", "_": "."}.get(character, re.escape(character)))
        position += 1
    return re.compile("".join(parts), re.DOTALL)


def matches(pattern: str, name: str) -> bool:
    """Whether ``name`` as a whole matches ``pattern``."""
    return compile_pattern(pattern).fullmatch(name) is not None


def has_wildcard(pattern: str) -> bool:
    """Whether the pattern can match more than one name.

    ``_`` does not count: an underscore in an exact name is what people write, and AWS takes it in
    rules that want an exact name.
    """
    return "%" in pattern or ("[" in pattern and "]" in pattern)


def without_escapes(pattern: str, escape: str) -> str:
    """The pattern with every character behind ``escape`` as a set of its own, so that it stands for
    itself.

    ``escape`` is the endpoint's ``escapeCharacter``, which Oracle endpoints have (AWS DMS user
    guide, wildcards).
    """
    parts: list[str] = []
    characters = iter(pattern)
    for character in characters:
        escaped = next(characters, None) if character == escape else None
        parts.append(character if escaped is None else f"[{escaped}]")
    return "".join(parts)


def _character_set(content: str) -> str:
    """A set as a regular expression; a range that runs backwards holds nothing."""
    parts: list[str] = []
    position = 0
    while position < len(content):
        first = content[position]
        if content[position + 1 : position + 2] == "-" and position + 2 < len(content):
            last = content[position + 2]
            if first <= last:
                parts.append(f"{re.escape(first)}-{re.escape(last)}")
            position += 3
        else:
            # re.escape leaves a circumflex at the beginning its meaning only outside of sets
            parts.append("\\^" if first == "^" else re.escape(first))
            position += 1
    return f"[{''.join(parts)}]" if parts else _NOTHING
