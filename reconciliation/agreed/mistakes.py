"""All mistakes of a file at once: one line for one, and for several a line that counts them and one
for each.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


def told(file: object, mistakes: Sequence[str]) -> str:
    """``FILE: the mistake``, or ``FILE: 3 mistakes`` and the three below it."""
    if len(mistakes) == 1:
        return f"{file}: {mistakes[0]}"
    return "\n".join((f"{file}: {len(mistakes)} mistakes", *(f"  {line}" for line in mistakes)))


def nearest(name: str, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """What was probably meant by a name that is not known; ``likeness`` is difflib's ratio, 1 for
    the same name.
    """
    return next(iter(difflib.get_close_matches(name, list(known), 1, likeness)), None)


def unknown_key(name: str, known: Sequence[str]) -> str:
    """Words for a key that is not known: what it may have been meant for, or else what there is."""
    meant = nearest(name, known)
    way_out = f"did you mean {meant!r}?" if meant else f"known are {', '.join(known)}"
    return f"has the unknown key {name!r}; {way_out}"


def missing(required: Iterable[str], given: Iterable[str], known: Sequence[str]) -> list[str]:
    """Required keys that are not given, but for those whose misspelling is: it is told of once."""
    there = set(given)
    meant = {nearest(name, known) for name in there if name not in known}
    return [name for name in required if name not in there and name not in meant]
