"""The end of a log, for a message about what went wrong."""

from __future__ import annotations

from pathlib import Path

_MOST_BYTES = 20_000


def tail(path: Path, lines: int = 12, since: int = 0) -> str:
    """The last lines written to the file behind byte ``since``; '' when there are none."""
    try:
        with path.open("rb") as log:
            end = log.seek(0, 2)
            log.seek(max(since, end - _MOST_BYTES))
            text = log.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
