"""What an account may see, established before anything is concluded from what it does not find.

Dictionary views, settings and rows that an account may not see are left out without a word. Nothing
found there proves nothing unless it is known that it would have been found: each module tells that
for one of the parties, from facts that every account may read, and names the grant that is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from reconciliation.errors import Unreadable, Unseen
from reconciliation.model import Finding

Part = Callable[[], Iterable[Finding]]


def together(*parts: Part) -> tuple[Finding, ...]:
    """The findings of all parts of a check. Raises Unseen, with what was found, when a part cannot
    see or read.
    """
    found: list[Finding] = []
    unseen: list[str] = []
    for part in parts:
        try:
            found += part()
        except Unreadable as error:
            found += getattr(error, "findings", ())
            unseen.append(str(error))
    if unseen:
        raise Unseen("; ".join(dict.fromkeys(unseen)), found)
    return tuple(found)
