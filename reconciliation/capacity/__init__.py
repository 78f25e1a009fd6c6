"""What the legacy schema can hold: per column pair beforehand, and per row."""

from reconciliation.capacity.columns import check_capacity
from reconciliation.capacity.rows import column_refusal, refusals

__all__ = ["check_capacity", "column_refusal", "refusals"]
