"""What somebody may have meant who wrote a name that there is not."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(written: str, known: Iterable[str], otherwise: str = "") -> str:
    """Ends a complaint: ``; did you mean 'NAME'?``, or ``; OTHERWISE`` when
    no known name is close.
    """
    folded = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(written.casefold(), folded, n=1)
    if close:
        return f"; did you mean {folded[close[0]]!r}?"
    return f"; {otherwise}" if otherwise else ""
