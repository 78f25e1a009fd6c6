"""The faults, one module per kind; importing the package declares them all."""

from lab.dms.faults.kinds import (
    changes,
    drift,
    lobs,
    moments,
    numbers,
    resume,
    rows,
    silence,
    standstill,
    statements,
    strangers,
    texts,
    transactions,
    triggers,
)

__all__ = [
    "changes",
    "drift",
    "lobs",
    "moments",
    "numbers",
    "resume",
    "rows",
    "silence",
    "standstill",
    "statements",
    "strangers",
    "texts",
    "transactions",
    "triggers",
]
