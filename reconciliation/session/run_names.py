"""The name of a run, and its mark."""

from __future__ import annotations

import datetime as dt
import secrets


def run_id(now: dt.datetime) -> str:
    """Sortable, unique, and readable in a file name."""
    return f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"


def run_mark(now: dt.datetime, seed: int | None = None) -> str:
    """A run's own mark, part of every text it writes; the ``seed`` of its random rows tells it from
    others of the same second.
    """
    return f"verify-{now:%Y%m%d%H%M%S}-{secrets.randbits(32) if seed is None else seed:x}"
