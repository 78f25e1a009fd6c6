"""A mark in memory that all sessions of one server share: it changes with every change of a schema
or a privilege.
"""

from __future__ import annotations

import mmap
import secrets

_SIZE = 8


class SharedEpoch:
    """Made before the server forks. A session that finds another mark than it knew has to read the
    catalogue anew.

    PostgreSQL's notification of the same change may arrive after the next statement; this one is
    there when the change is, and costs no round trip.
    """

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _SIZE)

    @property
    def mark(self) -> bytes:
        """Equal as long as nothing has changed."""
        return self._memory[:_SIZE]

    def advance(self) -> None:
        """To be called once a change is committed. A fresh random mark needs no lock between
        writers.
        """
        self._memory[:_SIZE] = secrets.token_bytes(_SIZE)
