"""What stands against a promise, and what a legacy column refuses."""

from __future__ import annotations

from dataclasses import dataclass

from reconciliation.model.contract import AcceptedDifference
from reconciliation.model.values import Value


@dataclass(frozen=True)
class Finding:
    """One broken static promise, with its evidence in words.

    ``check`` is the machine name of the check (``rule_names_nothing``, ``rules_fight``,
    ``column_not_reached``, ``type_cannot_hold``, ``value_refused``, ``trigger_enabled``, ...).
    Findings of one ``kind`` are the same in many places, and may be summed up as "kind: place,
    place, ..."; no kind means that the message stands for itself.
    """

    check: str
    message: str
    table: str | None = None
    column: str | None = None
    rule_ids: tuple[str, ...] = ()
    kind: str = ""
    place: str = ""


@dataclass(frozen=True)
class Refusal:
    """Why the legacy schema cannot hold one value: column pair, value, the ORA code it must be
    refused with.
    """

    source_column: str
    target_column: str
    value: Value
    ora_code: int
    reason: str
    accepted: AcceptedDifference | None = None
