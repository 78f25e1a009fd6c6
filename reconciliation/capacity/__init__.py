"""What the legacy schema can hold: per column pair beforehand, and per row."""

from reconciliation.capacity.check import Asked, asked_for, check_capacity
from reconciliation.capacity.rows import column_refusal, refusals

__all__ = ["Asked", "asked_for", "check_capacity", "column_refusal", "refusals"]
