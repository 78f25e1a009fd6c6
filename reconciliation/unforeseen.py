"""An exception nobody foresaw: one line for the user, the traceback in a file of its own."""

from __future__ import annotations

import datetime as dt
import os
import traceback
from pathlib import Path

NAME = "traceback.txt"


def told(error: BaseException, directory: Path, shown: str | None = None) -> str:
    """One line about ``error``, whose traceback is put into ``directory``/traceback.txt, for its owner's eyes only.

    ``shown`` is how the line calls the directory. A traceback that cannot be kept is said to be lost.
    """
    line = f"unforeseen {type(error).__name__}: {_first_line(error)}"
    path = directory / NAME
    try:
        directory.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M:%S} UTC\n")
            file.write("".join(traceback.format_exception(error)))
    except OSError as reason:
        return f"{line} (its traceback could not be kept: {reason.strerror})"
    return f"{line} (traceback: {shown or directory}/{NAME}); this is a mistake in the suite"


def _first_line(error: BaseException) -> str:
    text = str(error).strip()
    return text.splitlines()[0] if text else "no message"
