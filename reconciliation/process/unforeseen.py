"""An exception nobody foresaw: one line for the user, the traceback in a file of its own."""

from __future__ import annotations

import datetime as dt
import traceback
from pathlib import Path

from reconciliation.errors import (
    Broken,
    CanonicalError,
    ContractError,
    EnvironmentFault,
    MappingError,
    NotJudged,
    Unwritten,
    UsageError,
)
from reconciliation.process.files import write_text

NAME = "traceback.txt"
#: what ends a run or a scenario on purpose, and never only the table it came from
ON_PURPOSE = (UsageError, NotJudged, Broken)
#: the tracebacks this process put into each file
_told: dict[Path, list[str]] = {}
_FORESEEN = (EnvironmentFault, ContractError, MappingError, CanonicalError)


def told(error: BaseException, directory: Path, shown: str | None = None) -> str:
    """One line about ``error``, whose traceback is put into ``directory``/traceback.txt, behind
    those of this run.

    ``shown`` is how the line calls the directory. A traceback that cannot be kept is said to be
    lost.
    """
    line = f"unforeseen {type(error).__name__}: {_first_line(error)}"
    try:
        when = f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M:%S} UTC"
        place = directory / NAME
        told_here = [*_told.get(place, ()), "\n".join((when, *traceback.format_exception(error)))]
        write_text(place, "\n".join(told_here))
        _told[place] = told_here
    except Unwritten as reason:
        return f"{line} (its traceback could not be kept: {reason.why})"
    return f"{line} (traceback: {shown or directory}/{NAME}); this is a mistake in the suite"


def reason(error: Exception, directory: Path) -> str:
    """Why something was not judged: a foreseen error's own line, for any other that of ``told``."""
    return str(error) if isinstance(error, _FORESEEN) else told(error, directory)


def _first_line(error: BaseException) -> str:
    text = str(error).strip()
    return text.splitlines()[0] if text else "no message"
