"""The section [limits] of a profile: how long a statement of the suite may take on its system."""

from __future__ import annotations

from dataclasses import dataclass

from reconciliation.agreed.sections import SectionReader
from reconciliation.process.limits import Limits

#: the least and the most of each key; nothing is without a limit
BOUNDS = {
    "answer_seconds": (1.0, 600.0),
    "lock_seconds": (0.1, 60.0),
    "statement_seconds": (1.0, 86_400.0),
}


@dataclass(frozen=True)
class _Section:
    answer_seconds: float = Limits.answer
    lock_seconds: float = Limits.lock
    statement_seconds: float = Limits.statement


def limits_of(reader: SectionReader) -> Limits:
    """The usual ones without the section; a mistake is noted in ``reader``."""
    found = reader.typed("limits", _Section) if "limits" in reader.document else None
    if found is None:
        return Limits()
    wrong = [
        f"[limits] {key} must be from {least:g} to {most:g}, it is {getattr(found, key)}"
        for key, (least, most) in BOUNDS.items()
        if not least <= getattr(found, key) <= most  # a number that is none is in no order
    ]
    if not wrong and found.statement_seconds < found.answer_seconds:
        wrong.append(
            f"[limits] statement_seconds is {found.statement_seconds:g}, less than answer_seconds, "
            f"{found.answer_seconds:g}: no statement would be given that"
        )
    reader.mistakes += wrong
    return Limits(found.answer_seconds, found.lock_seconds, found.statement_seconds)
