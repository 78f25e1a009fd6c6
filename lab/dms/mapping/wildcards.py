"""The wildcards of object locators.

``%`` stands for any characters, ``_`` for exactly one, ``[_]`` for a literal underscore, ``[ab]`` and ``[a-d]`` for
a set (AWS DMS user guide, "Wildcards in table mapping"). Matching is case-sensitive.
"""

from __future__ import annotations

import re
from functools import lru_cache


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

    ``_`` does not count: an underscore in an exact name is what people write, and AWS takes it in rules that want
    an exact name.
    """
    return "%" in pattern or ("[" in pattern and "]" in pattern)


def _character_set(content: str) -> str:
    escaped = content.replace("\\", "\\\\").replace("]", "\\]").replace("[", "\\[").replace("^", "\\^")
    return f"[{escaped}]"
