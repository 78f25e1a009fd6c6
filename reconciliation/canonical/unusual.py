"""Dates and times of Oracle that no value of Python stands for."""

from __future__ import annotations


class Unusual(str):
    """A date or time of Oracle that Python has no value for: before Christ, the year 0, 29 February
    1500, nanoseconds.

    PostgreSQL has no such value either, or says it in other words; it is equal to nothing.
    """
