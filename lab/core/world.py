"""A world: the tables and rows that a lab begins with, as the SQL files its profile names.

docs/lab-worlds.md says how they are written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_START = re.compile(r"(?<![:\w]):start(_ms)?\b")


@dataclass(frozen=True)
class Script:
    """One SQL file of a world; ``file`` is its path as the profile says it."""

    file: str
    text: str

    def for_postgresql(self, start: datetime) -> str:
        """The statements with ``start``, an instant, in place of ``:start`` and ``:start_ms``."""
        return self._with(start, f"TIMESTAMPTZ '{start.astimezone(UTC).isoformat(sep=' ')}'")

    def for_oracle(self, start: datetime) -> str:
        """The same in Oracle's words."""
        written = f"{start.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} +00:00"
        return self._with(start, f"TIMESTAMP '{written}'")

    def _with(self, start: datetime, literal: str) -> str:
        milliseconds = str((start - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1))
        return _START.sub(lambda found: milliseconds if found[1] else literal, self.text)


@dataclass(frozen=True)
class World:
    """What both databases hold before the replication starts.

    The first of ``oracle_schemas`` runs the files of the target until one of them says ``CONNECT``;
    ``target_differences`` are run where the profile wants the sides to have drifted apart.
    """

    oracle_schemas: tuple[str, ...]
    source_ddl: tuple[Script, ...]
    target_ddl: tuple[Script, ...]
    source_seeds: tuple[Script, ...] = ()
    target_seeds: tuple[Script, ...] = ()
    target_differences: tuple[Script, ...] = ()


def starting_instant() -> datetime:
    """Now, cut to the whole second: instants of the seeds then are whole milliseconds on both
    sides.
    """
    return datetime.now(UTC).replace(microsecond=0)
