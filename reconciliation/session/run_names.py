"""The name of a run."""

from __future__ import annotations

import datetime as dt
import secrets


def run_id(now: dt.datetime) -> str:
    """Sortable, unique, and readable in a file name."""
    return f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
