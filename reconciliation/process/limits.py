"""How long anything may take: the limits of statements, locks and outages, and how they are written
on a command line.

No driver is imported here: options are read before anything connects.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

#: how long one outage may last, unless --patience says otherwise
OUTAGE_SECONDS = 60.0
LONGEST_SECONDS = 86_400


@dataclass(frozen=True)
class Limits:
    """Seconds that a statement may take for its (next) answer, wait for somebody else's lock in
    PostgreSQL, and take in all, however its rows come.
    """

    answer: float = 60.0
    lock: float = 10.0
    statement: float = 3600.0

    def but(self, answer: float | None = None, lock: float | None = None) -> Limits:
        """With what was asked for instead; no answer takes longer than its statement."""
        answer = self.answer if answer is None else answer
        return Limits(answer, self.lock if lock is None else lock, max(self.statement, answer))


def seconds(given: str) -> float:
    """For argparse: a number of seconds, 0 included."""
    try:
        value = float(given)
    except ValueError:
        value = -1.0
    if not 0 <= value <= LONGEST_SECONDS:
        raise argparse.ArgumentTypeError(
            f"{given!r} is no number of seconds from 0 to {LONGEST_SECONDS}"
        )
    return value


def limit(given: str) -> float:
    """For argparse: a number of seconds that limits something; PostgreSQL takes 0 for no limit at
    all.
    """
    value = seconds(given)
    if value < 0.1:
        raise argparse.ArgumentTypeError(f"{given!r} is no limit; 0.1 seconds is the shortest")
    return value
