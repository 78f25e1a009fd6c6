"""As much of SQL*Plus as a repair script needs, executed through the driver. The judge has nothing
like it.

It is as strict as SQL*Plus is treacherous: a line that SQL*Plus would take for something else fails
the test.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

#: characters of a line SQL*Plus takes ("SQL*Plus User's Guide and Reference", SQL*Plus Limits)
LONGEST_LINE = 2499
_COMMANDS = ("SET ", "WHENEVER ", "PROMPT")


@dataclass(frozen=True)
class Statement:
    sql: str

    @property
    def is_change(self) -> bool:
        return self.sql.startswith(("INSERT", "UPDATE", "DELETE"))


def statements(script: str) -> Iterator[Statement]:
    """The SQL statements of a script, without terminators."""
    assert script.startswith("--")
    assert "\nWHENEVER SQLERROR EXIT FAILURE ROLLBACK\n" in script
    assert "\nSET DEFINE OFF\n" in script
    buffer: list[str] = []
    for line in script.splitlines():
        assert len(line) <= LONGEST_LINE, f"a line of {len(line)} characters"
        assert not line.rstrip().endswith("-") or line == "--", (
            f"SQL*Plus joins the next line to {line!r}"
        )
        assert line.isascii(), f"the meaning of {line!r} depends on NLS_LANG"
        if not buffer and (not line.strip() or line.startswith(("--", *_COMMANDS))):
            assert not line.endswith(";"), f"{line!r}"
            continue
        assert not line.startswith(("#", "@", "/", ".")), f"SQL*Plus takes {line!r} for a command"
        if line.endswith(";"):
            yield Statement("\n".join([*buffer, line[:-1]]))
            buffer = []
        else:
            buffer.append(line)
    assert not buffer, "the last statement does not end"


def execute(connection: Any, script: str, stop_after: int | None = None) -> list[int]:
    """Execute a script; gives the row counts of its changes.

    ``stop_after`` ends it, as a kill does, after so many changes and without a commit.
    """
    counts: list[int] = []
    cursor = connection.cursor()
    try:
        for statement in statements(script):
            if stop_after is not None and len(counts) == stop_after:
                return counts
            if statement.sql == "COMMIT":
                connection.commit()
                continue
            cursor.execute(statement.sql)
            if statement.is_change:
                counts.append(cursor.rowcount)
        return counts
    finally:
        connection.rollback()
        cursor.close()
